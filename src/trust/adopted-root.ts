import type { ClusterName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import { istioNamespace } from '../istio/names.ts';
import { refKey } from '../objects/object.ts';
import type { Observed } from '../observe/observe.ts';
import { secretTexts } from '../observe/secret.ts';
import { signingTexts } from '../pki/bundle.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import type { Topology } from '../topology/topology.ts';
import { caCertsPlaces } from './trust-secrets.ts';

/** False where every istiod of the mesh is adopted: each has its intermediate, and none is made. */
export function needsIssuer(topology: Topology): boolean {
  const adopted = new Set(topology.clusters.filter(({ istio }) => istio === 'Installed').map(({ name }) => name));
  return caCertsPlaces(topology).some(({ istiodOf }) => !adopted.has(istiodOf));
}

/**
 * The root of a mesh of adopted Istios alone, PEM: that of the home cluster's, which all others must have too. Throws
 * `trust-invalid` where no cluster has one.
 */
export function adoptedRoot(mesh: ResolvedMesh, observed: ReadonlyMap<ClusterName, Observed>): string {
  const roots = caCertsPlaces(mesh.topology)
    .toSorted((a, b) => Number(b.heldBy === mesh.home) - Number(a.heldBy === mesh.home))
    .map(({ heldBy, ref }) => signingTexts(secretTexts(observed.get(heldBy)?.whole.get(refKey(ref))) ?? {}).root);
  const root = roots.find((text) => text.trim() !== '');
  if (root === undefined) {
    throw new IsthmusError(
      'trust-invalid',
      `no cluster has a Secret ${istioNamespace}/cacerts with a root, so the Istios of the mesh do not trust each other`,
      { remedy: 'give every Istio an intermediate of one root in a Secret cacerts (docs/topologies/adopt.md)' },
    );
  }
  return root;
}
