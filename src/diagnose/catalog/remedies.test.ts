import { beforeAll, describe, expect, test } from 'vitest';
import { clusterName, networkName } from '../../api/name.ts';
import { planMesh } from '../../apply/plan-mesh.ts';
import { IsthmusError } from '../../base/error.ts';
import type { Finding } from '../../base/finding.ts';
import { type Action, partsOf, type Remedy } from '../../base/remedy.ts';
import type { EffectObstacle } from '../../base/service-effect.ts';
import { renderersAmong } from '../../istio/render/renderers.ts';
import { createFake } from '../../kube/testing/fake.ts';
import { handClock } from '../../kube/testing/hand-clock.ts';
import { readText } from '../../mesh/text/read-text.ts';
import { describeRef, type KubeObject } from '../../objects/object.ts';
import { traceFinding } from '../../predict/request/finding.ts';
import { trace } from '../../predict/request/trace.ts';
import { twoNetworks } from '../../predict/testing/fake-mesh.ts';
import { findCaller } from '../../predict/world/caller.ts';
import { worldOf } from '../../predict/world/world.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import { clusterFindings } from '../checks/cluster/cluster.ts';
import { unreadFinding } from '../checks/cluster/unread.ts';
import { driftFindings } from '../checks/drift.ts';
import { proxyFindings } from '../checks/proxies.ts';
import { failingHop } from '../checks/request/failing-hop.ts';
import { serviceFindings } from '../checks/services.ts';
import type { ClusterFacts, GatewayFacts, PeerStatus } from '../facts/status.ts';
import { errorCatalog, findingCatalog } from './catalog.ts';
import { traceEntries } from './trace.ts';

/** Flags that turn a guard off: whoever wants that has to know them. */
const overrides = ['maxDelete', 'anyIstio', 'allowInsecureTls', 'trustKubeconfig', 'yes'] as const;

const [west, east] = [clusterName.parse('west'), clusterName.parse('east')] as const;
const at = '2030-01-01T00:00:00.000Z';
const reading = { at, context: 'prod-west' };

const workload = (name: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'istio-system' },
  spec: {},
});
const placed = (kind: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'istio-system' },
});
const rendered = [
  workload('istiod'),
  workload('istio-eastwestgateway'),
  workload('istio-ingressgateway'),
  placed('Service', 'istio-eastwestgateway'),
  placed('ConfigMap', 'istio'),
];

/** What an apply makes of a mesh of two networks. */
async function planned(): Promise<readonly string[]> {
  const documents = [
    'kind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}',
    'kind: MeshCluster\nmetadata: {name: west}\nspec: {network: us, injectNamespaces: [sample]}',
    'kind: MeshCluster\nmetadata: {name: east}\nspec: {network: eu}',
    'kind: MeshService\nmetadata: {name: web, namespace: shop}\nspec: {split: {west: 80, east: 20}}',
  ];
  const text = documents.map((document) => `apiVersion: isthmus.dev/v1alpha1\n${document}`).join('\n---\n');
  const { declared } = readText(text, 'mesh.yaml');
  if (declared === undefined) throw new Error('the mesh was not read');
  const { plan } = await planMesh({
    mesh: resolveMesh(declared),
    ports: {
      clients: new Map([west, east].map((name) => [name, createFake({ cluster: name })])),
      unreachable: new Map(),
      renderers: renderersAmong([
        { version: async () => ({ version: '1.31.0', source: 'a fake' }), render: async () => rendered },
      ]),
      roots: { create: 'IfMissing', read: async () => undefined, write: async () => undefined, folder: () => '/none' },
      crypto: globalThis.crypto,
      clock: handClock(),
      signal: new AbortController().signal,
      holder: 'ann',
      onEvent: () => undefined,
    },
    scope: {},
  });
  return plan.clusters.flatMap((one) =>
    one.outcome === 'Planned' ? one.changes.map(({ ref }) => describeRef(ref)) : [],
  );
}

function actionsOf(remedy: Remedy): readonly Action[] {
  return partsOf(remedy).filter((part) => typeof part === 'object');
}

function proposesApply(remedy: Remedy): boolean {
  return actionsOf(remedy).some((action) => action.do === 'Run' && action.operation === 'apply');
}

/** What trace says where the istiod of west does not read the only cluster that serves. */
function withoutRemoteSecret(): readonly Finding[] {
  const mesh = twoNetworks();
  const snapshot = { ...mesh, istiods: mesh.istiods.map((istiod) => ({ ...istiod, remotes: [] })) };
  const request = { host: 'details', port: 80, subset: '', headers: {}, method: 'GET', path: '/' };
  return trace(worldOf(snapshot), findCaller(snapshot, 'west/shop/client'), request).findings;
}

/** Every kind of finding that checks of clusters, of requests and of predictions make, with the facts that lead to it. */
function madeFindings(): readonly Finding[] {
  const rollout = { exists: true, wanted: 1, available: 1, updated: 1, complete: true };
  const [none, zero, half] = [
    { ...rollout, exists: false, wanted: 0, complete: false },
    { ...rollout, wanted: 0 },
    { ...rollout, available: 0, complete: false },
  ] as const;
  const peer: PeerStatus = { peer: east, configured: true, state: 'synced', answers: 'Yes' };
  const gateway: GatewayFacts = { ...rollout, address: '192.0.2.2' };
  const istiod = { ...rollout, version: '1.31.0', runsIn: west };
  const healthy: ClusterFacts = {
    cluster: west,
    network: 'us',
    server: 'https://192.0.2.1',
    kubernetes: 'v1.36.3',
    istiod,
    gateway,
    peers: [peer],
    certificate: { notAfter: '2031-01-01T00:00:00.000Z', rootFingerprint: 'AB' },
    injectNamespaces: [],
    unread: [],
  };
  const denied = new IsthmusError('access-denied', 'no', { remedy: 'have it allowed' });
  const ended = { notAfter: '2029-01-01T00:00:00.000Z', rootFingerprint: 'AB' };
  const broken: readonly Partial<ClusterFacts>[] = [
    ...[none, zero, half].flatMap((one) => [
      { istiod: { ...istiod, ...one } },
      { gateway: { ...gateway, ...one } },
      { ingress: { ...gateway, ...one, awaitsAddress: true } },
      { istiod: { ...istiod, ...one }, gateway: { ...gateway, ...one }, istio: 'Installed' as const },
      { istiod: { ...istiod, ...one, runsIn: east } },
    ]),
    { gateway: { ...gateway, address: undefined } },
    { ingress: { ...gateway, address: undefined, awaitsAddress: true } },
    { peers: [{ ...peer, configured: false }] },
    ...[undefined, 'Unauthorized', 'x509: unknown', 'refused'].map((failure) => ({
      peers: [{ ...peer, state: 'timeout', ...(failure === undefined ? {} : { failure }) }],
    })),
    { peers: [{ ...peer, answers: 'No', detail: 'none' }] },
    { certificate: undefined },
    { certificate: ended },
    { certificate: { ...ended, isTheirs: true } },
    { injectNamespaces: [{ name: 'sample', labelled: false }] },
    { mtlsDisabledBy: 'PeerAuthentication istio-system/default' },
    { kubernetes: 'v1.20.0' },
    { unread: [{ part: 'Intermediate', error: denied }] },
  ];
  const versions = ['1.20.0', '1.40.0'].map((version) => ({ namespace: 'shop', name: 'old', version }));
  const proxy = {
    namespace: 'shop',
    name: 'web',
    type: 'Sidecar',
    revision: 'default',
    cluster: 'west',
    networks: ['us'],
    runsSince: '2029-01-01T00:00:00Z',
    proxyIsReady: true,
    isReady: true,
    isServed: true,
  } as const;
  const proxies = [
    { ...proxy, cluster: 'other' },
    { ...proxy, networks: ['eu'] },
    { ...proxy, isServed: false },
  ];
  const obstacles = [
    ...(['no-service', 'missing', 'hidden', 'other-rule', 'other-route', 'other-values', 'other-setting'] as const),
    ...(['no-endpoint', 'lost', 'no-sidecar'] as const),
  ].map((code): EffectObstacle => ({ code, message: code }));
  const service = { namespace: 'shop', name: 'web', policy: 'split', isAsDeclared: true };
  const pair = { from: { name: 'west', network: 'us' }, to: { name: 'east', network: 'eu' } };
  const request = { attempts: 1, lookup: { address: '10.0.0.1' }, answers: [], identities: [], dials: [] };
  const hop = (over: object): Finding =>
    failingHop({
      pair,
      evidence: { ...request, proxy: { state: 'Known', hosts: [] }, ...over },
      at,
      serverIp: '10.1.0.9',
      serverId: 'spiffe://server',
    }).finding;
  return [
    ...broken.flatMap((over) => clusterFindings({ ...healthy, ...over }, versions, reading)),
    unreadFinding('east', denied, at),
    ...driftFindings(
      west,
      {
        state: 'Compared',
        objects: (['Missing', 'Changed', 'Unwanted', 'Foreign'] as const).map((what) => ({
          object: 'Service istio-system/x',
          what,
          fields: [],
        })),
        services: [],
      },
      { at },
    ),
    ...driftFindings(west, { state: 'Unread', error: denied }, { at }),
    ...proxyFindings({ name: west, network: networkName.parse('us'), spansNetworks: true }, proxies, reading),
    ...serviceFindings('west', [{ ...service, effect: { state: 'No', obstacles } }], { at }),
    ...(Object.keys(traceEntries) as (keyof typeof traceEntries)[]).map((code) => traceFinding(code, 'Why.', 100)),
    ...withoutRemoteSecret(),
    hop({}),
    hop({ lookup: { error: 'ENOTFOUND' } }),
  ];
}

let objects: readonly string[];
beforeAll(async () => {
  objects = await planned();
});

describe('an apply', () => {
  test('is proposed for what its plan would write, and for nothing else', () => {
    const claimed = Object.entries(findingCatalog).flatMap(([code, { appliedBy }]) =>
      appliedBy === undefined || objects.includes(appliedBy) ? [] : [`${code}: ${appliedBy}`],
    );
    expect(claimed).toEqual([]);
  });

  test('is proposed by no entry and no finding that it would not mend', () => {
    const entries = Object.entries(findingCatalog).map(([code, { remedy }]) => ({ code, remedy }));
    const made = madeFindings();
    const wrong = [...entries, ...made].filter(
      ({ code, remedy }) =>
        proposesApply(remedy) && findingCatalog[code as keyof typeof findingCatalog].appliedBy === undefined,
    );
    expect(wrong.map(({ code }) => code)).toEqual([]);
    expect(new Set(made.map(({ code }) => code)).size).toBeGreaterThan(45);
    expect(made.filter(({ remedy }) => proposesApply(remedy)).length).toBeGreaterThan(12);
  });

  test('is what mends every kind of which an entry says so, in some case', () => {
    const proposing = new Set(madeFindings().flatMap(({ code, remedy }) => (proposesApply(remedy) ? [code] : [])));
    for (const [code, { remedy, appliedBy }] of Object.entries(findingCatalog)) {
      if (appliedBy === undefined) continue;
      expect(proposesApply(remedy) || proposing.has(code as Finding['code']), code).toBe(true);
    }
  });
});

test('no remedy hands over what turns a guard off, advises a purge, or reads a file from standard input', () => {
  const all = [...Object.values(findingCatalog), ...Object.values(errorCatalog), ...madeFindings()];
  for (const { remedy } of all) {
    for (const action of actionsOf(remedy)) {
      const given = 'options' in action ? Object.keys(action.options ?? {}) : [];
      const named = action.do === 'Option' ? [action.name] : given;
      expect(named.filter((name) => overrides.some((one) => one === name))).toEqual([]);
    }
    expect(JSON.stringify(partsOf(remedy))).not.toMatch(
      /--?purge|-f -(\W|$)|--max-delete|--any-istio|--allow-insecure/,
    );
  }
});
