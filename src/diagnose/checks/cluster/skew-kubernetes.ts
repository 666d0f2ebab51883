import type { Finding } from '../../../base/finding.ts';
import { kubernetesSkew } from '../../../istio/skew.ts';
import { type Reading, seen } from '../../facts/reading.ts';
import type { ClusterFacts } from '../../facts/status.ts';

/** A Kubernetes that istiod's version does not support. */
export function kubernetesFindings(
  { cluster, istiod, kubernetes }: Pick<ClusterFacts, 'cluster' | 'istiod' | 'kubernetes'>,
  { at }: Reading,
): readonly Finding[] {
  const message = kubernetes === null ? undefined : kubernetesSkew(istiod?.version, kubernetes);
  if (message === undefined) return [];
  return [
    {
      code: 'skew-kubernetes',
      severity: 'error',
      category: 'Lifecycle',
      cluster,
      message,
      remedy: 'upgrade Kubernetes, or take an Istio version that supports it',
      evidence: seen(`Kubernetes ${kubernetes}`, `API server of ${cluster}`, at),
    },
  ];
}
