import type { ClusterName } from '../api/name.ts';
import { hostedNamespace, istioNamespace } from '../istio/names.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import type { ObjectRef } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';
import type { Topology } from '../topology/topology.ts';

const secret = { apiVersion: 'v1', kind: 'Secret' } as const;

/** Where a generated issuer is kept, in the home cluster. */
export const issuerRef: ObjectRef = { ...secret, namespace: systemNamespace, name: 'isthmus-issuer' };

/** The Secret of the home cluster that the mesh's issuer is read from; none where it is in files. */
export function issuerSecretOf({ mesh }: Pick<DeclaredMesh, 'mesh'>): ObjectRef | undefined {
  const { files, secret: name } = mesh.spec.trust.issuer;
  if (files !== undefined) return undefined;
  return name === undefined ? issuerRef : { ...issuerRef, name };
}

/** The Secret's name is fixed in istiod's Deployment. */
export const caCertsName = 'cacerts';

/** The Secret that one istiod reads its intermediate from. */
export interface CaCertsPlace {
  /** The cluster whose istiod it is. */
  readonly istiodOf: ClusterName;
  /** The cluster that holds it: the same, or the hub that runs that istiod. */
  readonly heldBy: ClusterName;
  readonly ref: ObjectRef;
}

/** One place for each istiod of the mesh: a remote has none. */
export function caCertsPlaces({ clusters }: Topology): readonly CaCertsPlace[] {
  return clusters.flatMap(({ name, controlPlane }) => {
    if (controlPlane.kind === 'RemoteOf') return [];
    const isHosted = controlPlane.kind === 'ExternalOf';
    const namespace = isHosted ? hostedNamespace(name) : istioNamespace;
    const heldBy = isHosted ? controlPlane.hub : name;
    return [{ istiodOf: name, heldBy, ref: { ...secret, namespace, name: caCertsName } }];
  });
}
