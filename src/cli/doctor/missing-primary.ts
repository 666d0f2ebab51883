import { IsthmusError } from '../../base/error.ts';
import type { MeshDraft } from '../../report/draft.ts';

/**
 * Why contexts make no mesh: one of the clusters is served by an istiod that runs in none of them, so that all of it would seem
 * broken. Undefined while one of them was not read, which may be the one.
 */
export function missingPrimary({ clusters }: Pick<MeshDraft, 'clusters'>): IsthmusError | undefined {
  const lost = clusters.find(({ servedFrom }) => servedFrom === null);
  if (lost === undefined || clusters.some(({ istio }) => istio === null)) return undefined;
  return new IsthmusError('usage', `the istiod that serves ${lost.cluster} runs in none of these clusters`, {
    cluster: lost.cluster,
    remedy:
      'give the context of the cluster in which it runs too; of an external control plane give a mesh file with spec.controlPlane.externalOf',
  });
}
