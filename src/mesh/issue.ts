import type { z } from 'zod';
import type { Finding, FindingCode } from '../base/finding.ts';
import type { Json } from '../base/json.ts';
import { nearMatch } from '../base/near-match.ts';
import { placeOfKey, placeOfValue, spellingAt, type ValuePath } from './locate.ts';
import type { NodeIndex } from './node.ts';
import { keysAt, pathsEndingWith } from './schema-keys.ts';
import { type Place, positionAt, type SourceText } from './source.ts';
import { unsupportedKey } from './unsupported.ts';
import { describeValue, describeWanted, pathText, quoteKey } from './wording.ts';

/** A document that is checked against the schema of its kind. */
export interface SchemaSubject {
  readonly source: SourceText;
  readonly index: NodeIndex;
  readonly value: Json;
  readonly kind: string;
  /** `MeshCluster west`, as messages name it. */
  readonly title: string;
  readonly schema: z.ZodType;
}

interface Report {
  readonly code: FindingCode;
  readonly message: string;
  readonly remedy: string;
  readonly place: Place;
  /** The path of a required key that is missing only because of this: a misspelt or misplaced key. */
  readonly explains?: string | undefined;
}

/** What a failed schema says, as findings at their places. `issues` are those of one document. */
export function issueFindings(subject: SchemaSubject, issues: readonly z.core.$ZodIssue[]): Finding[] {
  const unknown = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => unknownKey(subject, issue.path, key)) : [],
  );
  const explained = new Set(unknown.map(({ explains }) => explains));
  const others = issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return [];
    const value = valueAtPath(subject.value, issue.path);
    if (value !== undefined && value !== null) return [invalidValue(subject, issue, value)];
    return explained.has(pathText(issue.path)) ? [] : [missing(subject, issue, value)];
  });
  return [...unknown, ...others].map(({ code, message, remedy, place }) => {
    return { code, severity: 'error', message, remedy, at: positionAt(subject.source, place) };
  });
}

function valueAtPath(root: Json, path: ValuePath): Json | undefined {
  let current: Json | undefined = root;
  for (const segment of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, segment)) return undefined;
    current = (current as { readonly [key: PropertyKey]: Json | undefined })[segment];
  }
  return current;
}

function unknownKey(subject: SchemaSubject, parent: ValuePath, key: string): Report {
  const path = [...parent, key];
  const place = placeOfKey(subject.index, path);
  const unsupported = unsupportedKey(subject.kind, path);
  if (unsupported !== undefined) {
    const message = `${subject.title}: ${pathText(path)} is not supported by this version of Isthmus`;
    return { code: 'value-unsupported', message, remedy: unsupported.remedy, place };
  }
  const message = `${subject.title}: unknown key ${pathText(path)}`;
  const known = keysAt(subject.schema, parent);
  const near = nearMatch(key, known);
  if (near !== undefined) {
    const explains = pathText([...parent, near]);
    return { code: 'key-unknown', message, remedy: `did you mean ${near}?`, place, explains };
  }
  const elsewhere = pathsEndingWith(subject.schema, key)[0];
  const remedy = elsewhere === undefined ? knownHint(known) : `${quoteKey(key)} belongs at ${elsewhere.join('.')}`;
  return { code: 'key-unknown', message, remedy, place, explains: elsewhere?.join('.') };
}

function knownHint(known: readonly string[]): string {
  return known.length === 0 ? 'remove it: nothing can be set here' : `known here: ${known.join(', ')}`;
}

function missing(subject: SchemaSubject, issue: z.core.$ZodIssue, value: Json | undefined): Report {
  const path = pathText(issue.path);
  const wanted = describeWanted(issue);
  if (value === null && issue.path.length > 0) {
    const place = placeOfKey(subject.index, issue.path);
    const message = `${subject.title}: ${path} has no value`;
    return { code: 'value-missing', message, remedy: `${path} ${wanted}; remove the key if it is not needed`, place };
  }
  const place = placeOfKey(subject.index, issue.path.slice(0, -1));
  return {
    code: 'value-missing',
    message: `${subject.title}: ${path} is missing`,
    remedy: `add ${path}: it ${wanted}`,
    place,
  };
}

function invalidValue(subject: SchemaSubject, issue: z.core.$ZodIssue, value: Json): Report {
  const path = pathText(issue.path);
  const message = `${subject.title}: ${path} ${describeWanted(issue)}, found ${describeValue(value)}`;
  const place = placeOfValue(subject.index, issue.path);
  return { code: 'value-invalid', message, remedy: invalidValueHint(subject, issue, value), place };
}

function invalidValueHint(subject: SchemaSubject, issue: z.core.$ZodIssue, value: Json): string {
  const remedy = issue.code === 'invalid_type' ? wrongTypeHint(subject, issue, value) : formHint(issue, value);
  return remedy ?? `correct the value of ${pathText(issue.path)}`;
}

function wrongTypeHint(subject: SchemaSubject, issue: z.core.$ZodIssueInvalidType, value: Json): string | undefined {
  const key = issue.path.at(-1);
  const before = typeof key === 'string' ? `${quoteKey(key)}: ` : '';
  if (issue.expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    const spelling = spellingAt(subject.index, issue.path) ?? String(value);
    return `YAML reads ${spelling} as a ${typeof value}; put it in quotes: ${before}"${spelling}"`;
  }
  if (issue.expected === 'array' && typeof value === 'string') {
    return `write a list of one entry: ${before}[${quoteKey(value)}]`;
  }
  const keys = issue.expected === 'object' ? keysAt(subject.schema, issue.path) : [];
  return keys.length === 0 ? undefined : `keys that can be set here: ${keys.join(', ')}`;
}

function formHint(issue: z.core.$ZodIssue, value: Json): string | undefined {
  if (typeof value !== 'string' || !issue.message.includes('DNS label')) return undefined;
  const label = value
    .toLowerCase()
    .slice(0, 40)
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return label === '' ? undefined : `for example ${label}`;
}
