import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import type { JsonObject } from '../base/json.ts';
import { trafficLines } from '../cli/plan/traffic-text.ts';
import { createFake, type FakeOptions } from '../kube/testing/fake.ts';
import type { KubeObject } from '../objects/object.ts';
import { twoNetworks } from '../predict/testing/fake-mesh.ts';
import { type PlanTraffic, planTraffic } from './plan-traffic.ts';
import { reportedTraffic } from './reporting/plan.ts';
import type { ConnectStranger } from './strangers.ts';

const system = 'istio-system';
const signal = new AbortController().signal;

/** Nobody answers the way that istiods take. */
const connectStranger: ConnectStranger = async () => {
  throw new IsthmusError('cluster-unreachable', 'no way there');
};

function istiod(cluster: string): KubeObject {
  const containers = [{ name: 'discovery', env: [{ name: 'CLUSTER_ID', value: cluster }] }];
  const metadata = { name: 'istiod', namespace: system, labels: { app: 'istiod' } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: { spec: { containers } } } };
}

function remoteSecret(cluster: string): KubeObject {
  const metadata = {
    name: `istio-remote-secret-${cluster}`,
    namespace: system,
    labels: { 'istio/multiCluster': 'true' },
  };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: { [cluster]: 'eA==' } };
}

/** The two-network mesh with its control planes, of which each reads the other. */
function clients(secrets: boolean, more: FakeOptions = {}) {
  const fakes = twoNetworks().clusters.map(({ cluster, objects }) => {
    const peer = cluster === 'west' ? 'east' : 'west';
    const own = [...objects, istiod(cluster), ...(secrets ? [remoteSecret(peer)] : [])];
    return [cluster, createFake({ cluster, objects: own, ...more })] as const;
  });
  return { clients: new Map(fakes), unreachable: new Map(), signal, connectStranger };
}

function lay(object: KubeObject, cluster = 'west') {
  return { cluster, action: 'Lay', object } as const;
}

function rule(spec: JsonObject): KubeObject {
  const metadata = { name: 'reviews', namespace: 'shop' };
  const host = 'reviews.shop.svc.cluster.local';
  return { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata, spec: { host, ...spec } };
}

function text(traffic: PlanTraffic): string {
  return trafficLines(reportedTraffic(traffic), { color: false, source: '-f mesh.yaml' }).join('\n');
}

describe('what a plan changes for traffic', () => {
  test('is what its objects change, for each service and caller', async () => {
    const traffic = await planTraffic([lay(rule({ trafficPolicy: { tls: { mode: 'DISABLE' } } }))], clients(true));
    expect(traffic).toMatchObject({
      outcome: 'Predicted',
      change: { counts: { Moved: 1, Degraded: 1, Unchanged: 2 } },
    });
    expect(text(traffic)).toMatch(/^what changes for traffic\n/);
    expect(text(traffic)).toMatch(/moved +reviews\.shop:80 +west +west 50%, east 50% +west 100%/);
  });

  test('follows from remote secrets that come or go', async () => {
    const joined = await planTraffic([lay(remoteSecret('east'))], clients(false));
    expect(text(joined)).toMatch(/restored +details\S+ +west +NO_\S+|restored +details/);
    const left = await planTraffic(
      [{ cluster: 'west', action: 'Delete', object: remoteSecret('east') }],
      clients(true),
    );
    expect(text(left)).toMatch(/unreachable +details\.shop/);
  });

  test('takes a gateway that the plan makes for one that will have its address', async () => {
    const isGateway = ({ kind, metadata }: KubeObject): boolean => kind === 'Service' && metadata.name === 'eastwest';
    const [west, east] = twoNetworks().clusters;
    const gateway = east?.objects.find(isGateway);
    if (west === undefined || east === undefined || gateway === undefined) throw new Error('the mesh has two gateways');
    const { status: _, ...withoutAddress } = gateway;
    const fakes = [west, east].map(({ cluster, objects }) => {
      const own = [
        ...objects.filter((one) => !isGateway(one)),
        istiod(cluster),
        remoteSecret(cluster === 'west' ? 'east' : 'west'),
      ];
      return [cluster, createFake({ cluster, objects: own })] as const;
    });
    const traffic = await planTraffic([lay(withoutAddress, 'east')], {
      clients: new Map(fakes),
      unreachable: new Map(),
      signal,
      connectStranger,
    });
    expect(traffic).toMatchObject({ outcome: 'Predicted', change: { counts: { Unreachable: 0, Degraded: 0 } } });
  });

  test('is predicted for a ConfigMap that goes, of which a plan knows the metadata alone', async () => {
    const gone = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: system } };
    const traffic = await planTraffic([{ cluster: 'west', action: 'Delete', object: gone }], clients(true));
    expect(traffic.outcome).toBe('Predicted');
  });

  test('is nothing where no object decides about it, and then nothing is read', async () => {
    const mesh = clients(true);
    const inventory: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'inventory', namespace: 'isthmus-system' },
    };
    expect(await planTraffic([lay(inventory)], mesh)).toEqual({ outcome: 'None' });
    expect([...mesh.clients.values()].map((client) => client.counts().requests)).toEqual([0, 0]);
    expect(text({ outcome: 'None' })).toBe('');
  });

  test('is reported as nothing where the objects make no difference', async () => {
    expect(text(await planTraffic([lay(rule({}))], clients(true)))).toContain(
      'nothing, for the services and callers that exist already',
    );
  });

  test('is not predicted where the mesh may not be read, and the reason is given', async () => {
    const intercept: FakeOptions['intercept'] = (call) => {
      if (call.kind === 'Pod') throw new IsthmusError('access-denied', 'you may not list pods');
    };
    const traffic = await planTraffic([lay(rule({}))], clients(true, { intercept }));
    expect(text(traffic)).toBe(
      'what changes for traffic\n  not known: you may not list pods\n    have the API server of that cluster answer and the right to read it granted, or use a context that has it',
    );
  });
});

/** The objects of one cluster of the two-network mesh that are of a kind and name. */
function objectOf(cluster: string, kind: string, name: string): KubeObject {
  const found = twoNetworks()
    .clusters.find((one) => one.cluster === cluster)
    ?.objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`${cluster} has no ${kind} ${name}`);
  return found;
}

interface Running {
  /** Clusters that answer. */
  readonly read?: readonly string[];
  readonly without?: (cluster: string, object: KubeObject) => boolean;
  readonly failed?: ReadonlyMap<string, IsthmusError>;
  /** Clusters that answer the way that istiods take, without a right to read Deployments. */
  readonly answers?: readonly string[];
}

function answering(clusters: readonly string[]): ConnectStranger {
  return async (cluster) => {
    const objects = twoNetworks().clusters.find((one) => one.cluster === cluster)?.objects;
    if (objects === undefined || !clusters.includes(cluster))
      return await connectStranger(cluster, remoteSecret(cluster));
    const intercept: FakeOptions['intercept'] = ({ kind }) => {
      if (['Deployment', 'Secret', 'ConfigMap'].includes(kind ?? ''))
        throw new IsthmusError('access-denied', `no ${kind}`);
    };
    return createFake({ cluster, objects, intercept });
  };
}

/** The two-network mesh as it runs, of which some clusters are read and some objects are gone. */
function running(options: Running = {}) {
  const { read = ['west', 'east'], without = () => false, failed = new Map(), answers = [] } = options;
  const fakes = twoNetworks()
    .clusters.filter(({ cluster }) => read.includes(cluster))
    .map(({ cluster, objects }) => {
      const peer = cluster === 'west' ? 'east' : 'west';
      const own = objects.filter((object) => !without(cluster, object));
      return [cluster, createFake({ cluster, objects: [...own, istiod(cluster), remoteSecret(peer)] })] as const;
    });
  return { clients: new Map(fakes), unreachable: failed, signal, connectStranger: answering(answers) };
}

function drop(object: KubeObject, cluster = 'west') {
  return { cluster, action: 'Delete', object } as const;
}

const gatewayTemplate = {
  metadata: { labels: { istio: 'eastwestgateway', 'topology.istio.io/network': 'eu' } },
  spec: {
    containers: [
      {
        name: 'istio-proxy',
        env: [
          { name: 'ISTIO_META_NETWORK', value: 'eu' },
          { name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: 'eu' },
        ],
      },
    ],
  },
};
const gatewayDeployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'eastwest', namespace: system },
  spec: { selector: { matchLabels: { istio: 'eastwestgateway' } }, template: gatewayTemplate },
};

describe('both sides of a plan', () => {
  test('a cluster that the file no longer names was not read, and that is no "nothing"', async () => {
    const edits = [drop(remoteSecret('east')), drop(objectOf('west', 'Gateway', 'cross-network'))];
    const said = text(await planTraffic(edits, running({ read: ['west'] })));
    expect(said).toContain('not known: requests to and from east, which the istiod of west reads');
    expect(said).toContain('`isthmus leave east -f mesh.yaml`');
    expect(said).not.toContain('nothing');
  });

  test('a renamed cluster is not known by its old name', async () => {
    const said = text(
      await planTraffic([drop(remoteSecret('east')), lay(remoteSecret('oest'))], running({ read: ['west'] })),
    );
    expect(said).toMatch(/not known: requests to and from east[\s\S]*where it was renamed/);
  });

  test('a cluster that does not answer is not known, with what its error says is to be done', async () => {
    const failed = new Map([
      ['east', new IsthmusError('cluster-unreachable', 'refused', { remedy: 'start the server' })],
    ]);
    const said = text(await planTraffic([lay(rule({}))], running({ read: ['west'], failed })));
    expect(said).toContain('not known: east was not read: refused\n    start the server');
    expect(said).not.toContain('nothing');
  });

  test('a mesh without an istiod in what was read is not known where a cluster was not', async () => {
    const failed = new Map([
      ['east', new IsthmusError('cluster-unreachable', 'refused', { remedy: 'start the server' })],
    ]);
    const mesh = {
      clients: new Map([['west', createFake({ cluster: 'west', objects: [] })]]),
      unreachable: failed,
      signal,
      connectStranger,
    };
    expect(await planTraffic([lay(rule({}))], mesh)).toMatchObject({
      outcome: 'NotPredicted',
      remedy: 'start the server',
    });
  });

  test('a gateway whose Deployment comes back restores what it led to', async () => {
    const mesh = running({ without: (cluster, { metadata }) => cluster === 'east' && metadata.name === 'eastwest-1' });
    const said = text(await planTraffic([lay(gatewayDeployment, 'east')], mesh));
    expect(said).toMatch(/restored +details\.shop\S+ +west/);
    expect(said).toMatch(/moved +reviews\.shop\S+ +west +west 50%, lost 50% +(west 50%, east 50%|east 50%, west 50%)/);
  });

  test('a gateway whose pods are there stays what it is', async () => {
    expect(text(await planTraffic([lay(gatewayDeployment, 'east')], running()))).toContain('nothing');
  });

  test('a gateway that goes takes the other network along', async () => {
    const said = text(await planTraffic([drop(objectOf('east', 'Service', 'eastwest'), 'east')], running()));
    expect(said).toMatch(/unreachable +details\.shop\S+ +west/);
    expect(said).toMatch(/degraded +reviews\.shop\S+ +west/);
  });

  test('the server that exposes the services goes, and what came through it', async () => {
    const said = text(await planTraffic([drop(objectOf('east', 'Gateway', 'cross-network'), 'east')], running()));
    expect(said).toMatch(/unreachable +details\.shop\S+ +west/);
  });

  test('a gateway that is made leads into its own network, and into none that has no gateway', async () => {
    const isGateway = (_: string, { kind, metadata }: KubeObject): boolean =>
      kind === 'Service' && metadata.name === 'eastwest';
    const { status: _, ...made } = objectOf('east', 'Service', 'eastwest');
    const traffic = await planTraffic([lay(made, 'east')], running({ without: isGateway }));
    const changes = traffic.outcome === 'Predicted' ? traffic.change.changes : [];
    // East has its gateway then; from east nothing leads to the reviews of west, whose network still has none.
    expect(changes.map(({ host, from }) => `${host.split('.')[0]} from ${from}`).toSorted()).toEqual([
      'details from west',
      'reviews from west',
    ]);
    expect(text(traffic)).not.toContain('nothing');
  });

  test('the same share on another way is no "nothing"', async () => {
    const labels = (network: string) => ({ 'topology.istio.io/network': network });
    const fakes = twoNetworks().clusters.map(({ cluster, objects }) => {
      const peer = cluster === 'west' ? 'east' : 'west';
      // The network of these pods is that of their cluster: no label of their own says another.
      const plain = objects.map((object) =>
        object.kind !== 'Pod' || object.metadata.namespace !== 'shop' || object.metadata.name === 'client'
          ? object
          : {
              ...object,
              metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...labels('') } },
              spec: {},
            },
      );
      return [cluster, createFake({ cluster, objects: [...plain, istiod(cluster), remoteSecret(peer)] })] as const;
    });
    const namespace: KubeObject = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: system, labels: labels('us') },
    };
    const traffic = await planTraffic([lay(namespace, 'east')], {
      clients: new Map(fakes),
      unreachable: new Map(),
      signal,
      connectStranger,
    });
    expect(text(traffic)).toMatch(
      /rerouted +details\.shop\S+ +west +east 100% +east 100% \(direct\)\n +│ +\(gateway:east\)\n/,
    );
  });

  test('a removed cluster that answers is in the mesh as it runs, and what it served is lost', async () => {
    const edits = [drop(remoteSecret('east'))];
    const traffic = await planTraffic(edits, running({ read: ['west'], answers: ['east'] }));
    const said = text(traffic);
    expect(said).toMatch(/unreachable +details\.shop\S+ +west +east 100%/);
    expect(said).toMatch(/moved +reviews\.shop\S+ +west +(west 50%, east 50%|east 50%, west 50%) +west 100%/);
    expect(said).toContain('not known: requests from east, which the istiod of west reads');
    expect(said).not.toContain('nothing');
  });

  test('a removed cluster that stays connected changes nothing for who calls it', async () => {
    const traffic = await planTraffic([lay(rule({}))], running({ read: ['west'], answers: ['east'] }));
    expect(traffic).toMatchObject({
      outcome: 'Predicted',
      change: { changes: [], counts: { Unknown: 0, Unchanged: 4 } },
    });
  });

  test('a renamed cluster has the same shares under its new name', async () => {
    const fakes = twoNetworks().clusters.map(({ cluster, objects }) => {
      const peer = cluster === 'west' ? 'east' : 'west';
      // West is called oest in the mesh file, and its istiod runs as west still.
      const name = cluster === 'west' ? 'oest' : cluster;
      return [name, createFake({ cluster: name, objects: [...objects, istiod(cluster), remoteSecret(peer)] })] as const;
    });
    const edits = [lay(istiod('oest'), 'oest'), drop(remoteSecret('west'), 'east'), lay(remoteSecret('oest'), 'east')];
    const mesh = { clients: new Map(fakes), unreachable: new Map(), signal, connectStranger };
    const traffic = await planTraffic(edits, mesh);
    expect(traffic).toMatchObject({
      outcome: 'Predicted',
      gaps: [],
      change: { changes: [], counts: { Unchanged: 4 } },
    });
    expect(text(traffic)).toContain('nothing');
  });
});

describe('each kind of object that decides about traffic', () => {
  const object = (apiVersion: string, kind: string, name: string, spec: JsonObject): KubeObject => ({
    apiVersion,
    kind,
    metadata: { name, namespace: 'shop' },
    spec,
  });

  test('a policy that denies', async () => {
    const policy = object('security.istio.io/v1', 'AuthorizationPolicy', 'closed', {});
    const said = text(await planTraffic([lay(policy, 'east')], running()));
    expect(said).toMatch(/unreachable +details\.shop\S+ +west/);
    expect(said).toMatch(/degraded +reviews\.shop\S+ +west/);
  });

  test('a policy that the question does not decide', async () => {
    const rules = [{ when: [{ key: 'request.auth.claims[iss]', values: ['x'] }] }];
    const policy = object('security.istio.io/v1', 'AuthorizationPolicy', 'tokens', { rules });
    const said = text(await planTraffic([lay(policy, 'east')], running()));
    expect(said).toContain('nothing, in what is known');
    expect(said).toMatch(/not known\n.*AuthorizationPolicy shop\/tokens.*depends on request\.auth\.claims/);
  });

  test('mutual TLS that is asked of a server without it', async () => {
    const strict = object('security.istio.io/v1', 'PeerAuthentication', 'default', { mtls: { mode: 'DISABLE' } });
    const said = text(await planTraffic([lay(strict, 'east')], running()));
    expect(said).toMatch(/(unreachable|degraded) +\S+ +west/);
  });

  test('a route that leads to one service only', async () => {
    const host = 'reviews.shop.svc.cluster.local';
    const route = [{ destination: { host: 'details.shop.svc.cluster.local' } }];
    const rules = object('networking.istio.io/v1', 'VirtualService', 'reviews', { hosts: [host], http: [{ route }] });
    expect(text(await planTraffic([lay(rules)], running()))).toMatch(/moved +reviews\.shop\S+ +west +.* +east 100%/);
  });

  test('a Sidecar that leaves a service to the address that the application has', async () => {
    const sidecar = object('networking.istio.io/v1', 'Sidecar', 'default', {
      egress: [{ hosts: ['shop/reviews.shop.svc.cluster.local'] }],
    });
    expect(text(await planTraffic([lay(sidecar)], running()))).toMatch(
      /not known\n.*Sidecar shop\/default imports details.*\[passed-through\]/,
    );
  });

  test('a Service that comes to lack a port', async () => {
    const service = objectOf('west', 'Service', 'details');
    const without = { ...service, spec: { ...(service.spec as JsonObject), ports: [{ name: 'other', port: 81 }] } };
    const traffic = await planTraffic([{ cluster: 'west', action: 'Put', object: without }], running());
    expect(text(traffic)).toMatch(/unreachable +details\.shop:80 +west/);
  });

  test('endpoints that go', async () => {
    const said = text(await planTraffic([drop(objectOf('east', 'EndpointSlice', 'details-1'), 'east')], running()));
    expect(said).toMatch(/unreachable +details\.shop\S+ +west/);
  });

  test('the label of a gateway, without which its network has none', async () => {
    const gateway = objectOf('east', 'Service', 'eastwest');
    const unlabelled = { ...gateway, metadata: { ...gateway.metadata, labels: {} } };
    const traffic = await planTraffic([{ cluster: 'east', action: 'Put', object: unlabelled }], running());
    expect(text(traffic)).toMatch(/unreachable +details\.shop\S+ +west/);
  });

  test('an istiod whose settings close what leaves the mesh changes nothing for what is in it', async () => {
    const mesh = 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}';
    const config = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio', namespace: system },
      data: { mesh },
    };
    expect(text(await planTraffic([lay(config)], running()))).toContain('nothing');
  });
});
