import { apiVersion } from '../api/mesh.ts';
import type { Finding } from '../base/finding.ts';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { nearMatch } from '../base/near-match.ts';
import { placeOfValue } from './locate.ts';
import { positionAt, type SourceText } from './source.ts';
import type { StreamDocument } from './stream.ts';
import { describeValue, quoteKey } from './wording.ts';

const kinds = ['Mesh', 'MeshCluster', 'MeshService'] as const;
export type Kind = (typeof kinds)[number];

export interface KindReading {
  readonly name?: Kind;
  readonly findings: readonly Finding[];
}

function isKind(kind: string): kind is Kind {
  return kinds.some((known) => known === kind);
}

/** Which of our kinds a document is of, before its schema is asked. */
export function kindOf(source: SourceText, document: StreamDocument): KindReading {
  const { value } = document;
  if (!isJsonObject(value)) {
    const message = `a document must be a map of keys and values, found ${describeValue(value)}`;
    const remedy = `start it with "apiVersion: ${apiVersion}" and "kind: Mesh" or "kind: MeshCluster"`;
    const at = positionAt(source, document.place);
    return { findings: [{ code: 'value-invalid', severity: 'error', message, remedy, at }] };
  }
  const { kind } = value;
  if (typeof kind === 'string' && isKind(kind)) {
    return { name: kind, findings: apiVersionFindings(source, document, value) };
  }
  return { findings: [unknownKind(source, document, kind)] };
}

function unknownKind(source: SourceText, document: StreamDocument, kind: Json | undefined): Finding {
  const severity = 'error';
  if (kind === undefined || kind === null) {
    const remedy = `add kind: ${kinds.join(' or kind: ')}`;
    const at = positionAt(source, document.place);
    return { code: 'value-missing', severity, message: 'a document without kind', remedy, at };
  }
  const at = positionAt(source, placeOfValue(document.index, ['kind']));
  if (typeof kind !== 'string') {
    const message = `kind must be a text, found ${describeValue(kind)}`;
    return { code: 'kind-unknown', severity, message, remedy: `known kinds: ${kinds.join(', ')}`, at };
  }
  const near = nearMatch(kind, kinds);
  const remedy = near === undefined ? `known kinds: ${kinds.join(', ')}` : `did you mean ${near}?`;
  return { code: 'kind-unknown', severity, message: `unknown kind ${quoteKey(kind)}`, remedy, at };
}

function apiVersionFindings(source: SourceText, document: StreamDocument, value: JsonObject): Finding[] {
  const found = value.apiVersion;
  if (found === apiVersion) return [];
  const severity = 'error';
  const remedy = `write apiVersion: ${apiVersion}`;
  if (found === undefined || found === null) {
    const at = positionAt(source, document.place);
    return [{ code: 'value-missing', severity, message: `a ${value.kind} without apiVersion`, remedy, at }];
  }
  const at = positionAt(source, placeOfValue(document.index, ['apiVersion']));
  const shown = typeof found === 'string' ? quoteKey(found.slice(0, 60)) : describeValue(found);
  return [{ code: 'api-version-unknown', severity, message: `unknown apiVersion ${shown}`, remedy, at }];
}
