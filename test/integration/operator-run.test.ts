import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiVersion } from '../../src/api/mesh.ts';
import type { Condition, ConditionType, MeshClusterStatus } from '../../src/api/mesh-cluster-status.ts';
import { pausedAnnotation } from '../../src/api/mesh-cluster-status.ts';
import { valueAt } from '../../src/base/json.ts';
import { openMesh } from '../../src/engine/open-mesh.ts';
import { leaseState } from '../../src/kube/lease.ts';
import { nodePorts } from '../../src/node-ports.ts';
import type { KubeObject, ObjectRef } from '../../src/objects/object.ts';
import { systemNamespace } from '../../src/objects/ownership.ts';
import { documentDefinitions } from '../../src/plan/documents.ts';
import { eventually } from '../support/eventually.ts';
import { checkout } from '../support/lab.ts';
import { memoryRoots, meshText, type OneCluster, startOneCluster, west } from '../support/one-cluster.ts';
import { type RunningProgram, startProgram } from '../support/program.ts';

/** Operators as processes of their own, on a real API server whose controllers a stand-in plays. */

let one: OneCluster;
const operators: RunningProgram[] = [];
const fieldManager = 'a-person';
const document = { apiVersion, kind: 'MeshCluster', namespace: systemNamespace, name: west };
const service: ObjectRef = { apiVersion: 'v1', kind: 'Service', namespace: 'istio-system', name: 'istiod' };
const leaseRef = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  namespace: systemNamespace,
  name: 'isthmus-operator',
};

beforeAll(async () => {
  one = await startOneCluster('int-op-run');
});

afterAll(async () => {
  for (const operator of operators) {
    operator.kill('SIGCONT');
    operator.kill('SIGKILL');
  }
  await Promise.allSettled(operators.map(({ result }) => result));
  await one?.[Symbol.asyncDispose]();
});

function startOperator(): RunningProgram {
  const words = [join(checkout, 'src/cli/main.ts'), 'operator', 'run', '--home', west, '--port', '0'];
  const { env, folder } = one.lab;
  const operator = startProgram(process.execPath, words, {
    cwd: folder,
    env: { ...process.env, ...env },
    timeoutMs: 300_000,
  });
  operator.result.catch(() => undefined);
  operators.push(operator);
  return operator;
}

async function stored(ref: ObjectRef): Promise<KubeObject | undefined> {
  return await one.direct.get(ref);
}

async function conditions(): Promise<ReadonlyMap<ConditionType, Condition>> {
  const status = (await stored(document))?.status as MeshClusterStatus | undefined;
  return new Map((status?.conditions ?? []).map((condition) => [condition.type, condition]));
}

async function until(
  type: ConditionType,
  status: Condition['status'],
  reason?: Condition['reason'],
): Promise<Condition> {
  let found: Condition | undefined;
  await eventually(
    async () => {
      found = (await conditions()).get(type);
      const isSo = found?.status === status && (reason === undefined || found.reason === reason);
      return isSo ? undefined : JSON.stringify(Object.fromEntries(await conditions()));
    },
    { timeoutMs: 60_000 },
  );
  if (found === undefined) throw new Error(`there is no condition ${type}`);
  return found;
}

async function heldBy(): Promise<string> {
  return leaseState(await stored(leaseRef)).heldBy;
}

/** The process ids of operators are in the names of those who hold the Lease. */
async function nextHolder(before: string): Promise<string> {
  await eventually(
    async () => ((await heldBy()) !== before && (await heldBy()) !== '' ? undefined : `${before} still holds it`),
    { timeoutMs: 60_000, everyMs: 500 },
  );
  return await heldBy();
}

async function deleteAndAwait(): Promise<void> {
  const before = (await stored(service))?.metadata.uid;
  await one.direct.delete(service);
  await eventually(
    async () => {
      const uid = (await stored(service))?.metadata.uid;
      return uid !== undefined && uid !== before ? undefined : 'the Service is not there again';
    },
    { timeoutMs: 60_000, everyMs: 100 },
  );
}

/** The documents, as a person stores them who has no command line. */
async function storeDocuments(): Promise<void> {
  const { direct } = one;
  await direct.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } }, { fieldManager });
  for (const definition of documentDefinitions('shop')) await direct.apply(definition, { fieldManager: 'isthmus' });
  const metadata = { namespace: systemNamespace };
  const mesh = {
    apiVersion,
    kind: 'Mesh',
    metadata: { ...metadata, name: 'shop' },
    spec: { istio: { version: '1.31' } },
  };
  const spec = { network: 'us', injectNamespaces: ['sample'] };
  const cluster = { apiVersion, kind: 'MeshCluster', metadata: { ...metadata, name: west }, spec };
  await eventually(
    async () => {
      await direct.apply(mesh, { fieldManager });
      await direct.apply(cluster, { fieldManager });
      return undefined;
    },
    { timeoutMs: 60_000 },
  );
}

/** The one that leads. */
let leader: RunningProgram;

test('without an issuer it says so, and makes none', async () => {
  await storeDocuments();
  leader = startOperator();
  const { message, observedGeneration } = await until('TrustReady', 'False', 'IssuerMissing');
  expect(message).toContain('isthmus apply');
  expect(observedGeneration).toBe(1);
  expect(
    await stored({ apiVersion: 'v1', kind: 'Secret', namespace: systemNamespace, name: 'isthmus-issuer' }),
  ).toBeUndefined();
  expect(await stored(service)).toBeUndefined();
  const status = (await stored(document))?.status as MeshClusterStatus;
  expect(status.phase).toBe('Failed');
});

test('an issuer that comes is seen, and what the documents declare is made', async () => {
  await using session = await openMesh(
    { text: meshText(), name: 'mesh.yaml' },
    { ...nodePorts(one.lab.env), roots: memoryRoots(), connect: async () => await one.connect() },
  );
  expect((await session.apply({ istioctl: process.env.ISTHMUS_ISTIOCTL })).ok).toBe(true);
  await until('TrustReady', 'True');
  await until('UpToDate', 'True', 'Applied');
  const spec = { network: 'us', injectNamespaces: ['sample', 'late'] };
  const metadata = { namespace: systemNamespace, name: west };
  await one.direct.apply({ apiVersion, kind: 'MeshCluster', metadata, spec }, { fieldManager, conflicts: 'Force' });
  await eventually(
    async () => {
      const namespace = await stored({ apiVersion: 'v1', kind: 'Namespace', name: 'late' });
      return namespace?.metadata.labels?.['istio-injection'] === 'enabled' ? undefined : 'late is not injected';
    },
    { timeoutMs: 60_000 },
  );
  const { observedGeneration } = await until('UpToDate', 'True', 'Applied');
  expect(observedGeneration).toBeGreaterThan(1);
  // Nobody else's fields were taken over: the spec is the person's.
  const managers = (await stored(document))?.metadata.managedFields as unknown as readonly {
    manager: string;
    subresource?: string;
  }[];
  const ofOperator = managers.filter(({ manager }) => manager === 'isthmus-operator');
  expect(ofOperator.map(({ subresource }) => subresource)).toEqual(['status']);
});

test('an object that is deleted or changed is put back', async () => {
  await deleteAndAwait();
  const changed = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'istiod', namespace: 'istio-system', labels: { app: 'other' } },
  };
  await one.direct.apply(changed, { fieldManager: 'somebody', conflicts: 'Force' });
  await eventually(
    async () => ((await stored(service))?.metadata.labels?.app === 'istiod' ? undefined : 'the label is not back'),
    { timeoutMs: 60_000 },
  );
  await eventually(
    async () => {
      const kind = { apiVersion: 'events.k8s.io/v1', kind: 'Event' };
      const notes = (await one.direct.list(kind, { namespace: systemNamespace })).map((event) =>
        String(event.note ?? ''),
      );
      return notes.some((note) => note.includes('set by somebody')) ? undefined : notes.join('\n');
    },
    { timeoutMs: 30_000 },
  );
});

test('a paused cluster is left as it is until the pause ends', async () => {
  const metadata = { namespace: systemNamespace, name: west };
  const pause = (annotations: Record<string, string>): Promise<KubeObject> =>
    one.direct.apply(
      { apiVersion, kind: 'MeshCluster', metadata: { ...metadata, annotations } },
      { fieldManager: 'pauser' },
    );
  await pause({ [pausedAnnotation]: 'true' });
  await until('UpToDate', 'True', 'Paused');
  await one.direct.delete(service);
  const { message } = await until('UpToDate', 'False', 'Paused');
  expect(message).toContain('1 object differs');
  expect(await stored(service)).toBeUndefined();
  await pause({});
  await until('UpToDate', 'True', 'Applied');
  expect(await stored(service)).toBeDefined();
});

test('another takes over from each of three leaders that are killed, and puts back what went meanwhile', async () => {
  for (let kill = 0; kill < 3; kill += 1) {
    const holder = await heldBy();
    const next = startOperator();
    await next.said(/waiting to lead/);
    leader.kill('SIGKILL');
    await Promise.all([nextHolder(holder), deleteAndAwait()]);
    leader = next;
  }
});

test('one that stood still does not write after it wakes', async () => {
  const holder = await heldBy();
  leader.kill('SIGSTOP');
  const second = startOperator();
  const last = await nextHolder(holder);
  await deleteAndAwait();
  const { metadata } = (await stored(service)) as KubeObject;
  leader.kill('SIGCONT');
  expect(await leader.result).toMatchObject({ code: 1, stdout: expect.stringContaining('the leadership was lost') });
  expect((await stored(service))?.metadata.uid).toBe(metadata.uid);
  expect(await heldBy()).toBe(last);
  second.kill('SIGTERM');
  expect(await second.result).toMatchObject({ code: 0 });
  expect(await heldBy()).toBe('');
  expect(valueAt(await stored(leaseRef), ['spec', 'holderIdentity'])).toBe('');
});
