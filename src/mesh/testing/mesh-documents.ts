import { apiVersion } from '../../api/mesh.ts';
import { type JsonObject, mergeJson } from '../../base/json.ts';

/** A Mesh that is right, with more of its spec, or of the document. */
export function meshOf(spec: JsonObject = {}, more: JsonObject = {}): JsonObject {
  const whole = { apiVersion, kind: 'Mesh', metadata: { name: 'shop' }, spec: { istio: { version: '1.31' }, ...spec } };
  return mergeJson(whole, more);
}

/** A MeshCluster that is right, with more of its spec. */
export function clusterOf(name: string, spec: JsonObject = {}): JsonObject {
  return { apiVersion, kind: 'MeshCluster', metadata: { name }, spec: { network: 'us', ...spec } };
}

export function serviceOf(spec: JsonObject): JsonObject {
  return { apiVersion, kind: 'MeshService', metadata: { name: 'reviews', namespace: 'sample' }, spec };
}

/** JSON is YAML, so the same documents can be read as a text. */
export function textOf(documents: readonly JsonObject[]): string {
  return documents.map((document) => JSON.stringify(document)).join('\n---\n');
}

/** The codes of findings in alphabetical order: a text has its findings in another order. */
export function codesOf({ findings }: { readonly findings: readonly { readonly code: string }[] }): readonly string[] {
  return findings.map(({ code }) => code).toSorted();
}
