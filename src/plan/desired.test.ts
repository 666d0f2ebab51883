import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../base/json.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { readText } from '../mesh/text/read-text.ts';
import { type KubeObject, refOf } from '../objects/object.ts';
import { type ResolvedMesh, resolveMesh } from '../topology/resolved-mesh.ts';
import type { ClusterTopology } from '../topology/topology.ts';
import { desiredObjects, type HomeDocuments, ingressOperatorOf, isDocument, meshNetworksOf } from './desired.ts';

function example(name: string): ResolvedMesh {
  const text = readFileSync(join(import.meta.dirname, `../../examples/${name}/mesh.yaml`), 'utf8');
  const { declared } = readText(text, 'mesh.yaml');
  if (declared === undefined) throw new Error(`the example ${name} declares no mesh`);
  return resolveMesh(declared);
}

/** A mesh file with other names in it. */
function renamed(example: string, names: Readonly<Record<string, string>>): ResolvedMesh {
  const text = readFileSync(join(import.meta.dirname, `../../examples/${example}/mesh.yaml`), 'utf8');
  const changed = Object.entries(names).reduce((all, [old, name]) => all.replaceAll(`: ${old}`, `: ${name}`), text);
  const { declared, findings } = readText(changed, 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return resolveMesh(declared);
}

test('a cluster whose name has 63 characters, as clouds make them, has names and labels that Kubernetes takes', () => {
  const [west, east] = ['west', 'east'].map(
    (name) => `cn-${'project-331513-europe-central2-a-'.repeat(2)}`.slice(0, 59) + name,
  );
  const mesh = renamed('external', { west: west ?? '', east: east ?? '' });
  const objects = mesh.topology.clusters.flatMap((cluster) => desiredObjects(mesh, cluster, () => []));
  expect(mesh.topology.clusters.map(({ name }) => name)).toEqual([west, east]);
  const namespaces = objects.flatMap(({ object }) => (object.kind === 'Namespace' ? [object.metadata.name] : []));
  const hosted = namespaces.filter((name) => name.startsWith('istiod-'));
  expect(hosted).toHaveLength(1);
  for (const { object } of objects) {
    const { name, namespace = '', labels = {} } = object.metadata;
    const label = ['Namespace', 'Service'].includes(object.kind) ? 63 : 253;
    expect(name.length, name).toBeLessThanOrEqual(label);
    expect(namespace.length, namespace).toBeLessThanOrEqual(63);
    for (const value of Object.values(labels))
      expect(value).toMatch(/^([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/);
  }
});

test('each istiod gets the addresses at which its own network reaches a gateway', () => {
  const mesh = example('two-networks');
  const [west, east] = mesh.declared.clusters;
  const [ofWest, ofEast] = mesh.topology.clusters;
  if (west === undefined || east === undefined || ofWest === undefined || ofEast === undefined) throw new Error('two');
  const gateway = {
    ...east.spec.gateway,
    addresses: ['203.0.113.7'],
    addressesByNetwork: [{ network: west.spec.network, addresses: ['10.9.0.7:31443'] }],
  };
  const declared = { ...mesh.declared, clusters: [west, { ...east, spec: { ...east.spec, gateway } }] };
  const told = (reader: ClusterTopology): unknown => meshNetworksOf(declared, reader);
  const eu = east.spec.network;
  expect(told(ofWest)).toEqual({ [eu]: { gateways: [{ address: '10.9.0.7', port: 31443 }] } });
  expect(told(ofEast)).toEqual({ [eu]: { gateways: [{ address: '203.0.113.7', port: 15443 }] } });
});

function kindsIn(
  mesh: ResolvedMesh,
  cluster: ClusterTopology | undefined,
  documents?: HomeDocuments,
): readonly string[] {
  if (cluster === undefined) throw new Error('there is no such cluster');
  return desiredObjects(mesh, cluster, () => [], documents).flatMap(({ object }) =>
    isDocument(refOf(object)) || object.kind === 'CustomResourceDefinition' ? [object.kind] : [],
  );
}

test('the home cluster alone is to hold the declared documents, unless they are left to others', () => {
  const mesh = example('two-networks');
  const home = mesh.topology.clusters.find(({ name }) => name === mesh.home);
  const other = mesh.topology.clusters.find(({ name }) => name !== mesh.home);
  expect(kindsIn(mesh, home)).toEqual(expect.arrayContaining(['CustomResourceDefinition', 'Mesh', 'MeshCluster']));
  expect(new Set(kindsIn(mesh, home, 'Leave'))).toEqual(new Set(['CustomResourceDefinition']));
  expect(kindsIn(mesh, other)).toEqual([]);
});

test('a cluster gives the right to list its Secrets only where an istiod that reads it does so', () => {
  const { declared } = example('two-networks');
  const off = { values: { pilot: { env: { PILOT_ENABLE_REMOTE_CREDENTIALS_CONTROLLER: 'false' } } } };
  const rulesOf = (changed: Readonly<Record<string, JsonObject>>): string => {
    const clusters = declared.clusters.map((one) => ({
      ...one,
      spec: { ...one.spec, istio: changed[one.metadata.name] ?? one.spec.istio },
    }));
    const mesh = resolveMesh({ ...declared, clusters });
    const west = mesh.topology.clusters.find(({ name }) => name === 'west');
    if (west === undefined) throw new Error('the example has no such cluster');
    const objects = desiredObjects(mesh, west, () => []).filter(({ object }) => object.kind === 'ClusterRole');
    return JSON.stringify(objects.map(({ object }) => object.rules));
  };
  expect(rulesOf({})).toContain('"secrets"');
  expect(rulesOf({ west: off })).toContain('"secrets"');
  expect(rulesOf({ east: off })).not.toContain('"secrets"');
});

test("the gateway's pods state their cluster and network, for istiod may inject those of a moment ago", () => {
  const mesh = example('two-networks');
  const [cluster] = mesh.topology.clusters;
  if (cluster === undefined) throw new Error('the example has no clusters');
  const deployment = (name: string): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'istio-system' },
    spec: { template: { metadata: { labels: { app: name } }, spec: { containers: [] } } },
  });
  const objects = desiredObjects(mesh, cluster, () => ['istio-eastwestgateway', 'other'].map(deployment));
  const podsOf = (name: string): unknown =>
    objects.find(({ object }) => object.kind === 'Deployment' && object.metadata.name === name)?.object.spec;
  const { name, network } = cluster;
  expect(podsOf('istio-eastwestgateway')).toMatchObject({
    template: {
      metadata: {
        annotations: { 'isthmus.dev/cluster': name },
        labels: { app: 'istio-eastwestgateway', 'topology.istio.io/network': network },
      },
    },
  });
  expect(podsOf('other')).toMatchObject({ template: { metadata: { labels: { app: 'other' } } } });
  expect(podsOf('other')).not.toHaveProperty('template.metadata.annotations');
});

test('nothing is wanted of a MeshService that is paused, and the same as before of the others', () => {
  const text = readFileSync(join(import.meta.dirname, '../../examples/two-networks/mesh.yaml'), 'utf8');
  const services = ['cart', 'till'].map((name) => ({
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'MeshService',
    metadata: { name, namespace: 'sample' },
    spec: { prefer: 'Locality' },
  }));
  const whole = [text, ...services.map((one) => JSON.stringify(one))].join('\n---\n');
  const { declared, findings } = readText(whole, 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  const rules = (paused: DeclaredMesh['paused'] = []): readonly string[] => {
    const mesh = resolveMesh({ ...declared, paused });
    const [west] = mesh.topology.clusters;
    if (west === undefined) throw new Error('the example has no cluster');
    const objects = desiredObjects(mesh, west, () => []).map(({ object }) => object);
    return objects.filter(({ kind }) => kind === 'DestinationRule').map(({ metadata }) => metadata.name);
  };
  expect(rules()).toEqual(['isthmus-sample-cart', 'isthmus-sample-till']);
  expect(rules([{ name: 'cart', namespace: 'sample' }])).toEqual(['isthmus-sample-till']);
  expect(rules([{ name: 'cart', namespace: 'other' }])).toEqual(rules());
});

describe('the ingress gateway of a cluster', () => {
  const text = readFileSync(join(import.meta.dirname, '../../examples/two-networks/mesh.yaml'), 'utf8');
  const { declared } = readText(text.replaceAll('network: us', 'network: us\n  ingress: {}'), 'mesh.yaml');
  if (declared === undefined) throw new Error('the example declares no mesh');
  const mesh = resolveMesh(declared);
  const [west, east] = mesh.topology.clusters;
  if (west === undefined || east === undefined) throw new Error('the example has two clusters');
  const metadata = { name: 'istio-ingressgateway', namespace: 'istio-system', labels: { istio: 'ingressgateway' } };
  const rendered: readonly KubeObject[] = [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: { metadata: { labels: { app: 'x' } } } } },
  ];

  test('is rendered where the mesh file declares it alone, in the revision of its istiod', () => {
    expect(ingressOperatorOf(declared, west)).toMatchObject({
      metadata: { name: 'isthmus-west-ingress' },
      spec: { profile: 'empty', values: { global: { network: 'us', multiCluster: { clusterName: 'west' } } } },
    });
    expect(ingressOperatorOf(declared, { ...west, revision: 'green' })).toMatchObject({ spec: { revision: 'green' } });
    expect(ingressOperatorOf(declared, east)).toBeUndefined();
  });

  test('is no way in from other networks: its Service names none and has no port for istiod', () => {
    const wanted = desiredObjects(mesh, { ...west, remotes: [east.name] }, () => rendered);
    const service = wanted.find(({ object }) => object.kind === 'Service' && object.metadata.name === metadata.name);
    expect(service).toMatchObject({ stage: 'Address', ownership: 'Ours', object: { spec: { ports: [{ port: 80 }] } } });
    expect(Object.keys(service?.object.metadata.labels ?? {})).not.toContain('topology.istio.io/network');
  });

  test('starts new pods where the name of its cluster changes', () => {
    const wanted = desiredObjects(mesh, west, () => rendered);
    const pods = wanted.find(({ object }) => object.kind === 'Deployment' && object.metadata.name === metadata.name);
    expect(pods).toMatchObject({
      stage: 'Gateway',
      object: { spec: { template: { metadata: { annotations: { 'isthmus.dev/cluster': 'west' } } } } },
    });
  });
});
