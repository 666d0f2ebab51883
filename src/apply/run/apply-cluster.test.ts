import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeBase64Text } from '../../base/base64.ts';
import { IsthmusError } from '../../base/error.ts';
import { systemClock } from '../../base/system-clock.ts';
import { createFake, type FakeClient } from '../../kube/testing/fake.ts';
import { readText } from '../../mesh/text/read-text.ts';
import { type KubeObject, refOf } from '../../objects/object.ts';
import { ownedObject, type StagedObject } from '../../plan/desired.ts';
import { type ClusterTopology, resolveTopology } from '../../topology/topology.ts';
import { fact, factsOf, failFacts, type MeshFacts, meshFacts } from '../read/facts.ts';
import { applyCluster, type ClusterRun } from './apply-cluster.ts';
import { createWriter } from './writer.ts';

function example(name: string): string {
  return readFileSync(join(import.meta.dirname, `../../../examples/${name}/mesh.yaml`), 'utf8');
}

function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

const token: KubeObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'isthmus-reader-token', namespace: 'istio-system' },
  data: { token: encodeBase64Text('a.b.c'), 'ca.crt': encodeBase64Text('PEM') },
};

const webhook: KubeObject = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'istio-sidecar-injector' },
};

const istiod: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'istiod', namespace: 'istio-system', generation: 1 },
  spec: { replicas: 1 },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 },
};

const definition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'destinationrules.networking.istio.io' },
  spec: {
    group: 'networking.istio.io',
    names: { kind: 'DestinationRule', plural: 'destinationrules' },
    scope: 'Namespaced',
  },
};

const rule: KubeObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'isthmus-cart', namespace: 'istio-system' },
  spec: { host: 'cart.shop.svc.cluster.local' },
};

interface SceneOptions {
  readonly mesh?: string;
  readonly objects?: readonly KubeObject[];
}

interface Scene {
  readonly client: FakeClient;
  readonly facts: MeshFacts;
  readonly topologies: readonly ClusterTopology[];
  readonly run: ClusterRun;
}

/** North, whose istiod is west's unless another mesh says so, with a reader account that has its token already. */
function scene({ mesh = 'mixed', objects: wanted = [webhook] }: SceneOptions = {}): Scene {
  const { declared } = readText(example(mesh), 'mesh.yaml');
  if (declared === undefined) throw new Error('the example is wrong');
  const ofMesh = resolveTopology(declared);
  const topologies = ofMesh.clusters;
  const topology = topologies.find(({ name }) => name === 'north');
  if (topology === undefined) throw new Error('the example has no north');
  const client = createFake({
    cluster: 'north',
    objects: [...['istio-system', 'isthmus-system'].map(namespace), token, istiod, definition],
    // The webhook injects what a dry run shows it.
    raw: ({ path }) => (path.endsWith('/pods') ? { spec: { containers: [{ image: 'proxyv2' }] } } : undefined),
  });
  const facts = meshFacts(ofMesh);
  const { signal } = new AbortController();
  const digest = (text: string): string => String(text.length);
  const objects: readonly StagedObject[] = wanted.map((object) => ownedObject(object, 'shop'));
  const writer = createWriter({
    cluster: topology.name,
    client,
    mesh: 'shop',
    digest,
    drift: 'Repair',
    live: new Map(),
    signal,
    beforeWrite: async () => undefined,
  });
  const issuerStored = { ...fact<void>(), isOurs: false };
  issuerStored.provide();
  const run: ClusterRun = {
    topology,
    mesh: 'shop',
    client,
    identity: 'uid-of-the-cluster',
    crypto: globalThis.crypto,
    clock: systemClock,
    signal,
    limitMs: 10_000,
    objects,
    writer,
    inventory: undefined,
    istiod: undefined,
    facts,
    issuerStored,
    rights: fact<void>(),
    turn: undefined,
    report: () => undefined,
    onInjecting: () => undefined,
  };
  return { client, facts, topologies, run };
}

function has(client: FakeClient, kind: string): boolean {
  return client.objects().some((object) => object.kind === kind);
}

test('a remote is readable before its istiod is there, and refuses no pod until then', async () => {
  const { client, facts, run } = scene();
  const applying = applyCluster(run).catch((error: unknown) => error);
  const { server } = await factsOf(facts, run.topology.name).credential.value;
  expect(server).toBe(client.server);
  expect([has(client, 'EndpointSlice'), has(client, 'MutatingWebhookConfiguration')]).toEqual([false, false]);
  factsOf(facts, run.topology.name).istiod.fail(new IsthmusError('timeout', 'no address'));
  await applying;
});

test('a remote whose primary fails ends with it, having failed its own facts', async () => {
  const { client, facts, topologies, run } = scene();
  const west = topologies.find(({ name }) => name === 'west');
  if (west === undefined) throw new Error('the example has no west');
  failFacts(facts, west, new IsthmusError('cluster-unreachable', 'west does not answer', { remedy: 'start west' }));
  await expect(applyCluster(run)).rejects.toMatchObject({
    code: 'cluster-unreachable',
    message: "north has no istiod of its own, and its istiod's cluster failed: west does not answer",
    remedy: 'start west',
    cluster: 'north',
  });
  expect([has(client, 'EndpointSlice'), has(client, 'MutatingWebhookConfiguration')]).toEqual([false, false]);
  await expect(factsOf(facts, run.topology.name).ready.value).rejects.toMatchObject({ cluster: 'north' });
});

test('what needs no gateway of ours is written where the mesh has none', async () => {
  const { client, facts, topologies, run } = scene({ mesh: 'one-network', objects: [rule] });
  const west = topologies.find(({ name }) => name === 'west');
  if (west === undefined) throw new Error('the example has no west');
  failFacts(facts, west, new IsthmusError('cluster-unreachable', 'west does not answer'));
  expect(run.topology.gateway).toBe('None');
  expect(await applyCluster(run)).toMatchObject([{ peer: 'west' }]);
  expect(has(client, 'DestinationRule')).toBe(true);
});

test('an ingress gateway holds nothing of the mesh up, and the apply ends when it has an address', async () => {
  const place = { name: 'istio-ingressgateway', namespace: 'istio-system', labels: { istio: 'ingressgateway' } };
  const service = { apiVersion: 'v1', kind: 'Service', metadata: place, spec: { type: 'LoadBalancer' } };
  const gateway = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: place, spec: { replicas: 1 } };
  const { client, facts, topologies, run } = scene({ mesh: 'one-network', objects: [service, gateway] });
  const west = topologies.find(({ name }) => name === 'west');
  if (west === undefined) throw new Error('the example has no west');
  failFacts(facts, west, new IsthmusError('cluster-unreachable', 'west does not answer'));
  const { cluster } = run.topology;
  const topology = { ...run.topology, cluster: { ...cluster, spec: { ...cluster.spec, ingress: {} } } };
  const done: string[] = [];
  const waits: string[] = [];
  const awaitsIngress = Promise.withResolvers<void>();
  const applying = applyCluster({
    ...run,
    topology,
    report: (event) => {
      if (event.type !== 'Waiting') return;
      waits.push(event.details.what);
      if (waits.filter((what) => what.includes('ingressgateway')).length === 2) awaitsIngress.resolve();
    },
  }).then(() => done.push('applied'));
  await factsOf(facts, topology.name).ready.value;
  await awaitsIngress.promise;
  expect(done).toEqual([]);
  const counts = { replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 };
  const status = { observedGeneration: 1, ...counts };
  client.change(refOf(gateway), (object) => ({ ...object, metadata: { ...object.metadata, generation: 1 }, status }));
  expect(done).toEqual([]);
  const loadBalancer = { ingress: [{ ip: '192.0.2.9' }] };
  client.change(refOf(service), (object) => ({ ...object, status: { loadBalancer } }));
  await applying;
  expect(done).toEqual(['applied']);
});
