import type { z } from 'zod';
import type { Json } from '../../base/json.ts';
import { nearMatch } from '../../base/near-match.ts';
import { type Form, keySpot, type MeshDocument, type Mistake, type ValuePath, valueAtPath, valueSpot } from './form.ts';
import { operatorKeyHint } from './istio-operator-keys.ts';
import { keysAt, pathsEndingWith } from './schema-keys.ts';
import { describeValue, describeWanted, pathText, quoteKey } from './wording.ts';

/** A document that is checked against the schema of its kind. */
export interface SchemaSubject {
  readonly document: MeshDocument;
  readonly kind: string;
  /** `MeshCluster west`, as messages name it. */
  readonly title: string;
  readonly schema: z.ZodType;
  readonly form: Form;
}

interface UnknownKey {
  readonly mistake: Mistake;
  /** The path of a required key that is missing only because of this: a misspelt or misplaced key. */
  readonly explains?: string | undefined;
}

/** What a failed schema says, as mistakes at their places. `issues` are those of one document. */
export function issueMistakes(subject: SchemaSubject, issues: readonly z.core.$ZodIssue[]): Mistake[] {
  const unknown = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => unknownKey(subject, issue.path, key)) : [],
  );
  const explained = new Set(unknown.map(({ explains }) => explains));
  const others = issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return [];
    const value = valueAtPath(subject.document.value, issue.path);
    if (value !== undefined && value !== null) return [invalidValue(subject, issue, value)];
    return explained.has(pathText(issue.path)) ? [] : [missing(subject, issue, value)];
  });
  return [...unknown.map(({ mistake }) => mistake), ...others];
}

function unknownKey({ document, title, schema }: SchemaSubject, parent: ValuePath, key: string): UnknownKey {
  const path = [...parent, key];
  const spot = keySpot(document, path);
  const message = `${title}: unknown key ${pathText(path)}`;
  const known = keysAt(schema, parent);
  const operatorHint = operatorKeyHint(parent, key);
  if (operatorHint !== undefined) return { mistake: { code: 'key-unknown', message, remedy: operatorHint, spot } };
  const near = nearMatch(key, known);
  if (near !== undefined) {
    const mistake = { code: 'key-unknown', message, remedy: `did you mean ${near}?`, spot } as const;
    return { mistake, explains: pathText([...parent, near]) };
  }
  const elsewhere = pathsEndingWith(schema, key)[0];
  const remedy = elsewhere === undefined ? knownHint(known) : `${quoteKey(key)} belongs at ${elsewhere.join('.')}`;
  return { mistake: { code: 'key-unknown', message, remedy, spot }, explains: elsewhere?.join('.') };
}

function knownHint(known: readonly string[]): string {
  return known.length === 0 ? 'remove it: nothing can be set here' : `known here: ${known.join(', ')}`;
}

function missing({ document, title }: SchemaSubject, issue: z.core.$ZodIssue, value: Json | undefined): Mistake {
  const path = pathText(issue.path);
  const wanted = describeWanted(issue);
  const spot = keySpot(document, issue.path);
  if (value === null && issue.path.length > 0) {
    const remedy = `${path} ${wanted}; remove the key if it is not needed`;
    return { code: 'value-missing', message: `${title}: ${path} has no value`, remedy, spot };
  }
  return {
    code: 'value-missing',
    message: `${title}: ${path} is missing`,
    remedy: `add ${path}: it ${wanted}`,
    spot,
  };
}

function invalidValue(subject: SchemaSubject, issue: z.core.$ZodIssue, value: Json): Mistake {
  const path = pathText(issue.path);
  const message = `${subject.title}: ${path} ${describeWanted(issue)}, found ${describeValue(value)}`;
  const spot = valueSpot(subject.document, issue.path);
  return { code: 'value-invalid', message, remedy: invalidValueHint(subject, issue, value), spot };
}

function invalidValueHint(subject: SchemaSubject, issue: z.core.$ZodIssue, value: Json): string {
  const remedy =
    issue.code === 'invalid_type'
      ? wrongTypeHint(subject, issue, value)
      : (nearValueHint(issue, value) ?? formHint(issue, value));
  return remedy ?? `correct the value of ${pathText(issue.path)}`;
}

function nearValueHint(issue: z.core.$ZodIssue, value: Json): string | undefined {
  if (issue.code !== 'invalid_value' || typeof value !== 'string') return undefined;
  const near = nearMatch(value, issue.values.map(String));
  return near === undefined ? undefined : `did you mean ${near}?`;
}

function wrongTypeHint(subject: SchemaSubject, issue: z.core.$ZodIssueInvalidType, value: Json): string | undefined {
  const key = issue.path.at(-1);
  const before = typeof key === 'string' ? `${quoteKey(key)}: ` : '';
  if (issue.expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return subject.form.quoteRemedy(valueSpot(subject.document, issue.path), value, before);
  }
  if (issue.expected === 'array' && typeof value === 'string') {
    return `write a list of one entry: ${before}[${quoteKey(value)}]`;
  }
  const keys = issue.expected === 'object' ? keysAt(subject.schema, issue.path) : [];
  return keys.length === 0 ? undefined : `keys that can be set here: ${keys.join(', ')}`;
}

function formHint(issue: z.core.$ZodIssue, value: Json): string | undefined {
  if (typeof value !== 'string' || !issue.message.includes('DNS label')) return undefined;
  // Names that clouds make differ at their end, and an ARN has the cluster's own name after the slash.
  const arn = /^arn:[^/]*\/(.+)$/.exec(value)?.[1];
  const label = (arn ?? value)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(-63)
    .replaceAll(/^-|-$/g, '');
  if (label === '') return undefined;
  return arn === undefined
    ? `for example ${label}`
    : `for example ${label}; the ARN names a context: give it as spec.access.context`;
}
