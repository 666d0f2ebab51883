import { type Fault, type FaultKind, inSystem, type Name, restarted, type Step } from './fault.ts';

/** istiod reads the other cluster afresh. */
const again = (at: Name): readonly Step[] => restarted(at, 'istio-system', 'istiod');

function secret(what: string, at: Name, peer: Name, inject: readonly Step[]): Fault {
  return {
    name: `${at}: ${what}`,
    group: 'remote secret and token',
    place: 'declared',
    inject,
    heal: [],
    red: [`${at} ${peer}`],
  };
}

export const secretKinds: readonly FaultKind[] = [
  (at, peer) =>
    secret('remote secret deleted', at, peer, [inSystem(at, 'delete', 'secret', `istio-remote-secret-${peer}`)]),
  (at, peer) =>
    secret('remote secret without its label', at, peer, [
      inSystem(at, 'label', 'secret', `istio-remote-secret-${peer}`, 'istio/multiCluster-'),
    ]),
  (at, peer) =>
    secret('remote secret empty, istiod restarted', at, peer, [
      inSystem(at, 'patch', 'secret', `istio-remote-secret-${peer}`, '-p', JSON.stringify({ data: { [peer]: null } })),
      ...again(at),
    ]),
];
