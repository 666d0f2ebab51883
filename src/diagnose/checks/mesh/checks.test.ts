import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../base/json.ts';
import { parseRemoteSecret, remoteSecret } from '../../../istio/remote-secret.ts';
import type { KubeObject } from '../../../objects/object.ts';
import { findingCatalog } from '../../catalog/catalog.ts';
import type {
  HeldFacts,
  IstiodFacts,
  MemberObjects,
  MeshObjects,
  RemoteSecretFacts,
} from '../../facts/mesh-objects.ts';
import { meshFindings } from './all.ts';

const at = '2030-01-01T00:00:00.000Z';

function object(apiVersion: string, kind: string, path: string, more: JsonObject = {}): KubeObject {
  const [namespace, name] = path.includes('/') ? path.split('/') : [undefined, path];
  const { labels, ...rest } = more;
  const metadata = {
    name: name ?? '',
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
  };
  return { apiVersion, kind, metadata, ...rest } as KubeObject;
}

const service = (path: string, more: JsonObject = {}): KubeObject => object('v1', 'Service', path, more);
const rule = (path: string, spec: JsonObject): KubeObject =>
  object('networking.istio.io/v1', 'DestinationRule', path, { spec });
const pod = (path: string, ...containers: readonly string[]): KubeObject =>
  object('v1', 'Pod', path, { spec: { containers: containers.map((name) => ({ name })) } });

function gateway(network: string, more: JsonObject = {}): KubeObject {
  const ports = [{ name: 'tls', port: 15_443 }];
  const labels = { 'topology.istio.io/network': network };
  return service('istio-system/istio-eastwestgateway', { labels, spec: { type: 'LoadBalancer', ports, ...more } });
}

/** What every healthy cluster holds. */
function whole(network: string): readonly KubeObject[] {
  const labels = { 'topology.istio.io/network': network };
  return [
    object('v1', 'Namespace', 'istio-system', { labels }),
    gateway(network),
    service('sample/only-east', { spec: { ports: [{ name: 'http', port: 5000 }] } }),
    pod('sample/web', 'web', 'istio-proxy'),
  ];
}

interface Scene {
  readonly west?: readonly KubeObject[];
  readonly east?: readonly KubeObject[];
  /** Kinds and names that east has not. */
  readonly without?: (one: KubeObject) => boolean;
  readonly eastNetwork?: string;
  readonly istiods?: readonly IstiodFacts[];
  readonly remoteSecrets?: readonly RemoteSecretFacts[];
  readonly held?: readonly HeldFacts[];
}

function mesh({ west = [], east = [], without = () => false, eastNetwork = 'eu', ...rest }: Scene = {}): MeshObjects {
  const member = (cluster: string, network: string, more: readonly KubeObject[]): MemberObjects => ({
    cluster,
    network,
    objects: [...whole(network), ...more],
  });
  const right = member('east', eastNetwork, east);
  return {
    readAt: at,
    names: ['west', 'east'],
    members: [member('west', 'us', west), { ...right, objects: right.objects.filter((one) => !without(one)) }],
    istiods: [
      { cluster: 'west', meshConfig: {} },
      { cluster: 'east', meshConfig: {} },
    ],
    remoteSecrets: [],
    held: [],
    ...rest,
  };
}

function shown(scene: Scene): readonly string[] {
  return meshFindings(mesh(scene)).map(({ cluster, message }) => `${cluster}: ${message}`);
}

const isNamed = (kind: string, name: string) => (one: KubeObject) => one.kind === kind && one.metadata.name === name;

const mtls = (path: string, spec: JsonObject): KubeObject =>
  object('security.istio.io/v1', 'PeerAuthentication', path, { spec });
const disabled = { mtls: { mode: 'DISABLE' } };
const failover = (outlierDetection?: JsonObject): JsonObject => ({
  host: 'reviews',
  trafficPolicy: {
    loadBalancer: { localityLbSetting: { failover: [{ from: 'a', to: 'b' }] } },
    ...(outlierDetection === undefined ? {} : { outlierDetection }),
  },
});

const byPriority = (...failoverPriority: readonly string[]): JsonObject => ({
  host: 'reviews',
  trafficPolicy: {
    loadBalancer: { localityLbSetting: { failoverPriority } },
    outlierDetection: { maxEjectionPercent: 100 },
  },
});

function secretTo(cluster: string, server: string, token = 'opaque'): KubeObject {
  return remoteSecret({ cluster, server, certificateAuthority: 'CA', token });
}

function secrets(...objects: readonly KubeObject[]): readonly RemoteSecretFacts[] {
  return objects.map((secret) => ({
    cluster: 'west',
    name: `istio-system/${secret.metadata.name}`,
    remotes: parseRemoteSecret(secret),
  }));
}

/** A token of this end, as far as its middle part goes. */
function tokenUntil(seconds: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ exp: seconds, iat: seconds - 60, aud: ['x'] })}.x`;
}

test('a healthy mesh has no finding', () => {
  expect(shown({})).toEqual([]);
  expect(shown({ remoteSecrets: secrets(secretTo('east', 'https://192.0.2.2:6443')) })).toEqual([]);
  expect(shown({ west: [rule('shop/reviews', failover({ maxEjectionPercent: 100 }))] })).toEqual([]);
});

describe('a message is as the catalog shows it', () => {
  const cases: readonly (readonly [keyof typeof findingCatalog, Scene])[] = [
    [
      'config-differs',
      {
        west: [rule('shop/reviews', { host: 'reviews', subsets: [{ name: 'v1' }] })],
        east: [rule('shop/reviews', { host: 'reviews' })],
      },
    ],
    ['failover-ejection', { west: [rule('shop/reviews', failover())] }],
    ['failover-priority', { west: [rule('shop/reviews', byPriority('version'))] }],
    [
      'injection-differs',
      {
        west: [service('shop/reviews'), pod('shop/reviews-1', 'reviews', 'istio-proxy')],
        east: [service('shop/reviews'), pod('shop/reviews-2', 'reviews')],
      },
    ],
    [
      'locality-settings',
      { istiods: [{ cluster: 'west', meshConfig: { localityLbSetting: {}, zoneAwareLbSetting: {} } }] },
    ],
    ['mtls-namespace', { west: [mtls('sample/fault', disabled)] }],
    ['remote-secret', { remoteSecrets: secrets(secretTo('east', 'https://127.0.0.1:6443')) }],
    [
      'rule-without-mtls',
      {
        west: [
          rule('sample/fault', {
            host: 'only-east.sample.svc.cluster.local',
            trafficPolicy: { tls: { mode: 'DISABLE' } },
          }),
        ],
      },
    ],
    [
      'subset-duplicate',
      { west: [rule('shop/reviews', { host: 'reviews', subsets: [{ name: 'v1' }, { name: 'v1' }] })] },
    ],
    [
      'trust-domain-differs',
      {
        istiods: [
          { cluster: 'west', meshConfig: {} },
          { cluster: 'east', meshConfig: { trustDomain: 'other.local' } },
        ],
      },
    ],
  ];
  test.each(cases)('of %s', (code, scene) => {
    expect(shown(scene)).toEqual([findingCatalog[code].shown]);
  });

  test('of network-names', () => {
    const { members, ...rest } = mesh();
    const [west, east] = members;
    if (west === undefined || east === undefined) throw new Error('there are two');
    const objects = [...east.objects.filter(({ kind }) => kind !== 'Service'), gateway('other')];
    const found = meshFindings({ ...rest, members: [west, { ...east, objects }] });
    expect(found.map(({ cluster, message }) => `${cluster}: ${message}`)).toEqual([
      findingCatalog['network-names'].shown,
    ]);
    expect(found[0]?.object).toBe('Service istio-system/istio-eastwestgateway');
  });

  test('of network-names on one network: what istio-system states, where it states anything', () => {
    const system = (labels?: Readonly<Record<string, string>>): KubeObject =>
      object('v1', 'Namespace', 'istio-system', labels === undefined ? {} : { labels });
    const said = (...objects: readonly KubeObject[]): readonly string[] => {
      const { members, ...rest } = mesh({ eastNetwork: 'us' });
      const others = members.map((one) => ({
        ...one,
        objects: one.objects.filter(({ kind }) => kind !== 'Namespace'),
      }));
      const given = others.map((one) =>
        one.cluster === 'east' ? { ...one, objects: [...one.objects, ...objects] } : one,
      );
      return meshFindings({ ...rest, members: given }).map(({ cluster, object: of }) => `${cluster}: ${of}`);
    };
    expect(said(system({ 'topology.istio.io/network': 'other' }))).toEqual(['east: Namespace istio-system']);
    expect(said(system({ 'topology.istio.io/network': 'us' }))).toEqual([]);
    expect(said(system())).toEqual([]);
    expect(said()).toEqual([]);
  });

  test('of gateway-local-only', () => {
    const { members, ...rest } = mesh();
    const selector = { istio: 'eastwestgateway' };
    const local = gateway('us', { type: 'NodePort', externalTrafficPolicy: 'Local', selector });
    const onNodes = (service: KubeObject, nodes: string): KubeObject => ({
      ...service,
      metadata: { ...service.metadata, annotations: { 'traffic.istio.io/nodeSelector': nodes } },
    });
    const node = (name: string, type: string): KubeObject =>
      object('v1', 'Node', name, { labels: { zone: name }, status: { addresses: [{ type, address: '192.0.2.1' }] } });
    const onA = object('v1', 'Pod', 'istio-system/gateway-1', { labels: selector, spec: { nodeName: 'a' } });
    const outside = [node('a', 'ExternalIP'), node('b', 'ExternalIP'), onA];
    const shownOf = (...objects: readonly KubeObject[]): readonly string[] =>
      meshFindings({
        ...rest,
        members: members.map((member) =>
          member.cluster === 'west'
            ? { ...member, objects: [...objects, ...member.objects.filter(({ kind }) => kind === 'Namespace')] }
            : member,
        ),
      }).map(({ cluster, message }) => `${cluster}: ${message}`);
    expect(shownOf(onNodes(local, '{}'), ...outside)).toEqual([findingCatalog['gateway-local-only'].shown]);
    // What is no selector selects every node.
    expect(shownOf(onNodes(local, 'all'), ...outside)).toHaveLength(1);
    expect(shownOf(onNodes(local, '{"zone":"a"}'), ...outside)).toEqual([]);
    expect(shownOf(onNodes(local, '{}'), node('a', 'ExternalIP'), node('b', 'InternalIP'), onA)).toEqual([]);
    // Without the annotation istiod gives out no addresses of nodes.
    expect(shownOf(local, ...outside)).toEqual([]);
  });
});

describe('what is as it should be has no finding', () => {
  test.each<[string, Scene]>([
    ['mutual TLS off on one network', { eastNetwork: 'us', west: [mtls('sample/fault', disabled)] }],
    ['mutual TLS off in the whole mesh, which status reports', { west: [mtls('istio-system/default', disabled)] }],
    ['PERMISSIVE', { west: [mtls('sample/fault', { mtls: { mode: 'PERMISSIVE' } })] }],
    [
      'a rule for a host outside the mesh',
      { west: [rule('sample/out', { host: 'api.example.com', trafficPolicy: { tls: { mode: 'SIMPLE' } } })] },
    ],
    [
      'a rule with ISTIO_MUTUAL',
      { west: [rule('sample/in', { host: 'only-east', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } })] },
    ],
    ['equal rules in two primaries', { west: [rule('a/b', { host: 'c' })], east: [rule('a/b', { host: 'c' })] }],
    ['a rule in one primary', { west: [rule('a/b', { host: 'c' })] }],
    [
      'trust domains that are aliases of each other',
      {
        istiods: [
          { cluster: 'west', meshConfig: { trustDomainAliases: ['other.local'] } },
          { cluster: 'east', meshConfig: { trustDomain: 'other.local', trustDomainAliases: ['cluster.local'] } },
        ],
      },
    ],
    [
      'failover by what gateways have',
      { west: [rule('a/b', byPriority('topology.istio.io/cluster', 'topology.istio.io/network=eu'))] },
    ],
    [
      'failover that puts other networks last itself',
      { west: [rule('a/b', byPriority('topology.istio.io/network', 'version'))] },
    ],
    ['failover by labels on one network', { eastNetwork: 'us', west: [rule('a/b', byPriority('version=v1'))] }],
    ['pods without sidecars of a Service that is in one cluster', { east: [service('shop/x'), pod('shop/x-1', 'x')] }],
  ])('%s', (_, scene) => {
    expect(shown(scene)).toEqual([]);
  });
});

describe('a failover', () => {
  test('that may eject some hosts only', () => {
    const found = shown({ west: [rule('shop/reviews', failover({}))] });
    expect(found).toEqual([expect.stringContaining('Envoy may eject 10 percent of the hosts only')]);
  });
});

describe('a namespace', () => {
  test('that states no network: its pods without a sidecar are near from everywhere', () => {
    const found = meshFindings(mesh({ without: isNamed('Namespace', 'istio-system'), east: [] }));
    expect(found).toEqual([]);
    const { members, ...rest } = mesh();
    const bare = members.map((member) => ({
      ...member,
      objects: member.objects.map((one) =>
        one.kind === 'Namespace' ? object('v1', 'Namespace', 'istio-system') : one,
      ),
    }));
    expect(meshFindings({ ...rest, members: bare }).map(({ message }) => message)).toEqual([
      'Namespace istio-system states no network and not us: pods without a sidecar are taken for near from everywhere',
      'Namespace istio-system states no network and not eu: pods without a sidecar are taken for near from everywhere',
    ]);
  });
});

describe('a gateway that states no network', () => {
  const nameless = (more: Scene = {}): readonly string[] => {
    const { members, ...rest } = mesh(more);
    const bare = members.map((member) => ({
      ...member,
      objects: member.objects.map((one) => {
        const { labels: _, ...metadata } = one.metadata;
        return member.cluster === 'east' && one.kind === 'Service' ? { ...one, metadata } : one;
      }),
    }));
    return meshFindings({ ...rest, members: bare as readonly MemberObjects[] }).map(({ message }) => message);
  };

  test('is no way into its network', () => {
    expect(nameless()).toEqual([
      'Service istio-system/istio-eastwestgateway states no network: istiods find no way into eu',
    ]);
  });

  test('is none where the settings of istiod name the gateways', () => {
    expect(nameless({ istiods: [{ cluster: 'west', meshConfig: {}, hasMeshNetworks: true }] })).toEqual([]);
  });
});

describe('a remote secret', () => {
  const east = secretTo('east', 'https://192.0.2.2:6443');
  const words = (...objects: readonly KubeObject[]): readonly string[] =>
    meshFindings(mesh({ remoteSecrets: secrets(...objects) })).map(({ severity, message }) => `${severity} ${message}`);

  test('that is there twice', () => {
    const other = { ...east, metadata: { ...east.metadata, name: 'mine' } };
    expect(words(east, other)).toEqual([
      'error 2 remote secrets lead to east (istio-system/istio-remote-secret-east, istio-system/mine): which of them istiod takes is chance',
    ]);
  });

  test('whose token has ended, or that has none', () => {
    const ended = secretTo('east', 'https://192.0.2.2:6443', tokenUntil(Date.parse(at) / 1000 - 60));
    expect(words(ended)).toEqual([expect.stringMatching(/^error .*its token ended at 2029-12-31T23:59:00/)]);
    const kubeconfig = Buffer.from((east.data as { readonly east: string }).east, 'base64').toString();
    const bare = Buffer.from(kubeconfig.replace(/^ +token: .*$/m, '')).toString('base64');
    expect(words({ ...east, data: { east: bare } })).toEqual([expect.stringContaining('it holds no credential')]);
  });

  test('that is no kubeconfig', () => {
    expect(words({ ...east, data: { east: 'bm8=' } })).toEqual([expect.stringContaining('cannot lead to east')]);
  });

  test('that leads to a cluster which the mesh does not have', () => {
    expect(words(secretTo('gone', 'https://192.0.2.3:6443'))).toEqual([
      'warning Secret istio-system/istio-remote-secret-gone leads to gone, which is no cluster of the mesh: its istiod still sends requests there',
    ]);
  });
});

describe('an istiod that calls a peer synced', () => {
  const held: HeldFacts = {
    ...{ cluster: 'west', pod: 'istiod-1', peer: 'east', isSynced: true },
    ...{ endpoints: 3, served: 3, missing: 0, overdue: 0, gateways: 1, hasAddress: true },
  };
  const said = (over: Partial<HeldFacts>, scene: Scene = {}): readonly string[] =>
    shown({ held: [{ ...held, ...over }], ...scene });

  test('and holds nothing of it', () => {
    expect(said({ missing: 3 })).toEqual([findingCatalog['peer-endpoints'].shown]);
    expect(said({ gateways: 0 })).toEqual([expect.stringContaining('knows no gateway of it')]);
  });

  test('and lacks what has been there for long', () => {
    expect(said({ missing: 2, overdue: 1 })).toEqual([
      'west: istiod istiod-1 calls east synced and lacks 1 of the 3 endpoints that its Services have, for more than a minute',
    ]);
  });

  test('and lacks what its version is known to lose, has that as evidence', () => {
    const known = (over: Partial<HeldFacts>): readonly string[] =>
      meshFindings(mesh({ held: [{ ...held, ...over }] })).flatMap(({ evidence = [] }) =>
        evidence.slice(1).map(({ fact }) => fact),
      );
    const old = { version: '1.30.3' };
    expect(known({ ...old, missing: 3 })).toEqual([expect.stringMatching(/^istiod 1\.30\.3 .*#61043/)]);
    expect(known({ ...old, gateways: 0 })).toEqual([expect.stringMatching(/^istiod 1\.30\.3 .*#60920/)]);
    expect(known({ version: '1.31.0', missing: 3 })).toEqual([]);
    expect(said(old)).toEqual([]);
  });

  test('and holds what there is, has no finding', () => {
    expect(said({})).toEqual([]);
    expect(said({ missing: 2 })).toEqual([]);
    expect(said({ served: 0 })).toEqual([]);
    expect(said({ gateways: 0, hasAddress: false })).toEqual([]);
    expect(said({ gateways: 0 }, { eastNetwork: 'us' })).toEqual([]);
    expect(said({ missing: 3, isSynced: false })).toEqual([]);
    const hiding = [{ cluster: 'west', meshConfig: { discoverySelectors: [{}] } }];
    expect(said({ missing: 3 }, { istiods: hiding })).toEqual([]);
  });
});
