import type { Clock } from '../base/clock.ts';
import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import { textAt } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import { undoerLabel, undoObjects, undoRef, undoRefs } from './undo-objects.ts';
import { parseUndo, type UndoRecord } from './undo-record.ts';
import { parseUndoerLines } from './undoer.ts';

export interface Arming {
  /** Of everything that the undo consists of. */
  readonly name: string;
  readonly image: string;
  readonly record: UndoRecord;
  /** Of the ConfigMap with the record. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** What is thrown where the undoer does not run; `why` is a sentence without a full stop. */
  readonly refuse: (why: string, remedy: string) => IsthmusError;
}

export interface ArmingPorts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How long an undoer may take to run and to read its record. */
const patienceMs = 300_000;
const lookMs = 500;

/** Which Job made a pod, by its UID (Kubernetes' Job controller, `ControllerUidLabel`). */
const jobUidLabel = 'batch.kubernetes.io/controller-uid';

/**
 * Starts the undoer of a cluster and waits until it says that it has read what it would put back. Throws where it does not come
 * to that: what cannot be undone is not started.
 */
export async function arm(
  client: KubeClient,
  { clock, signal }: ArmingPorts,
  { name, image, record, annotations, refuse }: Arming,
): Promise<void> {
  const { cluster } = client;
  await disarm(client, name, signal);
  let job = '';
  for (const object of undoObjects({ name, cluster, image, record, annotations })) {
    const made = await client.create(object, { signal });
    if (made.kind === 'Job') job = made.metadata.uid ?? '';
  }
  const until = clock.monotonic() + patienceMs;
  for (;;) {
    const state = await undoerState(client, { name, job }, signal);
    if (state === 'Armed') return;
    if (clock.monotonic() > until) {
      throw refuse(
        `${cluster}: the undoer does not run: ${state.why}`,
        'see that the cluster can pull its image and has room for a small pod in istio-system',
      );
    }
    await clock.sleep(lookMs, signal);
  }
}

/** What a Job's pods say. A pod of an earlier Job of the same name runs on until its time to end is over, with another record. */
async function undoerState(
  client: KubeClient,
  { name, job }: { readonly name: string; readonly job: string },
  signal: AbortSignal,
): Promise<'Armed' | { readonly why: string }> {
  const { namespace = '' } = undoRef(name);
  const pods = await client.list(
    { apiVersion: 'v1', kind: 'Pod' },
    { namespace, labelSelector: `${undoerLabel}=${name},${jobUidLabel}=${job}`, signal },
  );
  const running = pods.find((pod) => textAt(pod, ['status', 'phase']) === 'Running');
  if (running === undefined) return { why: `it has ${pods.length === 0 ? 'no pod' : 'a pod that does not run'}` };
  const { name: pod } = running.metadata;
  try {
    const lines = parseUndoerLines(await client.logs({ namespace, name: pod }, { signal }));
    if (lines.some(({ type }) => type === 'Armed')) return 'Armed';
    const [last] = lines.flatMap((line) => (line.type === 'Waiting' ? [line.why] : [])).toReversed();
    return { why: last ?? 'it has said nothing yet' };
  } catch (thrown) {
    signal.throwIfAborted();
    return { why: asIsthmusError(thrown).message };
  }
}

/** Takes the undoer of a cluster away, its record last. Nothing is put back after it. */
export async function disarm(client: KubeClient, name: string, signal: AbortSignal): Promise<void> {
  const found = await client.get(undoRef(name), { signal });
  for (const ref of undoRefs(name, found === undefined ? undefined : readable(found))) {
    await client.delete(ref, { signal, ...(ref.kind === 'Job' ? { propagation: 'Background' } : {}) });
  }
}

/** Of a record in a form that is not known, what it names in other namespaces is not known either, and stays. */
function readable(record: KubeObject): UndoRecord | undefined {
  try {
    return parseUndo(record);
  } catch {
    return undefined;
  }
}

/** What the undo of a cluster would put back; undefined where none is armed. */
export async function readUndo(client: KubeClient, name: string, signal: AbortSignal): Promise<UndoRecord | undefined> {
  const found = await client.get(undoRef(name), { signal });
  return found === undefined ? undefined : parseUndo(found);
}
