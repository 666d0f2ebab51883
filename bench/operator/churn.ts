import { setTimeout as pause } from 'node:timers/promises';
import type { KubeClient } from '../../src/kube/client.ts';
import { refOf } from '../../src/objects/object.ts';
import { type Alarms, createAlarms } from './alarms.ts';
import type { PartOptions } from './bench.ts';
import { fleetStates } from './conditions.ts';
import { onKeptMesh } from './kept-mesh.ts';

/** Between two changes. */
const everyMs = 2_000;
const namespace = 'sample';

/** Pods and services of users come and go, and nothing of the mesh is wrong: whatever a condition says against it is false. */
export async function measureChurn({ wanted, signal, print }: PartOptions): Promise<void> {
  await onKeptMesh({ signal, sample: true }, async (mesh) => {
    const alarms = createAlarms();
    const ending = new AbortController();
    const watching = watchAlarms(mesh.home, alarms, AbortSignal.any([signal, ending.signal]));
    watching.catch(() => undefined);
    const until = performance.now() + wanted.churnMinutes * 60_000;
    let changes = 0;
    while (performance.now() < until) {
      const client = pick([mesh.home, mesh.remote]);
      await pick([scaled, withoutPod, withService, withoutService])(client, changes);
      changes += 1;
      await pause(everyMs, undefined, { signal });
    }
    ending.abort();
    await watching;
    const { false: wrong, unknown } = alarms.seen();
    print(
      `\n${wanted.churnMinutes} minutes of churn, ${changes} changes: ${wrong.length} false alarms; not known: ${unknown.length}`,
    );
    for (const text of [...wrong, ...unknown]) print(`  ${text}`);
  });
}

async function watchAlarms(client: KubeClient, alarms: Alarms, signal: AbortSignal): Promise<void> {
  for await (const fleet of fleetStates(client, signal)) alarms.note(fleet);
}

type Change = (client: KubeClient, count: number) => Promise<unknown>;

const scaled: Change = async (client, count) =>
  await client.raw({
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/${namespace}/deployments/hello-${client.cluster}`,
    body: { spec: { replicas: 1 + (count % 3) } },
    contentType: 'application/merge-patch+json',
  });

const withoutPod: Change = async (client) => {
  const kind = { apiVersion: 'v1', kind: 'Pod' };
  const [pod] = await client.list(kind, { namespace, labelSelector: `app=hello-${client.cluster}` });
  if (pod !== undefined) await client.delete({ ...kind, ...refOf(pod) });
};

/** Ten names, which come again and again. */
function serviceOf(count: number): string {
  return `churn-${count % 10}`;
}

const withService: Change = async (client, count) =>
  await client.apply(
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: serviceOf(count), namespace },
      spec: { selector: { app: `hello-${client.cluster}` }, ports: [{ name: 'http', port: 80, targetPort: 5000 }] },
    },
    { fieldManager: 'bench', conflicts: 'Force' },
  );

const withoutService: Change = async (client, count) =>
  await client.delete({ apiVersion: 'v1', kind: 'Service', namespace, name: serviceOf(count) });

function pick<T>(among: readonly [T, ...T[]]): T {
  return among[Math.floor(Math.random() * among.length)] ?? among[0];
}
