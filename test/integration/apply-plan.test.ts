import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { peerSecret } from '../../src/apply/apply-cluster.ts';
import { inventoryObject } from '../../src/apply/inventory.ts';
import { resolveTrust } from '../../src/apply/trust.ts';
import { createWriter, type WriteCounts } from '../../src/apply/writer.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { createIstioctl } from '../../src/istio/render/istioctl.ts';
import { type Stage, stages } from '../../src/istio/stages.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connect.ts';
import { accessOfContext } from '../../src/kube/context.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { readMesh } from '../../src/mesh/read.ts';
import { describeRef, refKey, refOf } from '../../src/objects/object.ts';
import { observe } from '../../src/observe/observe.ts';
import { type Change, planObject } from '../../src/plan/change.ts';
import { desiredObjects, operatorOf, ownedObject, type StagedObject, withRoot } from '../../src/plan/desired.ts';
import { resolveTopology } from '../../src/topology/topology.ts';
import { checkout, startTestLab, type TestLab } from '../support/lab.ts';

const signal = new AbortController().signal;
const mesh = 'shop';

let lab: TestLab;
let client: KubeClient;
let objects: readonly StagedObject[];

beforeAll(async () => {
  lab = await startTestLab({ name: 'int-plan', clusters: [{ name: 'west', network: 'us' }], controlPlaneOnly: true });
  const config = await loadKubeconfig({ path: lab.lab.kubeconfig, env: {}, home: '/' });
  client = await connect(accessOfContext(config, 'west', 'west'), { cluster: 'west' });
  objects = await everyObject();
});

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

/** Every kind of object that an apply writes into a cluster, its home included. */
async function everyObject(): Promise<readonly StagedObject[]> {
  const text = await readFile(join(checkout, 'examples/two-networks/mesh.yaml'), 'utf8');
  const { declared } = readMesh(text, 'mesh.yaml');
  const west = declared === undefined ? undefined : resolveTopology(declared).clusters[0];
  if (declared === undefined || west === undefined) throw new Error('the example declares no mesh');
  const istioctl = createIstioctl({ path: join(lab.lab.bin, 'istioctl'), environment: {} });
  const rendered = desiredObjects(declared, west, await istioctl.render(operatorOf(declared, west)));
  const trust = await resolveTrust({
    declared,
    observed: new Map([[west.name, { live: new Map(), whole: new Map() }]]),
    roots: { read: async () => undefined, write: async () => undefined, folder: () => 'nowhere' },
    environment: { crypto: globalThis.crypto, now: systemClock.now() },
  });
  const caCerts = trust.caCerts.get(west.name);
  const [peer] = west.peers;
  if (caCerts === undefined || peer === undefined) throw new Error('west has no trust or no peer');
  const credential = { certificateAuthority: 'authority', token: 'token' };
  const made = [
    ...withRoot(rendered, trust.rootFingerprint),
    caCerts,
    trust.issuer,
    peerSecret(mesh, peer, { server: 'https://peer.example:6443', credential }),
  ];
  return [...made, ownedObject(inventoryObject(mesh, made.map(({ object }) => refOf(object))), mesh)];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function live(): Promise<Parameters<typeof createWriter>[0]['live']> {
  return (await observe(client, { listed: objects.map(({ object }) => refOf(object)), whole: [], signal })).live;
}

/** What a new run would do, `Unchanged` left out. */
async function plan(): Promise<readonly string[]> {
  const held = await live();
  return objects
    .map((wanted) => planObject(wanted, held.get(refKey(refOf(wanted.object))), { mesh, digest }))
    .filter(({ action }) => action !== 'Unchanged')
    .map(describeChange);
}

function describeChange(change: Change): string {
  return `${change.action} ${describeRef(change.ref)}${'reason' in change ? `: ${change.reason}` : ''}`;
}

/** What a run does: the stages in their order, everything of one at once. */
async function apply(): Promise<WriteCounts> {
  const cluster = { cluster: resolveName(), client, mesh, digest, signal };
  const writer = createWriter({ ...cluster, live: await live(), beforeWrite: async () => undefined });
  for (const stage of stages) {
    if (stage === 'Exposure') await established();
    await writer.ensure(ofStage(stage));
  }
  return writer.counts();
}

function ofStage(stage: Stage): readonly StagedObject[] {
  return objects.filter((wanted) => wanted.stage === stage);
}

async function established(): Promise<void> {
  await lab.kubectl('west', 'wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
}
