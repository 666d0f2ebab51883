import { setTimeout as pause } from 'node:timers/promises';
import type { KubeClient, WatchEvent } from '../../src/kube/client.ts';
import { type KindRef, type KubeObject, type ObjectRef, refOf } from '../../src/objects/object.ts';
import { meshLabel } from '../../src/objects/ownership.ts';
import { quantile } from '../statistics.ts';
import { table } from '../table.ts';
import type { PartOptions } from './bench.ts';
import { meshName, onKeptMesh } from './kept-mesh.ts';
import type { Figures } from './process.ts';

const limitMs = 300_000;
/** Between two deletions, so that one restoration has ended before the next begins. */
const betweenMs = 2_000;

/** What may go for a moment without an effect on what runs. */
const kinds: readonly KindRef[] = [
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  { apiVersion: 'v1', kind: 'ConfigMap' },
];

/** How fast a deleted object of the other cluster is there again. */
export async function measureRestorations({ wanted, signal, print }: PartOptions): Promise<void> {
  await onKeptMesh({ signal }, async ({ remote, operator }) => {
    const before = await operator.figures();
    const times = await restorations(remote, wanted.deletions, signal);
    const after = await operator.figures();
    const ms = (value: number): string => value.toFixed(0);
    const cpuMs = ((after.cpuSeconds - before.cpuSeconds) * 1000) / times.length;
    const requests = (total(after.requests) - total(before.requests)) / times.length;
    print(`
milliseconds from the deletion of an object in the other cluster to the new one, ${times.length} deletions
${table([
  ['who', 'p50', 'p99', 'most'],
  ['the operator', ms(quantile(times, 0.5)), ms(quantile(times, 0.99)), ms(Math.max(...times))],
  ['aim', '500', '1000', ''],
])}
for each deletion, with the looks and probes of that time: ${ms(cpuMs)} ms of processor time, ${requests.toFixed(1)} requests`);
  });
}

function total(requests: Figures['requests']): number {
  return [...requests.values()].reduce((sum, count) => sum + count, 0);
}

/** Deletes objects of the mesh one after the other; milliseconds from the deletion's answer to the new object. */
async function restorations(client: KubeClient, count: number, signal: AbortSignal): Promise<readonly number[]> {
  // Not by who manages them: the operator's own rights are no part of the mesh, and nobody puts them back.
  const labelSelector = `${meshLabel}=${meshName}`;
  const lists = await Promise.all(
    kinds.map((kind) => client.list(kind, { namespace: 'istio-system', labelSelector, content: 'Metadata', signal })),
  );
  const refs = lists.flat().map(refOf);
  if (refs.length === 0) throw new Error(`${client.cluster} holds nothing of the mesh`);
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const ref = refs[index % refs.length];
    if (ref !== undefined) times.push(await restoration(client, ref, signal));
    await pause(betweenMs, undefined, { signal });
  }
  return times;
}

async function restoration(client: KubeClient, ref: ObjectRef, signal: AbortSignal): Promise<number> {
  const before = (await client.get(ref, { signal }))?.metadata.uid;
  const ending = new AbortController();
  const limit = AbortSignal.any([signal, ending.signal, AbortSignal.timeout(limitMs)]);
  const { namespace = '', name } = ref;
  let deletedAt = 0;
  try {
    for await (const event of client.watch(ref, { namespace, fieldSelector: `metadata.name=${name}`, signal: limit })) {
      if (event.type === 'Listed' && deletedAt === 0) {
        await client.delete(ref, { signal });
        deletedAt = performance.now();
      } else if (objectsOf(event).some(({ metadata }) => metadata.uid !== before)) {
        return performance.now() - deletedAt;
      }
    }
  } finally {
    ending.abort();
  }
  throw new Error(`${ref.kind} ${name} did not come back`);
}

/** What an event shows to be there: a watch that began again lists what came meanwhile. */
function objectsOf(event: WatchEvent): readonly KubeObject[] {
  if (event.type === 'Listed') return event.objects;
  return event.type === 'Deleted' ? [] : [event.object];
}
