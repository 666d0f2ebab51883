import { customResourceDefinitions } from '../api/crd.ts';
import { objectToJson } from '../base/json.ts';
import { oncePerText } from '../base/memo.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { keptClusters } from '../mesh/given.ts';
import type { KubeObject } from '../objects/object.ts';
import { owned, systemNamespace } from '../objects/ownership.ts';

/** The definitions of the mesh file's kinds, for the home cluster. */
export const documentDefinitions = oncePerText({ texts: 2, characters: 253 }, (mesh): readonly KubeObject[] =>
  customResourceDefinitions().map(({ apiVersion, kind, metadata: { name }, spec }) =>
    owned({ apiVersion, kind, metadata: { name }, spec: objectToJson(spec) }, mesh),
  ),
);

/**
 * The declared documents as the home cluster keeps them. `spec.home` is written out, because custom resources have no
 * order and so no first one.
 */
export function homeDocuments(declared: DeclaredMesh): readonly KubeObject[] {
  const { mesh, services, home } = declared;
  const { name } = mesh.metadata;
  const whole = { ...mesh, spec: { ...mesh.spec, home: home.metadata.name } };
  return [
    document(whole, systemNamespace),
    ...keptClusters(declared).map((cluster) => document(cluster, systemNamespace)),
    ...services.map((service) => document(service, service.metadata.namespace)),
  ].map((object) => owned(object, name));
}

type Document = DeclaredMesh['mesh'] | DeclaredMesh['clusters'][number] | DeclaredMesh['services'][number];

function document({ apiVersion, kind, metadata: { name }, spec }: Document, namespace: string): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace }, spec: objectToJson(spec) };
}
