import { parse } from 'yaml';
import { IsthmusError } from '../../base/error.ts';
import type { Json } from '../../base/json.ts';
import { oncePerText } from '../../base/memo.ts';
import { asKubeObject, type KubeObject } from '../../objects/object.ts';
import { loggedLines, splitLog } from './log-lines.ts';

type Program = 'istioctl' | 'helm';

/**
 * The objects in what `istioctl manifest generate` or `helm template` prints: a YAML stream whose separators stand alone
 * on their line (operator/cmd/mesh/manifest-generate.go). Inside a block scalar `---` is indented, so splitting by line is exact.
 */
export function parseManifests(text: string, program: Program): readonly KubeObject[] {
  return text
    .split(/^---[ \t]*$/m)
    .filter((document) => document.trim() !== '')
    .flatMap((document) => parseDocument(document, program) ?? []);
}

/** What a program printed on both streams as text to be kept: a line of JSON for each notice, then for each object. */
export function keptText(printed: { readonly output: string; readonly complaint: string }, program: Program): string {
  const { manifest, logged } = splitLog(printed.output);
  const notices = new Set([...logged, ...loggedLines(printed.complaint)].map((line) => `${program}: ${line}`));
  return linesOf([...notices, ...parseManifests(manifest, program)]);
}

/** Notices and objects as text to be kept: a line of JSON for each. */
export function linesOf(items: readonly (string | KubeObject)[]): string {
  return items.map((item) => JSON.stringify(item)).join('\n');
}

/** The notices of such a text. */
export function noticesOf(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const notice = line.startsWith('"') ? parseLine(line) : undefined;
    return typeof notice === 'string' ? [notice] : [];
  });
}

/** The objects of such a text. */
export function objectsOf(text: string): readonly KubeObject[] {
  return text.split('\n').flatMap((line) => {
    if (line.startsWith(definitionStart)) return definitionIn(line) ?? [];
    return asKubeObject(parseLine(line)) ?? [];
  });
}

/**
 * Nine tenths of what is rendered are definitions, the same for every cluster: they are parsed once, and in memory once. Of two
 * versions of Istio, so that whoever plans again and again gets the same objects, of which much is known (src/plan/change.ts).
 */
const definitions = { texts: 64, characters: 1_000_000 };
const definitionStart = '{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",';
const definitionIn = oncePerText(definitions, (line) => asKubeObject(parseLine(line)));
const definitionDocument = /^kind: CustomResourceDefinition$/m;
const definitionOf = oncePerText(definitions, (document) => asKubeObject(parseText(document)));

/** No object at all is kept as an empty line. */
function parseLine(line: string): Json {
  return line === '' ? null : JSON.parse(line);
}

function parseDocument(document: string, program: Program): KubeObject | undefined {
  const value = readDocument(document, program);
  // A template of which nothing is wanted leaves a document of comments.
  if (value === null) return undefined;
  if (value !== undefined) return value;
  throw notManifests(program, 'one of the documents is no Kubernetes object');
}

function readDocument(document: string, program: Program): KubeObject | null | undefined {
  try {
    if (definitionDocument.test(document)) return definitionOf(document);
    const value = parseText(document);
    return value === null ? null : asKubeObject(value);
  } catch (error) {
    throw notManifests(program, 'one of the documents is not YAML', error);
  }
}

function parseText(document: string): Json {
  return parse(document, { prettyErrors: false, logLevel: 'error' });
}

function notManifests(program: Program, why: string, cause?: unknown): IsthmusError {
  return new IsthmusError(`${program}-failed`, `${program} printed something that is not a manifest: ${why}`, {
    remedy: `run it yourself, and check that the program is ${program}`,
    cause,
  });
}
