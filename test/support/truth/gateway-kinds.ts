import {
  type ExpectedCause,
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

const ofService = 'Service istio-system/istio-eastwestgateway';
const ofGateway = 'Gateway istio-system/cross-network-gateway';

interface WayIn {
  readonly inject: readonly Step[];
  readonly cause: Omit<ExpectedCause, 'cluster'>;
}

/** What breaks the way from another cluster into this one. */
function into(what: string, at: Name, peer: Name, { inject, cause }: WayIn): Fault {
  return {
    name: `${at}: ${what}`,
    group: 'gateway and address',
    place: 'declared',
    inject,
    heal: [],
    after: [],
    red: [`${peer} ${at}`],
    causes: [{ ...cause, cluster: at }],
  };
}

function network(what: string, at: Name, peer: Name, way: WayIn): Fault {
  return { ...into(what, at, peer, way), group: 'network names' };
}

const notReady = { code: 'gateway-not-ready' } as const;
const serviceDrifted = { code: 'drift', object: ofService } as const;
const gatewayDrifted = { code: 'drift', object: ofGateway } as const;
const misnamed = { code: 'network-names' } as const;

export const gatewayKinds: readonly FaultKind[] = [
  (at, peer) => ({
    ...into('gateway scaled to 0', at, peer, {
      inject: [inSystem(at, 'scale', gateway, '--replicas=0')],
      cause: notReady,
    }),
    heal: [inSystem(at, 'scale', gateway, '--replicas=1')],
  }),
  (at, peer) =>
    into('gateway Deployment deleted', at, peer, { inject: [inSystem(at, 'delete', gateway)], cause: notReady }),
  (at, peer) =>
    into('gateway Service deleted', at, peer, { inject: [inSystem(at, 'delete', service)], cause: serviceDrifted }),
  (at, peer) =>
    into('gateway Service selects nothing, gateway restarted', at, peer, {
      // Connections that are there already would last.
      inject: [
        replaced(at, service, '/spec/selector/istio', 'none'),
        ...restarted(at, 'istio-system', 'istio-eastwestgateway'),
      ],
      cause: serviceDrifted,
    }),
  (at, peer) =>
    into('Gateway object deleted', at, peer, { inject: [inSystem(at, 'delete', object)], cause: gatewayDrifted }),
  (at, peer) =>
    into('Gateway object exposes other hosts', at, peer, {
      inject: [replaced(at, object, '/spec/servers/0/hosts', ['*.example'])],
      cause: gatewayDrifted,
    }),
  (at, peer) =>
    into('Gateway object selects nothing', at, peer, {
      inject: [replaced(at, object, '/spec/selector/istio', 'none')],
      cause: gatewayDrifted,
    }),
  (at, peer) =>
    into('Gateway object of another port', at, peer, {
      inject: [replaced(at, object, '/spec/servers/0/port/number', 15_444)],
      cause: gatewayDrifted,
    }),
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
  causes: [
    { code: 'peer-answer', cluster: 'west' },
    { code: 'peer-answer', cluster: 'east' },
  ],
};

export const networkKinds: readonly FaultKind[] = [
  (at, peer) =>
    network('gateway Service labelled with another network', at, peer, {
      inject: [inSystem(at, 'label', service, 'topology.istio.io/network=other', '--overwrite')],
      cause: misnamed,
    }),
  (at, peer) =>
    network('gateway Service without its network', at, peer, {
      inject: [inSystem(at, 'label', service, 'topology.istio.io/network-')],
      cause: misnamed,
    }),
  (at, peer) =>
    network('gateway asks for the endpoints of another network', at, peer, {
      inject: [
        inSystem(at, 'set', 'env', gateway, 'ISTIO_META_REQUESTED_NETWORK_VIEW=wrong'),
        inSystem(at, 'rollout', 'status', gateway, '--timeout=240s'),
      ],
      cause: { code: 'drift', object: 'Deployment istio-system/istio-eastwestgateway' },
    }),
  (at, peer) => ({
    ...network('istio-system and the gateway Service labelled with the network of the other cluster', at, peer, {
      inject: [
        kubectl(
          at,
          'label',
          'namespace',
          'istio-system',
          `topology.istio.io/network=${networkOf(peer)}`,
          '--overwrite',
        ),
        inSystem(at, 'label', service, `topology.istio.io/network=${networkOf(peer)}`, '--overwrite'),
        ...newIstiod(at),
      ],
      cause: misnamed,
    }),
    // Each of the two places is a cause of its own.
    causes: [
      { code: 'network-names', cluster: at, object: 'Namespace istio-system' },
      { code: 'network-names', cluster: at, object: ofService },
    ],
    after: newIstiod(at),
  }),
];

function networkOf(cluster: Name): string {
  return cluster === 'west' ? 'us' : 'eu';
}
