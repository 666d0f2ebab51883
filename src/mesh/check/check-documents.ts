import type { Finding, ObjectPath } from '../../base/finding.ts';
import { type JsonObject, valueAt } from '../../base/json.ts';
import type { MeshReading } from '../declared.ts';
import { type Checked, check } from './check.ts';
import { readData } from './data.ts';
import type { Form, Mistake, Spot } from './form.ts';
import { pathText, quoteKey } from './wording.ts';

/**
 * The documents of a mesh as what they declare, or as everything that is wrong with them, each finding with the path of
 * its object and field. It never throws, whatever the documents hold. Their order does not matter, but that of the
 * clusters is kept and makes the first the home where `spec.home` is left out.
 */
export function checkDocuments(documents: readonly JsonObject[]): MeshReading {
  const { declared, mistakes } = mistakesIn(documents);
  const findings = mistakes
    .toSorted((a, b) => (a.spot?.document ?? -1) - (b.spot?.document ?? -1))
    .map((mistake) => findingOf(mistake, documents));
  return declared === undefined ? { findings } : { declared, findings };
}

/** The same before mistakes become findings: each still has its path. */
export function mistakesIn(documents: readonly JsonObject[]): Checked {
  const read = documents.map((document, number) => readData(number, document));
  const { declared, mistakes: found } = check(
    read.map(({ value }) => value),
    formOf(documents),
  );
  const mistakes = [...read.flatMap((one) => one.mistakes), ...found];
  const isNone = declared === undefined || read.some((one) => one.mistakes.length > 0);
  return isNone ? { mistakes } : { declared, mistakes };
}

function findingOf({ code, message, remedy, spot }: Mistake, documents: readonly JsonObject[]): Finding {
  const at = spot === undefined ? {} : { at: objectPathOf(spot, documents) };
  return { code, severity: 'error', message, remedy, ...at };
}

/** Names that a document lacks are empty. */
function objectPathOf({ document, path }: Spot, documents: readonly JsonObject[]): ObjectPath {
  const namespace = textAt(documents[document], ['metadata', 'namespace']);
  return {
    apiVersion: textAt(documents[document], ['apiVersion']) ?? '',
    kind: textAt(documents[document], ['kind']) ?? '',
    ...(namespace === undefined ? {} : { namespace }),
    name: textAt(documents[document], ['metadata', 'name']) ?? '',
    field: pathText(path),
  };
}

function textAt(document: JsonObject | undefined, path: readonly string[]): string | undefined {
  const value = valueAt(document, path);
  return typeof value === 'string' ? value : undefined;
}

function formOf(documents: readonly JsonObject[]): Form {
  return {
    container: 'a set of documents',
    lacks: (kind) => `there is no ${kind} among the documents`,
    whereIs: ({ document }) => titleOf(documents[document], document),
    quoteRemedy: (_, value, before) => `write it as a text: ${before}"${value}"`,
  };
}

function titleOf(document: JsonObject | undefined, number: number): string {
  const kind = textAt(document, ['kind']) ?? 'document';
  const name = textAt(document, ['metadata', 'name']);
  return name === undefined ? `document ${number + 1}` : `${kind} ${quoteKey(name)}`;
}
