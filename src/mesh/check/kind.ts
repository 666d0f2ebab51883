import { apiVersion } from '../../api/mesh.ts';
import { isJsonObject, type Json } from '../../base/json.ts';
import { nearMatch } from '../../base/near-match.ts';
import type { MeshDocument, Mistake, Spot, ValuePath } from './form.ts';
import { operatorHint } from './istio-operator-keys.ts';
import { describeValue, quoteKey } from './wording.ts';

const kinds = ['Mesh', 'MeshCluster', 'MeshService'] as const;
export type Kind = (typeof kinds)[number];

export interface KindReading {
  /** Left out where the document is of no kind of ours. */
  readonly known?: { readonly kind: Kind; readonly document: MeshDocument };
  readonly mistakes: readonly Mistake[];
}

function isKind(kind: Json | undefined): kind is Kind {
  return kinds.some((known) => known === kind);
}

/** Which of our kinds a document is of, before its schema is asked. */
export function kindOf(number: number, value: Json): KindReading {
  if (!isJsonObject(value)) {
    const message = `a document must be a map of keys and values, found ${describeValue(value)}`;
    const remedy = `start it with "apiVersion: ${apiVersion}" and "kind: Mesh" or "kind: MeshCluster"`;
    return { mistakes: [{ code: 'value-invalid', message, remedy, spot: missingSpot(number, []) }] };
  }
  const { kind } = value;
  if (!isKind(kind)) return { mistakes: [unknownKind(number, kind)] };
  return { known: { kind, document: { number, value } }, mistakes: apiVersionMistakes(number, kind, value.apiVersion) };
}

/** The spot of a key that the document itself lacks. */
function missingSpot(number: number, path: ValuePath): Spot {
  return { document: number, path, aim: 'Document' };
}

function unknownKind(number: number, kind: Json | undefined): Mistake {
  if (kind === undefined || kind === null) {
    const remedy = `add kind: ${kinds.join(' or kind: ')}`;
    return { code: 'value-missing', message: 'a document without kind', remedy, spot: missingSpot(number, ['kind']) };
  }
  const spot: Spot = { document: number, path: ['kind'], aim: 'Value' };
  if (typeof kind !== 'string') {
    const message = `kind must be a text, found ${describeValue(kind)}`;
    return { code: 'kind-unknown', message, remedy: `known kinds: ${kinds.join(', ')}`, spot };
  }
  const near = nearMatch(kind, kinds);
  if (kind === 'IstioOperator') {
    return { code: 'kind-unknown', message: `unknown kind ${kind}`, remedy: operatorHint, spot };
  }
  const remedy = near === undefined ? `known kinds: ${kinds.join(', ')}` : `did you mean ${near}?`;
  return { code: 'kind-unknown', message: `unknown kind ${quoteKey(kind)}`, remedy, spot };
}

function apiVersionMistakes(number: number, kind: Kind, found: Json | undefined): Mistake[] {
  if (found === apiVersion) return [];
  const remedy = `write apiVersion: ${apiVersion}`;
  if (found === undefined || found === null) {
    const message = `a ${kind} without apiVersion`;
    return [{ code: 'value-missing', message, remedy, spot: missingSpot(number, ['apiVersion']) }];
  }
  const spot: Spot = { document: number, path: ['apiVersion'], aim: 'Value' };
  const shown = typeof found === 'string' ? quoteKey(found.slice(0, 60)) : describeValue(found);
  return [{ code: 'api-version-unknown', message: `unknown apiVersion ${shown}`, remedy, spot }];
}
