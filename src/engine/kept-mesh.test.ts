import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import type { ObjectChange } from '../keep/changes.ts';
import type { KubeClient } from '../kube/client.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { readText } from '../mesh/text/read-text.ts';
import { nodePorts } from '../node-ports.ts';
import type { KubeObject } from '../objects/object.ts';
import { managedByLabel, managedByValue, meshLabel, systemNamespace } from '../objects/ownership.ts';
import { inventoryObject } from '../plan/inventory.ts';
import { reachedFromHome } from './home-access.ts';
import type { KeptMesh, WatchListener } from './home-session.ts';
import { keptMesh } from './kept-mesh.ts';
import { sessionOf } from './session.ts';

const text = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec: {istio: {version: "1.31"}, home: west}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us, access: {context: somebodys-west}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: east}
spec: {network: eu, access: {context: somebodys-east}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: north}
spec: {network: eu, access: {secret: kubeconfig-of-north}}
`;

function declared() {
  const reading = readText(text, 'mesh.yaml');
  if (reading.declared === undefined) throw new Error(JSON.stringify(reading.findings));
  return reading.declared;
}

describe('how a process beside the documents reaches the clusters', () => {
  const accessOf = (context: string | undefined) =>
    Object.fromEntries(
      reachedFromHome(declared(), { context }).clusters.map(({ metadata, spec }) => [metadata.name, spec.access]),
    );

  test('a pod is in its home cluster, and has Secrets for the others, whatever contexts people have', () => {
    expect(accessOf(undefined)).toEqual({
      west: { inCluster: {} },
      east: { secret: 'east' },
      north: { secret: 'kubeconfig-of-north' },
    });
  });

  test('outside of a pod the home cluster is reached by the context that was given', () => {
    expect(accessOf('mine').west).toEqual({ context: 'mine' });
  });

  test('what the home cluster keeps stays what the documents say', () => {
    const { keptAccess, home } = reachedFromHome(declared(), { context: undefined });
    expect(keptAccess?.get('east')).toEqual({ context: 'somebodys-east' });
    expect(home.spec.access).toEqual({ inCluster: {} });
  });
});

const labels = { [managedByLabel]: managedByValue, [meshLabel]: 'shop' };

function configMap(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: systemNamespace, labels } };
}

const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };

interface Scene {
  readonly kept: KeptMesh;
  readonly west: FakeClient;
  /** The watches that began. */
  readonly watches: string[];
  readonly changes: ObjectChange[];
  readonly failures: IsthmusError[];
  readonly listener: WatchListener;
}

type Intercept = NonNullable<Parameters<typeof createFake>[0]>['intercept'];

interface SceneOptions {
  readonly during?: Intercept;
  readonly environment?: Readonly<Record<string, string>>;
}

function scene({ during, environment = {} }: SceneOptions = {}): Scene {
  const watches: string[] = [];
  const intercept: Intercept = async (call) => {
    if (call.verb === 'watch') watches.push(call.what);
    await during?.(call);
  };
  const west = createFake({
    intercept,
    objects: [inventoryObject('shop', [{ ...configMap('a'), name: 'a', namespace: systemNamespace }]), configMap('a')],
  });
  const connect = async ({ metadata: { name } }: { metadata: { name: string } }): Promise<KubeClient> => {
    if (name === 'west') return west;
    throw new IsthmusError('cluster-unreachable', `cluster ${name}: refuses connections`, { cluster: name });
  };
  const ports = { ...nodePorts(environment), connect };
  const source = { declared: declared(), findings: [], folder: '/nonexistent', origin: { home: 'west' } };
  const state = sessionOf(source, ports, { connections: 'Kept' });
  const changes: ObjectChange[] = [];
  const failures: IsthmusError[] = [];
  const listener = {
    onChange: (change: ObjectChange) => void changes.push(change),
    onFailure: (error: IsthmusError) => void failures.push(error),
  };
  const plan = (client: KubeClient, { listener: on, signal }: { listener: WatchListener; signal: AbortSignal }) => ({
    client,
    signal,
    ...on,
    pause: () => Promise.resolve(),
  });
  return { kept: keptMesh(state, { client: west, plan }), west, watches, changes, failures, listener };
}

async function until(isSo: () => boolean): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (!isSo());
}

describe('what decides about a cluster', () => {
  test('waits for its turn where four others are decided, in a plan as in an apply', async () => {
    const held: (() => void)[] = [];
    let isHolding = true;
    const during: Intercept = async ({ verb, what }) => {
      // The first thing that is read to decide.
      if (verb === 'list' && what === 'list MeshShift' && isHolding) await new Promise<void>((end) => held.push(end));
    };
    const { kept } = scene({ during });
    const options = { clusters: ['west'], istioctl: '/nonexistent/istioctl' };
    const applies = Array.from({ length: 6 }, async () => await kept.session.apply(options));
    await until(() => held.length >= 4);
    const ended = Promise.allSettled([...applies, kept.session.plan(options)]);
    for (let pass = 0; pass < 50; pass += 1) await until(() => true);
    expect(held).toHaveLength(4);
    isHolding = false;
    for (const end of held) end();
    for (const one of await ended) expect(one).toMatchObject({ reason: { code: 'istioctl-not-found' } });
    await kept[Symbol.asyncDispose]();
  });
});

describe('what Istio is rendered to', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isthmus-kept-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test('is found by the other runs in the cache: the program renders each cluster once', async () => {
    const istioctl = join(folder, 'istioctl');
    const answers = `[ "$1" = version ] && echo '{"clientVersion":{"version":"1.31.0"}}' && exit
echo "$@" >> ${folder}/calls
sleep 0.2
printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: istio, namespace: istio-system}\\n'`;
    await writeFile(istioctl, `#!/bin/sh\n${answers}\n`, { mode: 0o755 });
    const { kept } = scene({ environment: { XDG_CACHE_HOME: folder } });
    const plans = Array.from({ length: 5 }, async () => await kept.session.plan({ clusters: ['west'], istioctl }));
    await Promise.allSettled(plans);
    expect((await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n')).toEqual(['manifest generate -f -']);
    await kept[Symbol.asyncDispose]();
  });
});

describe('what a mesh owns in a cluster', () => {
  test('is watched by the kinds of its inventory, and by those that come to it', async () => {
    const { kept, west, watches, changes, listener } = scene();
    const ending = new AbortController();
    kept.watchOwned('west', listener, ending.signal);
    await until(() => watches.length === 2);
    // What is done before a watch has listed is no change.
    await until(() => true);
    await west.apply(configMap('b'), { fieldManager: 'isthmus' });
    await until(() => changes.some(({ what }) => what === 'Added ConfigMap b'));
    const refs = [
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: systemNamespace, name: 'a' },
      { ...role, name: 'reader' },
    ];
    await west.apply(inventoryObject('shop', refs), { fieldManager: 'isthmus', conflicts: 'Force' });
    await until(() => changes.some(({ what }) => what === 'watching ClusterRole'));
    await west.apply({ ...role, metadata: { name: 'reader', labels } }, { fieldManager: 'isthmus' });
    await until(() => changes.some(({ what }) => what === 'Added ClusterRole reader'));
    ending.abort();
    await kept[Symbol.asyncDispose]();
  });

  test('a cluster that is away is reported, and keeps nobody waiting', async () => {
    const { kept, failures, listener } = scene();
    const ending = new AbortController();
    kept.watchOwned('east', listener, ending.signal);
    await until(() => failures.length > 0);
    expect(failures[0]).toMatchObject({ code: 'cluster-unreachable' });
    ending.abort();
    await kept[Symbol.asyncDispose]();
  });
});
