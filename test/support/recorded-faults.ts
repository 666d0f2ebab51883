import type { FindingCode } from '../../src/base/finding.ts';
import type { Json, JsonObject } from '../../src/base/json.ts';
import type { StoredSnapshot } from '../../src/snapshot/folder.ts';

/** An edit of the objects of both clusters, as JSON that may be changed. */
export interface Objects {
  readonly west: Editable[];
  readonly east: Editable[];
}

// biome-ignore lint/suspicious/noExplicitAny: objects of a cluster, of which each edit knows the kind
type Editable = any;

/** A fault in what was recorded of a mesh that works (test/fixtures/doctor/two-networks). */
export interface RecordedFault {
  readonly name: string;
  readonly edit: (objects: Objects) => void;
  /** What the doctor says first; no cluster where it is of several. */
  readonly first: readonly [code: FindingCode, cluster?: 'west' | 'east'];
  /** It is the same fault with the two clusters exchanged. */
  readonly inEither: boolean;
  /** The first step that fails for requests from west to east; left out where none does. */
  readonly fails?: string;
}

const gateway = 'istio-eastwestgateway';
const network = 'topology.istio.io/network';

function find(objects: readonly Editable[], kind: string, name: string): Editable {
  const found = objects.find((one) => one.kind === kind && one.metadata.name.startsWith(name));
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

function remove(objects: Editable[], kind: string, name: string): void {
  objects.splice(objects.indexOf(find(objects, kind, name)), 1);
}

function add(objects: Editable[], type: string, place: string, spec: JsonObject): void {
  const [group, kind] = type.split('/');
  const [namespace, name] = place.split('/');
  objects.push({ apiVersion: `${group}.istio.io/v1`, kind, metadata: { namespace, name }, spec });
}

function stop(objects: Editable[], deployment: string): void {
  const found = find(objects, 'Deployment', deployment);
  found.spec.replicas = 0;
  found.status = { observedGeneration: found.status.observedGeneration };
  remove(objects, 'Pod', deployment);
}

const host = 'only-east.shop.svc.cluster.local';
const disable = { mtls: { mode: 'DISABLE' } };

export const recordedFaults: readonly RecordedFault[] = [
  {
    name: 'the gateway is scaled to 0',
    inEither: true,
    edit: ({ east }) => {
      stop(east, gateway);
      find(east, 'EndpointSlice', gateway).endpoints = [];
    },
    first: ['gateway-not-ready', 'east'],
    fails: 'Sni',
  },
  {
    name: "the gateway's Service is deleted",
    inEither: true,
    edit: ({ east }) => remove(east, 'Service', gateway),
    first: ['gateway-address', 'east'],
    fails: 'Address',
  },
  {
    name: 'the Gateway object is deleted',
    inEither: true,
    edit: ({ east }) => remove(east, 'Gateway', 'cross-network'),
    first: ['no-server', 'east'],
    fails: 'Sni',
  },
  {
    name: 'the Gateway object exposes other hosts',
    inEither: true,
    edit: ({ east }) => {
      find(east, 'Gateway', 'cross-network').spec.servers[0].hosts = ['*.example'];
    },
    first: ['host-not-served', 'east'],
    fails: 'Sni',
  },
  {
    name: 'the Gateway object selects nothing',
    inEither: true,
    edit: ({ east }) => {
      find(east, 'Gateway', 'cross-network').spec.selector = { istio: 'none' };
    },
    first: ['no-server', 'east'],
    fails: 'Sni',
  },
  {
    name: 'the Gateway object has another port',
    inEither: true,
    edit: ({ east }) => {
      find(east, 'Gateway', 'cross-network').spec.servers[0].port.number = 15_444;
    },
    first: ['no-server', 'east'],
    fails: 'Sni',
  },
  {
    name: "the gateway's Service states another network",
    inEither: true,
    edit: ({ east }) => {
      find(east, 'Service', gateway).metadata.labels[network] = 'other';
    },
    first: ['network-names', 'east'],
    fails: 'Sni',
  },
  {
    name: "the gateway's Service states no network",
    inEither: true,
    edit: ({ east }) => {
      delete find(east, 'Service', gateway).metadata.labels[network];
    },
    first: ['network-names', 'east'],
    fails: 'Sni',
  },
  {
    name: 'a remote secret is deleted',
    inEither: false,
    edit: ({ west }) => remove(west, 'Secret', 'istio-remote-secret-east'),
    first: ['peer-secret', 'west'],
    fails: 'Secret',
  },
  {
    name: 'istiod is scaled to 0',
    inEither: true,
    edit: ({ east }) => stop(east, 'istiod'),
    first: ['control-plane-not-ready', 'east'],
  },
  {
    name: 'a namespace loses its injection label',
    inEither: true,
    edit: ({ west }) => {
      find(west, 'Namespace', 'sample').metadata.labels = {};
    },
    first: ['injection-label', 'west'],
  },
  {
    name: 'a PeerAuthentication disables mutual TLS of the whole mesh',
    inEither: true,
    edit: ({ east }) => add(east, 'security/PeerAuthentication', 'istio-system/fault', disable),
    first: ['mtls-disabled', 'east'],
    fails: 'Request',
  },
  {
    name: 'a PeerAuthentication disables mutual TLS of a namespace',
    inEither: true,
    edit: ({ east }) => add(east, 'security/PeerAuthentication', 'shop/fault', disable),
    first: ['mtls-namespace', 'east'],
    fails: 'Request',
  },
  {
    name: 'an AuthorizationPolicy of the whole mesh denies everything',
    inEither: true,
    edit: ({ east }) => add(east, 'security/AuthorizationPolicy', 'istio-system/fault', {}),
    first: ['policy-denies', 'east'],
    fails: 'Request',
  },
  {
    name: 'an AuthorizationPolicy of a namespace denies everything',
    inEither: true,
    edit: ({ east }) => add(east, 'security/AuthorizationPolicy', 'shop/fault', {}),
    first: ['policy-denies', 'east'],
    fails: 'Request',
  },
  {
    name: 'a Service is deleted where it is called',
    inEither: false,
    edit: ({ west }) => remove(west, 'Service', 'only-east'),
    first: ['name-not-resolved', 'west'],
  },
  {
    name: 'the port of a Service has another name',
    inEither: false,
    edit: ({ east }) => {
      find(east, 'Service', 'only-east').spec.ports[0].name = 'http-other';
      find(east, 'EndpointSlice', 'only-east').ports[0].name = 'http-other';
    },
    first: ['join-port-differs', 'west'],
    fails: 'Request',
  },
  {
    name: 'a Service selects nothing',
    inEither: false,
    edit: ({ east }) => {
      find(east, 'Service', 'only-east').spec.selector = { app: 'none' };
      find(east, 'EndpointSlice', 'only-east').endpoints = [];
    },
    first: ['join-service-differs', 'west'],
  },
  {
    name: 'the servers of a Service are gone',
    inEither: false,
    edit: ({ east }) => {
      remove(east, 'Pod', 'server-east');
      for (const name of ['only-east', 'all']) find(east, 'EndpointSlice', name).endpoints = [];
    },
    first: ['no-endpoint'],
  },
  {
    name: 'a DestinationRule turns TLS off',
    inEither: true,
    edit: ({ west }) =>
      add(west, 'networking/DestinationRule', 'shop/fault', { host, trafficPolicy: { tls: { mode: 'DISABLE' } } }),
    first: ['rule-without-mtls', 'west'],
    fails: 'Request',
  },
  {
    name: 'a VirtualService routes to a subset that nothing defines',
    inEither: true,
    edit: ({ west }) =>
      add(west, 'networking/VirtualService', 'shop/fault', {
        hosts: [host],
        http: [{ route: [{ destination: { host, subset: 'none' } }] }],
      }),
    first: ['subset-missing', 'west'],
  },
];

/** What was recorded, with the fault in it. */
export function withFault(stored: StoredSnapshot, { edit }: Pick<RecordedFault, 'edit'>): StoredSnapshot {
  const copy = structuredClone(stored) as StoredSnapshot & {
    snapshot: { clusters: { cluster: string; objects: Json[] }[] };
  };
  const objectsOf = (name: string): Editable[] =>
    copy.snapshot.clusters.find(({ cluster }) => cluster === name)?.objects as Editable[];
  const [west, east] = [objectsOf('west'), objectsOf('east')];
  edit({ west, east });
  // An istiod reads the clusters of its remote secrets.
  const reads = (objects: readonly Editable[], peer: string): boolean =>
    objects.some(({ kind, metadata }) => kind === 'Secret' && metadata.name === `istio-remote-secret-${peer}`);
  const istiods = copy.snapshot.istiods.map((istiod) => {
    const own = istiod.cluster === 'west' ? west : east;
    return { ...istiod, remotes: istiod.remotes.filter((peer) => reads(own, peer)) };
  });
  return { ...copy, snapshot: { ...copy.snapshot, istiods } };
}
