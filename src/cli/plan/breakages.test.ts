import { beforeAll, expect, test } from 'vitest';
import { type ClusterName, clusterName } from '../../api/name.ts';
import type { MeshRequest } from '../../apply/options.ts';
import { planMesh } from '../../apply/plan-mesh.ts';
import { digest } from '../../apply/read/digest.ts';
import { decideRun } from '../../apply/resolve-run.ts';
import { createWriter } from '../../apply/run/writer.ts';
import { encodeBase64Text } from '../../base/base64.ts';
import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { planReport } from '../../engine/reporting/plan.ts';
import { renderersAmong } from '../../istio/render/renderers.ts';
import { stages } from '../../istio/stages.ts';
import { createFake, type FakeClient } from '../../kube/testing/fake.ts';
import { handClock } from '../../kube/testing/hand-clock.ts';
import { readText } from '../../mesh/text/read-text.ts';
import type { KubeObject, ObjectRef } from '../../objects/object.ts';
import type { RootFiles } from '../../pki/schema.ts';
import { rootToFiles } from '../../pki/stored.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import { planText } from './text.ts';

const [west, east] = [clusterName.parse('west'), clusterName.parse('east')] as const;
const { signal } = new AbortController();

const { declared } = readText(
  [
    'kind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}',
    ...[
      ['west', 'us'],
      ['east', 'eu'],
    ].map(
      ([name, network]) =>
        `kind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: ${network}, injectNamespaces: [sample]}`,
    ),
  ]
    .map((document) => `apiVersion: isthmus.dev/v1alpha1\n${document}`)
    .join('\n---\n'),
  'mesh.yaml',
);

function deployment(name: string, container: JsonObject): KubeObject {
  const template = { spec: { containers: [container] } };
  const metadata = { name, namespace: 'istio-system', labels: { app: name } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template } };
}

const view = { name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: 'us' };
const ports = [{ name: 'status-port', port: 15_021 }];
const rendered: readonly KubeObject[] = [
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'gateways.networking.istio.io' },
    spec: { group: 'networking.istio.io', names: { kind: 'Gateway', plural: 'gateways' }, scope: 'Namespaced' },
  },
  deployment('istiod', { name: 'discovery', image: 'pilot' }),
  deployment('istio-eastwestgateway', { name: 'istio-proxy', image: 'auto', env: [view] }),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'istio-eastwestgateway', namespace: 'istio-system' },
    spec: { type: 'LoadBalancer', ports },
  },
];

const system = { namespace: 'istio-system' } as const;
const secret = { apiVersion: 'v1', kind: 'Secret', ...system } as const;
const workload = { apiVersion: 'apps/v1', kind: 'Deployment', ...system } as const;
const service: ObjectRef = { apiVersion: 'v1', kind: 'Service', ...system, name: 'istio-eastwestgateway' };

interface Scene {
  readonly west: FakeClient;
  plan(): Promise<string>;
  /** What an apply does with objects, without its waits. */
  apply(): Promise<void>;
}

/** A mesh of two clusters that was applied. */
async function scene(): Promise<Scene> {
  if (declared === undefined) throw new Error('the mesh was not read');
  const clients = new Map<ClusterName, FakeClient>([west, east].map((name) => [name, createFake({ cluster: name })]));
  let root: RootFiles | undefined;
  const request: MeshRequest = {
    mesh: resolveMesh(declared),
    ports: {
      clients,
      unreachable: new Map(),
      renderers: renderersAmong([
        { version: async () => ({ version: '1.31.0', source: 'a fake' }), render: async () => rendered },
      ]),
      roots: {
        create: 'IfMissing',
        read: async () => root,
        write: async (_mesh, files) => {
          root = files;
        },
        folder: () => '/nowhere',
      },
      crypto: globalThis.crypto,
      clock: handClock(),
      signal,
      holder: 'ann',
      onEvent: () => undefined,
    },
    scope: {},
  };
  const apply = async (): Promise<void> => {
    const { decisions, trust } = await decideRun(request);
    if (trust.newRoot !== undefined) root = rootToFiles(trust.newRoot);
    for (const { part, changes } of decisions) {
      const { client, topology, observed } = part;
      const policy = { mesh: 'shop', digest, drift: 'Repair', scaledToZero: observed.scaledToZero } as const;
      const beforeWrite = async (): Promise<void> => undefined;
      const writer = createWriter({
        cluster: topology.name,
        client,
        ...policy,
        live: observed.live,
        signal,
        beforeWrite,
      });
      for (const stage of stages) {
        await writer.ensure(changes.filter(({ wanted }) => wanted.stage === stage).map(({ wanted }) => wanted));
      }
    }
  };
  await apply();
  // Kubernetes gives the reader its token, which the remote secrets are made of.
  for (const client of clients.values()) {
    client.change({ ...secret, name: 'isthmus-reader-token' }, (held) => ({
      ...held,
      data: { token: encodeBase64Text('a.b.c'), 'ca.crt': encodeBase64Text('PEM') },
    }));
  }
  await apply();
  const found = clients.get(west);
  if (found === undefined) throw new Error('there is no west');
  const plan = async (): Promise<string> => {
    const report = planReport((await planMesh(request)).plan, { outcome: 'None' }, 1);
    return planText(report, { apply: '-f mesh.yaml', source: '-f mesh.yaml', color: false });
  };
  return { west: found, plan, apply };
}

function specOf({ spec }: KubeObject): JsonObject {
  return isJsonObject(spec) ? spec : {};
}

let applied: Scene;
beforeAll(async () => {
  applied = await scene();
});

test('a mesh that was applied has nothing to do', async () => {
  expect(await applied.plan()).toContain('nothing to do: the clusters are as declared');
});

test.each<[what: string, broken: (client: FakeClient) => unknown, named: RegExp]>([
  [
    'the remote secret is gone',
    (client) => client.delete({ ...secret, name: 'istio-remote-secret-east' }),
    /\+ Secret istio-system\/istio-remote-secret-east/,
  ],
  [
    'the remote secret holds another token',
    (client) =>
      client.change({ ...secret, name: 'istio-remote-secret-east' }, (held) => ({
        ...held,
        data: { east: 'Z2FyYmFnZQ==' },
      })),
    /~ Secret istio-system\/istio-remote-secret-east/,
  ],
  ['cacerts is gone', (client) => client.delete({ ...secret, name: 'cacerts' }), /\+ Secret istio-system\/cacerts/],
  [
    'istiod is scaled to 0',
    (client) =>
      client.change({ ...workload, name: 'istiod' }, (held) => ({ ...held, spec: { ...specOf(held), replicas: 0 } })),
    /~ Deployment istio-system\/istiod[\s\S]*replicas: 0 → 1/,
  ],
  [
    'the gateway is deleted',
    (client) => client.delete({ ...workload, name: 'istio-eastwestgateway' }),
    /\+ Deployment istio-system\/istio-eastwestgateway/,
  ],
  [
    'the network label is another',
    (client) =>
      client.change({ apiVersion: 'v1', kind: 'Namespace', name: 'istio-system' }, (held) => ({
        ...held,
        metadata: { ...held.metadata, labels: { ...held.metadata.labels, 'topology.istio.io/network': 'usx' } },
      })),
    /~ Namespace istio-system[\s\S]*topology\.istio\.io\/network: "usx" → "us"/,
  ],
  [
    'the gateway has another variable',
    (client) =>
      client.change({ ...workload, name: 'istio-eastwestgateway' }, (held) => {
        const env = [{ ...view, value: 'wrong' }];
        const template = { spec: { containers: [{ name: 'istio-proxy', image: 'auto', env }] } };
        return { ...held, spec: { ...specOf(held), template } };
      }),
    /~ Deployment istio-system\/istio-eastwestgateway[\s\S]*ISTIO_META_REQUESTED_NETWORK_VIEW\]\.value: "wrong" → "us"/,
  ],
  [
    'a port of the gateway Service is another',
    (client) =>
      client.change(service, (held) => ({
        ...held,
        spec: { ...specOf(held), ports: [{ name: 'status-port', port: 15_022 }] },
      })),
    /~ Service istio-system\/istio-eastwestgateway[\s\S]*port: 15022 → 15021/,
  ],
  [
    'the injection label is gone',
    (client) =>
      client.change({ apiVersion: 'v1', kind: 'Namespace', name: 'sample' }, (held) => ({
        ...held,
        metadata: { ...held.metadata, labels: {} },
      })),
    /~ Namespace sample[\s\S]*istio-injection/,
  ],
])('where %s a plan names it, and the apply that it proposes mends it', async (_what, broken, named) => {
  const { west: client, plan, apply } = applied;
  await broken(client);
  const text = await plan();
  expect(text).toMatch(named);
  expect(text).toMatch(/^next: isthmus apply -f mesh\.yaml$/m);
  // Proxies have the names with which they were injected, whatever somebody writes on a namespace.
  expect(text).not.toMatch(/max-delete|purge|pods with a sidecar stay/);
  await apply();
  expect(await plan()).toContain('nothing to do: the clusters are as declared');
});
