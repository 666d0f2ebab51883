import type { Finding } from '../../../base/finding.ts';
import type { Reading } from '../../facts/reading.ts';
import type { ClusterFacts, VersionedProxy } from '../../facts/status.ts';
import { controlPlaneFindings } from './control-plane.ts';
import { gatewayFindings } from './gateway.ts';
import { ingressFindings } from './ingress.ts';
import { injectionFindings } from './injection-label.ts';
import { intermediateFindings } from './intermediate.ts';
import { mtlsFindings } from './mtls-disabled.ts';
import { unreadPartFindings } from './part-unread.ts';
import { peerFindings } from './peers.ts';
import { kubernetesFindings } from './skew-kubernetes.ts';
import { proxyVersionFindings } from './skew-proxy.ts';

/** Everything in one cluster that is not as the mesh wants it. */
export function clusterFindings(
  facts: ClusterFacts,
  proxies: readonly VersionedProxy[],
  reading: Reading,
): readonly Finding[] {
  return [
    ...unreadPartFindings(facts, reading),
    ...controlPlaneFindings(facts, reading),
    ...gatewayFindings(facts, reading),
    ...ingressFindings(facts, reading),
    ...peerFindings(facts, reading),
    ...intermediateFindings(facts, reading),
    ...injectionFindings(facts, reading),
    ...mtlsFindings(facts, reading),
    ...kubernetesFindings(facts, reading),
    ...proxyVersionFindings(facts, proxies, reading),
  ];
}
