import {
  type Fault,
  type FaultKind,
  inSystem,
  kubectl,
  type Name,
  newIstiod,
  replaced,
  restarted,
  type Step,
} from './fault.ts';

const gateway = 'deployment/istio-eastwestgateway';
const service = 'service/istio-eastwestgateway';
const object = 'gateway.networking.istio.io/cross-network-gateway';

/** What breaks the way from another cluster into this one. */
function into(what: string, at: Name, peer: Name, inject: readonly Step[]): Fault {
  return {
    name: `${at}: ${what}`,
    group: 'gateway and address',
    place: 'declared',
    inject,
    heal: [],
    after: [],
    red: [`${peer} ${at}`],
  };
}

function network(what: string, at: Name, peer: Name, inject: readonly Step[]): Fault {
  return { ...into(what, at, peer, inject), group: 'network names' };
}

export const gatewayKinds: readonly FaultKind[] = [
  (at, peer) => ({
    ...into('gateway scaled to 0', at, peer, [inSystem(at, 'scale', gateway, '--replicas=0')]),
    heal: [inSystem(at, 'scale', gateway, '--replicas=1')],
  }),
  (at, peer) => into('gateway Deployment deleted', at, peer, [inSystem(at, 'delete', gateway)]),
  (at, peer) => into('gateway Service deleted', at, peer, [inSystem(at, 'delete', service)]),
  (at, peer) =>
    // Connections that are there already would last.
    into('gateway Service selects nothing, gateway restarted', at, peer, [
      replaced(at, service, '/spec/selector/istio', 'none'),
      ...restarted(at, 'istio-system', 'istio-eastwestgateway'),
    ]),
  (at, peer) => into('Gateway object deleted', at, peer, [inSystem(at, 'delete', object)]),
  (at, peer) =>
    into('Gateway object exposes other hosts', at, peer, [
      replaced(at, object, '/spec/servers/0/hosts', ['*.example']),
    ]),
  (at, peer) =>
    into('Gateway object selects nothing', at, peer, [replaced(at, object, '/spec/selector/istio', 'none')]),
  (at, peer) =>
    into('Gateway object of another port', at, peer, [replaced(at, object, '/spec/servers/0/port/number', 15_444)]),
];

/** Nothing passes between the clusters. */
export const linkCut: Fault = {
  name: 'both: network between the clusters cut',
  group: 'gateway and address',
  place: 'between the clusters',
  inject: [{ link: 'cut' }],
  heal: [{ link: 'healed' }],
  after: [],
  red: ['west east', 'east west'],
};

export const networkKinds: readonly FaultKind[] = [
  (at, peer) =>
    network('gateway Service labelled with another network', at, peer, [
      inSystem(at, 'label', service, 'topology.istio.io/network=other', '--overwrite'),
    ]),
  (at, peer) =>
    network('gateway Service without its network', at, peer, [
      inSystem(at, 'label', service, 'topology.istio.io/network-'),
    ]),
  (at, peer) =>
    network('gateway asks for the endpoints of another network', at, peer, [
      inSystem(at, 'set', 'env', gateway, 'ISTIO_META_REQUESTED_NETWORK_VIEW=wrong'),
      inSystem(at, 'rollout', 'status', gateway, '--timeout=240s'),
    ]),
  (at, peer) => ({
    ...network('istio-system and the gateway Service labelled with the network of the other cluster', at, peer, [
      kubectl(at, 'label', 'namespace', 'istio-system', `topology.istio.io/network=${networkOf(peer)}`, '--overwrite'),
      inSystem(at, 'label', service, `topology.istio.io/network=${networkOf(peer)}`, '--overwrite'),
      ...newIstiod(at),
    ]),
    after: newIstiod(at),
  }),
];

function networkOf(cluster: Name): string {
  return cluster === 'west' ? 'us' : 'eu';
}
