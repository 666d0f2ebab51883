import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import { valueAt } from '../../base/json.ts';
import { readText } from '../../mesh/text/read-text.ts';
import { describeRef, type KubeObject, refOf } from '../../objects/object.ts';
import { ownedObject, type StagedObject } from '../../plan/desired.ts';
import { type ClusterTopology, resolveTopology, type Topology } from '../../topology/topology.ts';
import { factsOf, failFacts, type MeshFacts, meshFacts, type PeerFact } from './facts.ts';
import { type Link, linkRefs, linksOf } from './links.ts';

const known: PeerFact = {
  server: 'https://198.51.100.1:6443',
  credential: { certificateAuthority: 'authority', token: 'token' },
  identity: 'uid-1',
};

function example(name: string): Topology {
  const text = readFileSync(join(import.meta.dirname, `../../../examples/${name}/mesh.yaml`), 'utf8');
  const { declared } = readText(text, 'mesh.yaml');
  if (declared === undefined) throw new Error(`the example ${name} declares no mesh`);
  return resolveTopology(declared);
}

function clusterOf({ clusters }: Topology, name: string): ClusterTopology {
  const found = clusters.find((cluster) => cluster.name === name);
  if (found === undefined) throw new Error(`there is no cluster ${name}`);
  return found;
}

interface Options {
  readonly facts: MeshFacts;
  readonly objects?: readonly StagedObject[];
}

function links(topology: ClusterTopology, { facts, objects = [] }: Options): readonly Link[] {
  return linksOf({ topology, mesh: 'shop', facts, objects });
}

function names(objects: readonly StagedObject[]): string[] {
  return objects.map(({ object: { kind, metadata } }) =>
    describeRef({ apiVersion: '', kind, name: metadata.name, namespace: metadata.namespace ?? '' }),
  );
}

test('in a mixed mesh a primary reads all others, and a remote is led to its primary and reads nobody', () => {
  const mixed = example('mixed');
  const facts = meshFacts(mixed);
  const of = (name: string) => links(clusterOf(mixed, name), { facts }).map(({ stage, to }) => `${stage} ${to}`);
  expect(of('west')).toEqual(['Discovery north', 'Discovery east']);
  expect(of('east')).toEqual(['Discovery west', 'Discovery north']);
  expect(of('north')).toEqual(['ControlPlane west']);
});

test('a link names what it brings, whatever its content', () => {
  for (const topology of ['mixed', 'external'].map(example)) {
    const facts = meshFacts(topology);
    const all = topology.clusters.flatMap((cluster) => links(cluster, { facts }));
    const refs = topology.clusters.flatMap((cluster) => linkRefs(cluster, []));
    expect(refs).toEqual(all.map(({ to, blank }) => ({ to, refs: blank().map(({ object }) => refOf(object)) })));
  }
});

test("a peer's secret waits until the peer is ready, that of an own remote only until there is an account", async () => {
  const mixed = example('mixed');
  const facts = meshFacts(mixed);
  const north = mixed.clusters.find(({ name }) => name === 'north')?.name;
  if (north === undefined) throw new Error('north is gone');
  factsOf(facts, north).credential.provide(known);
  const [ofPrimary] = links(clusterOf(mixed, 'west'), { facts }).filter(({ to }) => to === 'north');
  const [ofPeer] = links(clusterOf(mixed, 'east'), { facts }).filter(({ to }) => to === 'north');
  expect(names((await ofPrimary?.objects()) ?? [])).toEqual(['Secret istio-system/istio-remote-secret-north']);
  expect([ofPrimary?.isKnown(), ofPeer?.isKnown()]).toEqual([true, false]);
  factsOf(facts, north).ready.provide();
  expect(names((await ofPeer?.objects()) ?? [])).toEqual(['Secret istio-system/istio-remote-secret-north']);
  expect(ofPeer?.isKnown()).toBe(true);
});

test('a primary that fails takes the way to its istiod with it, and nothing else', async () => {
  const mixed = example('mixed');
  const facts = meshFacts(mixed);
  const failure = new IsthmusError('cluster-unreachable', 'west is gone');
  failFacts(facts, clusterOf(mixed, 'west'), failure);
  const [toPrimary] = links(clusterOf(mixed, 'north'), { facts });
  await expect(toPrimary?.objects()).rejects.toBe(failure);
  const ofEast = links(clusterOf(mixed, 'east'), { facts });
  await expect(ofEast.find(({ to }) => to === 'west')?.objects()).rejects.toBe(failure);
  expect(ofEast.find(({ to }) => to === 'north')?.isKnown()).toBe(false);
});

test('a hosted istiod gets the way to its cluster, and restarts when that changes', async () => {
  const external = example('external');
  const east = clusterOf(external, 'east');
  const hub = clusterOf(external, 'west');
  const deployment: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istiod', namespace: 'istiod-east' },
    spec: { replicas: 1 },
  };
  const objects: StagedObject[] = [
    { ...ownedObject(deployment, 'shop'), stage: 'Hosted' },
    ownedObject({ ...deployment, metadata: { name: 'istiod', namespace: 'istio-system' } }, 'shop'),
  ];
  const annotationWith = async (fact: PeerFact): Promise<unknown> => {
    const facts = meshFacts(external);
    factsOf(facts, east.name).istiodCredential.provide(fact);
    const [hosted] = links(hub, { facts, objects }).filter(({ stage }) => stage === 'Hosted');
    const made = (await hosted?.objects()) ?? [];
    expect(names(made)).toEqual(['Secret istiod-east/istio-kubeconfig', 'Deployment istiod-east/istiod']);
    const annotations = valueAt(made[1]?.object, ['spec', 'template', 'metadata', 'annotations']);
    return valueAt(annotations, ['isthmus.dev/kubeconfig']);
  };
  const first = await annotationWith(known);
  expect(first).toBeDefined();
  expect(await annotationWith(known)).toBe(first);
  expect(await annotationWith({ ...known, server: 'https://other.example:6443' })).not.toBe(first);
});

test('an inventory can name what the links bring before any fact is known', () => {
  const external = example('external');
  const refs = linkRefs(clusterOf(external, 'east'), []).flatMap((link) => link.refs);
  expect(refs.map(describeRef)).toEqual([
    'Service istio-system/istiod',
    'EndpointSlice istio-system/istiod',
    'Secret istio-system/istio-remote-secret-west',
  ]);
});
