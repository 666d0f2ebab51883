import type { ClusterName } from '../../api/name.ts';
import { mapConcurrent } from '../../base/concurrency.ts';
import { endedBy, IsthmusError } from '../../base/error.ts';
import { partition } from '../../base/partition.ts';
import { remedy, repeat } from '../../base/remedy.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isJudged } from '../../kube/transport/status.ts';
import { describeRef, type KubeObject, type ObjectRef, refKey, refOf } from '../../objects/object.ts';
import { fieldManager } from '../../objects/ownership.ts';
import { type Change, type ChangeOptions, conflictsFor, type DesiredObject, planObject } from '../../plan/change.ts';
import { withKept } from '../../plan/replaced-items.ts';
import { readReplaced, takeOver } from '../decide/replaced.ts';

/** What the writer did, in the words of kubectl. */
export interface WriteCounts {
  readonly created: number;
  readonly configured: number;
  readonly unchanged: number;
}

export interface WriterOptions extends ChangeOptions {
  readonly cluster: ClusterName;
  readonly client: KubeClient;
  /** The metadata of what was there when the run began, by refKey. */
  readonly live: ReadonlyMap<string, KubeObject>;
  readonly signal: AbortSignal;
  /** Awaited before each write; the first call takes the lock. A run that writes nothing never takes it. */
  readonly beforeWrite: (ref: ObjectRef) => Promise<void>;
}

/** Objects of one cluster in flight; the client's own limit adapts below this. */
const inFlight = 48;

type Outcome = keyof WriteCounts;

/**
 * What follows from an object that is there and whose update the API server refuses: `Stop` (default), or `PassOver`, which
 * leaves it as it is and goes on with the others.
 */
export type Refused = 'Stop' | 'PassOver';

/** Brings the objects of one cluster to what the mesh wants, and writes only where something differs. */
export interface Writer {
  /**
   * All at once, and bindings after the roles that they give; what was done. After a failure or an abort nothing more is started, and it
   * rejects when what was under way has ended, so that the counts are true.
   */
  ensure(desired: readonly DesiredObject[], refused?: Refused): Promise<WriteCounts>;
  /** Writes a form of an object that comes before the wanted one; false where nothing differs. Only the wanted one is counted. */
  prepare(desired: DesiredObject): Promise<boolean>;
  /** Why the API server refused objects that were passed over. */
  refusals(): readonly IsthmusError[];
  /** What would be done about an object. */
  plan(desired: DesiredObject): Change;
  /** The metadata of an object as the run began; undefined where it was not there or was not asked for. */
  before(ref: ObjectRef): KubeObject | undefined;
  /** What was done so far, in all. */
  counts(): WriteCounts;
}

export function createWriter(options: WriterOptions): Writer {
  const totals = { created: 0, configured: 0, unchanged: 0 };
  const plan = (desired: DesiredObject): Change =>
    planObject(desired, options.live.get(refKey(refOf(desired.object))), options);

  const ensureOne = async (desired: DesiredObject): Promise<Outcome> => {
    const change = plan(desired);
    const outcome = await carryOut(change, options);
    totals[outcome] += 1;
    return outcome;
  };

  const refusals: IsthmusError[] = [];
  const ensure = async (desired: readonly DesiredObject[], refused: Refused = 'Stop'): Promise<WriteCounts> => {
    let failed: { readonly error: unknown } | undefined;
    const tryOne = async (one: DesiredObject): Promise<Outcome | undefined> => {
      if (failed !== undefined) return undefined;
      return await ensureOne(one).catch((error: unknown) => {
        if (refused === 'PassOver' && isPassable(error, plan(one))) refusals.push(error);
        else failed ??= { error };
        return undefined;
      });
    };
    const [bindings, others] = partition(desired, isBinding);
    const outcomes = [
      ...(await mapConcurrent(others, inFlight, tryOne)),
      ...(await mapConcurrent(bindings, inFlight, tryOne)),
    ];
    if (failed !== undefined) throw failed.error;
    const count = (wanted: Outcome): number => outcomes.filter((outcome) => outcome === wanted).length;
    return { created: count('created'), configured: count('configured'), unchanged: count('unchanged') };
  };

  const before = (ref: ObjectRef): KubeObject | undefined => options.live.get(refKey(ref));
  const prepare = async (desired: DesiredObject): Promise<boolean> =>
    (await carryOut(plan(desired), options)) !== 'unchanged';
  return { ensure, prepare, plan, before, counts: () => ({ ...totals }), refusals: () => [...refusals] };
}

/**
 * Who may not give any role may give one whose rights are all their own, and the API server looks whether they are: the role
 * must be there (Kubernetes pkg/registry/rbac/clusterrolebinding/policybased).
 */
function isBinding({ object }: DesiredObject): boolean {
  return object.kind === 'ClusterRoleBinding' || object.kind === 'RoleBinding';
}

/** Only of what is there: nothing that waits for a new object would end. */
function isPassable(error: unknown, { action }: Change): error is IsthmusError {
  return action === 'Update' && error instanceof IsthmusError && isJudged(error);
}

async function carryOut(change: Change, options: WriterOptions): Promise<Outcome> {
  switch (change.action) {
    case 'Unchanged':
      return 'unchanged';
    case 'Refuse':
      throw refusal(change.ref, change.reason, options.cluster);
    case 'Create':
      await write(change.object, options);
      return 'created';
    case 'Update':
      await write(change.object, options);
      return 'configured';
  }
}

async function write(object: KubeObject, options: WriterOptions): Promise<void> {
  const { live, signal, cluster } = options;
  if (!signal.aborted) await options.beforeWrite(refOf(object));
  if (signal.aborted) throw endedBy(signal, `${describeRef(refOf(object))} was not applied`, { cluster });
  const conflicts = conflictsFor(live.get(refKey(refOf(object))));
  const { client } = options;
  // Without the signal: a write that is under way is finished, because nobody could say what became of it otherwise.
  const replaced = await readReplaced(client, object, { metadata: live.get(refKey(refOf(object))) });
  if (replaced !== undefined) await takeOver(client, replaced);
  await client.apply(replaced === undefined ? object : withKept(object, replaced.items), { fieldManager, conflicts });
}

/** The error for an object that stands where one of ours is to be. */
function refusal(ref: ObjectRef, reason: string, cluster: string): IsthmusError {
  return new IsthmusError('conflict', reason, {
    cluster,
    remedy: remedy`where nothing needs ${describeRef(ref)}, remove or rename it, then ${repeat()}`,
  });
}
