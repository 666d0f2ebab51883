import { parse } from 'yaml';
import { IsthmusError } from '../../base/error.ts';
import type { Json } from '../../base/json.ts';
import { oncePerText } from '../../base/memo.ts';
import { asKubeObject, type KubeObject } from '../../objects/object.ts';
import { loggedLines, splitLog } from './log-lines.ts';

export interface ManifestSource {
  readonly known: Map<string, KubeObject>;
  readonly program: 'istioctl' | 'helm';
}

/**
 * The objects in what `istioctl manifest generate` or `helm template` prints: a YAML stream whose separators stand alone
 * on their line (operator/cmd/mesh/manifest-generate.go). Inside a block scalar `---` is indented, so splitting by line is exact.
 *
 * `known` holds documents by their text and is added to: nine tenths of the text are definitions, the same for every
 * cluster, and parsing them takes longer than everything else.
 */
export function parseManifests(text: string, { known, program }: ManifestSource): readonly KubeObject[] {
  return text
    .split(/^---[ \t]*$/m)
    .filter((document) => document.trim() !== '')
    .flatMap((document) => {
      const object = known.get(document) ?? parseDocument(document, program);
      // A template of which nothing is wanted leaves a document of comments.
      if (object === undefined) return [];
      known.set(document, object);
      return [object];
    });
}

/** What a program printed on both streams as text to be kept: a line of JSON for each notice, then for each object. */
export function keptText(
  printed: { readonly output: string; readonly complaint: string },
  source: ManifestSource,
): string {
  const { manifest, logged } = splitLog(printed.output);
  const notices = new Set([...logged, ...loggedLines(printed.complaint)].map((line) => `${source.program}: ${line}`));
  return linesOf([...notices, ...parseManifests(manifest, source)]);
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

/**
 * The objects of such a text. `known` holds objects by their line and is added to: the definitions of every cluster are
 * the same, and then are in memory once.
 */
export function objectsOf(text: string, known: Map<string, KubeObject>): readonly KubeObject[] {
  return text.split('\n').flatMap((line) => {
    if (line.startsWith(definitionStart)) return definitionIn(line) ?? [];
    const object = known.get(line) ?? asKubeObject(parseLine(line));
    if (object === undefined) return [];
    known.set(line, object);
    return [object];
  });
}

const definitionStart = '{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",';

/** Of two versions of Istio: whoever plans again and again gets the same objects, of which much is known (src/plan/change.ts). */
const definitionIn = oncePerText({ texts: 64, characters: 1_000_000 }, (line) => asKubeObject(parseLine(line)));

/** No object at all is kept as an empty line. */
function parseLine(line: string): Json {
  return line === '' ? null : JSON.parse(line);
}

function parseDocument(document: string, program: ManifestSource['program']): KubeObject | undefined {
  const value = parseYaml(document, program);
  if (value === null) return undefined;
  const object = asKubeObject(value);
  if (object !== undefined) return object;
  throw notManifests(program, 'one of the documents is no Kubernetes object');
}

function parseYaml(document: string, program: ManifestSource['program']): Json {
  try {
    return parse(document, { prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    throw notManifests(program, 'one of the documents is not YAML', error);
  }
}

function notManifests(program: ManifestSource['program'], why: string, cause?: unknown): IsthmusError {
  return new IsthmusError(`${program}-failed`, `${program} printed something that is not a manifest: ${why}`, {
    remedy: `run it yourself, and check that the program is ${program}`,
    cause,
  });
}
