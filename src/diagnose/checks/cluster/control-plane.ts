import type { Finding } from '../../../base/finding.ts';
import { type Reading, seen } from '../../facts/reading.ts';
import type { ClusterFacts } from '../../facts/status.ts';
import { fixOf, lookAt, remedyOf, rolloutFact, severityOf } from './rollout.ts';

/** What keeps the istiod of a cluster from serving it. */
export function controlPlaneFindings(
  { cluster, istiod, istio }: Pick<ClusterFacts, 'cluster' | 'istiod' | 'istio'>,
  { at, context }: Reading,
): readonly Finding[] {
  if (istiod === null) return [];
  const { runsIn } = istiod;
  const isHere = runsIn === cluster;
  const fact = rolloutFact(istiod);
  if (fact === undefined) return [];
  const place = { context, workload: 'deployment/istiod', look: lookAt(context, 'app=istiod') };
  return [
    {
      code: 'control-plane-not-ready',
      severity: severityOf(istiod),
      category: 'Lifecycle',
      cluster,
      message: `${isHere ? 'istiod' : `its istiod in ${runsIn}`}: ${fact}`,
      remedy: isHere ? remedyOf(istio, istiod, place) : `look at the pods of istiod in ${runsIn}`,
      ...(isHere ? fixOf(istio, istiod, place) : {}),
      evidence: seen(fact, `${runsIn}: Deployment of istiod`, at),
    },
  ];
}
