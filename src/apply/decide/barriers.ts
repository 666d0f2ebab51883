import type { ClusterName } from '../../api/name.ts';
import { eastWestGateway, ingressGateway } from '../../istio/names.ts';
import type { Barrier } from '../../plan/mesh-plan.ts';
import type { ClusterTopology } from '../../topology/topology.ts';
import type { Link } from '../read/links.ts';

/**
 * What a cluster's part of an apply waits for, for people who read a plan (apply-cluster.ts does it). Whatever holds
 * already costs no time.
 */
export function barriersOf(
  { name, cluster, gateway, controlPlane, peers }: ClusterTopology,
  links: readonly Link[],
  home: ClusterName,
): readonly Barrier[] {
  const hasIngress = cluster.spec.ingress !== undefined;
  return [
    ...(name === home ? [] : [{ stage: 'Trust', when: 'Before', awaits: `the issuer is stored in ${home}` } as const]),
    ...links.map(({ stage, awaits }): Barrier => ({ stage, when: 'Before', awaits })),
    ...(controlPlane.kind === 'Own' ? [istiodBarrier] : []),
    ...(gateway === 'EastWest' || hasIngress ? [webhookBarrier] : []),
    ...(gateway === 'EastWest' ? [gatewayBarrier] : []),
    ...(controlPlane.kind === 'Own' && peers.length > 0
      ? [{ stage: 'Injection', when: 'After', awaits: `istiod has synced ${peers.join(', ')}` } as const]
      : []),
    ...(hasIngress ? [ingressBarrier] : []),
  ];
}

const istiodBarrier: Barrier = { stage: 'ControlPlane', when: 'After', awaits: 'istiod is available' };

const webhookBarrier: Barrier = { stage: 'Gateway', when: 'Before', awaits: 'the injection webhook answers' };

const gatewayBarrier: Barrier = {
  stage: 'Gateway',
  when: 'After',
  awaits: `${eastWestGateway} is available and has an address`,
};

/** Nothing of the mesh needs it, so it holds nothing up. */
const ingressBarrier: Barrier = {
  stage: 'Injection',
  when: 'After',
  awaits: `${ingressGateway} is available and has an address`,
};
