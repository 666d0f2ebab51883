import type { Finding } from '../../../base/finding.ts';
import { skewedIstiods, type VersionedIstiod } from '../../../istio/skew.ts';
import { seen } from '../../facts/reading.ts';
import type { ClusterFacts } from '../../facts/status.ts';

/** What an istiod's version has against the other istiods of the mesh. */
export function istiodVersionFindings(
  { cluster, istiod }: Pick<ClusterFacts, 'cluster' | 'istiod'>,
  present: readonly VersionedIstiod[],
  at: string,
): readonly Finding[] {
  const version = istiod?.version;
  if (version === undefined) return [];
  return skewedIstiods(version, present).map((other) => ({
    code: 'skew-istiod',
    severity: 'error',
    category: 'Lifecycle',
    cluster,
    message: `its istiod is version ${version}, and that of ${other.cluster} is version ${other.version}: more than one minor version apart`,
    remedy: `upgrade the older one by one minor version at a time, through ${other.between}`,
    evidence: seen(`istiod ${other.version}`, `${other.cluster}: Deployment of istiod`, at),
  }));
}
