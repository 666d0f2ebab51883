import fc from 'fast-check';
import { afterAll, beforeAll, expect } from 'vitest';
import { planMesh } from '../../src/apply/plan-mesh.ts';
import type { ApplyReport } from '../../src/apply/run/report.ts';
import type { Json } from '../../src/base/json.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { DeclaredMesh } from '../../src/mesh/declared.ts';
import { readText } from '../../src/mesh/text/read-text.ts';
import { describeRef, type KubeObject, refOf } from '../../src/objects/object.ts';
import { appliedAnnotation, meshLabel } from '../../src/objects/ownership.ts';
import { changesOf } from '../../src/plan/mesh-plan.ts';
import type { Stored } from './etcd.ts';
import { heldState } from './held-state.ts';
import { applyAs, memoryRoots, meshText, type OneCluster, requestOf, startOneCluster } from './one-cluster.ts';

let one: OneCluster;
let client: KubeClient;
/** As an uninstall leaves the cluster: only Istio's definitions are there, which are most of an apply's time. */
let defined: Stored;
const roots = memoryRoots();
/** The guard has tests of its own (src/plan/guard.test.ts). */
const limits = { maxDelete: 100 } as const;

/** Starts the cluster that these meshes are applied to before the tests of a file, and stops it after them. */
export function useClusterForMeshes(lab: string): void {
  beforeAll(async () => await start(lab));
  afterAll(async () => {
    await one?.[Symbol.asyncDispose]();
  });
}

async function start(lab: string): Promise<void> {
  one = await startOneCluster(lab);
  client = one.direct;
  await applied(declare({ namespaces: ['sample'], debounce: '100ms', services: {}, network: 'us' }));
  const definitions = [...(await one.etcd.read())].filter(([key]) => key.startsWith('/registry/apiextensions.k8s.io/'));
  defined = new Map([...one.empty, ...definitions]);
}

/** What a mesh file may say of a cluster, as far as it decides about objects. */
interface Wish {
  readonly network: string;
  readonly namespaces: readonly string[];
  readonly debounce: string;
  readonly services: Readonly<Record<string, 'Cluster' | 'Split'>>;
}

const wishes: fc.Arbitrary<Wish> = fc.record({
  network: fc.constantFrom('us', 'eu'),
  namespaces: fc.subarray(['sample', 'extra', 'third'], { minLength: 1 }),
  debounce: fc.constantFrom('50ms', '100ms'),
  services: fc.dictionary(fc.constantFrom('cart', 'shop', 'store'), fc.constantFrom('Cluster', 'Split')),
});

function declare({ network, namespaces, debounce, services }: Wish): DeclaredMesh {
  const values = `values: {pilot: {env: {PILOT_DEBOUNCE_AFTER: ${debounce}}}}`;
  const spec = `{network: ${network}, injectNamespaces: [${namespaces.join(', ')}], istio: {${values}}}`;
  const documents = Object.entries(services).map(
    ([name, how]) => `---
apiVersion: isthmus.dev/v1alpha1
kind: MeshService
metadata: {name: ${name}, namespace: sample}
spec: ${how === 'Cluster' ? '{scope: Cluster}' : '{split: {west: 100}}'}
`,
  );
  const { declared, findings } = readText([meshText(spec), ...documents].join(''), 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return declared;
}

/** What people and other programs do to a cluster between two applies. */
interface Deed {
  readonly deed: 'Delete' | 'Take' | 'Add';
  /** Which object, of those that there are. */
  readonly at: number;
}

const deeds = fc.array(
  fc.record({ deed: fc.constantFrom('Delete', 'Take', 'Add'), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  { maxLength: 6 },
);

const touchable: readonly (readonly [string, string])[] = [
  ['v1', 'ConfigMap'],
  ['v1', 'Service'],
  ['v1', 'ServiceAccount'],
  ['apps/v1', 'Deployment'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
  ['networking.istio.io/v1', 'DestinationRule'],
  ['networking.istio.io/v1', 'VirtualService'],
];

async function ours(): Promise<readonly KubeObject[]> {
  const kinds = touchable.map(([apiVersion, kind]) => ({ apiVersion, kind }));
  const labelSelector = `${meshLabel}=shop`;
  const lists = await Promise.all(kinds.map((kind) => client.list(kind, { labelSelector, content: 'Metadata' })));
  return lists.flat().filter(({ metadata }) => metadata.namespace !== 'isthmus-system');
}

async function interfere({ deed, at }: Deed, index: number): Promise<void> {
  if (deed === 'Add') {
    const metadata = { name: `theirs-${index}`, namespace: 'istio-system', labels: { app: 'istiod' } };
    await client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { by: 'another team' } });
    return;
  }
  const objects = await ours();
  const object = objects[Math.floor(at * objects.length)];
  if (object === undefined) return;
  const { apiVersion, kind, namespace, name } = refOf(object);
  if (deed === 'Delete') return void (await client.delete(refOf(object)));
  const label = ['app', 'release'].find((key) => object.metadata.labels?.[key] !== undefined);
  const taken =
    label === undefined ? { annotations: { [appliedAnnotation]: 'theirs' } } : { labels: { [label]: 'theirs' } };
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...taken };
  await client.apply({ apiVersion, kind, metadata }, { fieldManager: 'argocd-controller', conflicts: 'Force' });
}

async function applied(declared: DeclaredMesh): Promise<void> {
  const { clusters }: ApplyReport = await applyAs(one, client, { ...limits, declared, roots });
  const failures = clusters.flatMap((outcome) => (outcome.outcome === 'Failed' ? [outcome.error] : []));
  expect(failures).toEqual([]);
  expect(clusters).toMatchObject([{ outcome: 'Applied', unconnected: [] }]);
  for (const outcome of clusters) if (outcome.outcome === 'Applied') expect(outcome.pruned?.failed ?? []).toEqual([]);
}

/** What is stored of the mesh, as far as it follows from the mesh file. */
async function reached(): Promise<Readonly<Record<string, Json>>> {
  const { objects } = await heldState(one);
  // A namespace stays when it is no longer injected.
  const isAnybodys = (name: string): boolean => /^Namespace (extra|third)$|\/theirs-\d+$/.test(name);
  return Object.fromEntries(Object.entries(objects).filter(([name]) => !isAnybodys(name)));
}

async function theirs(): Promise<readonly unknown[]> {
  const found = await client.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'istio-system' });
  return found
    .filter(({ metadata }) => metadata.name.startsWith('theirs-'))
    .map(({ metadata: { name, uid, resourceVersion } }) => ({ name, uid, resourceVersion }));
}

/**
 * Tries random meshes with random interference: an apply must end with what the file says, and the next plan must be
 * empty.
 */
export async function tryMeshes({ seed, rounds }: { readonly seed: number; readonly rounds: number }): Promise<void> {
  await fc.assert(
    fc.asyncProperty(wishes, deeds, wishes, async (before, done, after) => {
      const declared = declare(after);
      await one.etcd.restore(defined);
      await applied(declared);
      const expected = await reached();
      await one.etcd.restore(defined);
      await applied(declare(before));
      for (const [index, deed] of done.entries()) await interfere(deed, index);
      const added = await theirs();
      const owned = new Set((await ours()).map((object) => describeRef(refOf(object))));
      const { plan } = await planMesh(requestOf(one, client, { ...limits, declared, roots }));
      const deletions = changesOf(plan).filter(({ action }) => action === 'Delete');
      for (const { ref } of deletions) if (ref.namespace !== 'sample') expect([...owned]).toContain(describeRef(ref));
      await applied(declared);
      expect(await reached()).toEqual(expected);
      expect(await theirs()).toEqual(added);
      expect(changesOf((await planMesh(requestOf(one, client, { ...limits, declared, roots }))).plan)).toEqual([]);
    }),
    { seed, numRuns: rounds, endOnFailure: true },
  );
}
