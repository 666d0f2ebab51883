import type { BeforeChange } from '../../apply/apply.ts';
import type { Decision } from '../../apply/decide/decide.ts';
import { digest } from '../../apply/read/digest.ts';
import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import { shortName } from '../../base/short-name.ts';
import { openLock } from '../../fleet/lock.ts';
import { type ArmedGuard, armGuard } from '../../guard/armed.ts';
import { type GuardContext, refusedGuard } from '../../guard/context.ts';
import { guardReporter } from '../../guard/events.ts';
import { isMoved, type JudgedFlow } from '../../guard/judge.ts';
import { entriesOf } from '../../guard/put-back.ts';
import { type Baseline, watchChange } from '../../guard/watch.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isLiving } from '../../mesh/shifted.ts';
import { readShifts } from '../../observe/shifts.ts';
import type { ApplyReport } from '../../report/apply.ts';
import { readRequests } from '../../shift/readings.ts';
import { requestsBetween } from '../../shift/requests.ts';
import { putEarlierRight } from '../../undo/earlier.ts';
import { guardUndoName } from '../../undo/undo-objects.ts';
import { signalOf, timeoutOf } from '../limits.ts';
import { splitFleet } from '../mesh-fleet.ts';
import { openClusters } from '../open-clusters.ts';
import { leaderOf, leaderRef, serverTime } from '../operator/leader.ts';
import type { ApplyOptions, GuardOptions } from '../options.ts';
import { probeImageOf } from '../probe-image.ts';
import { type GuardEnd, guardReport } from '../reporting/guard.ts';
import { liveMeshOf, type SessionState } from '../session.ts';
import { editOf, guardedChanges } from './changes.ts';
import { type Prediction, predictChange } from './predict.ts';

type Guarded = ApplyOptions & { readonly guard: GuardOptions };

/** The apply that is watched; it calls `beforeChange` with what it decided, before the first write. */
export type WatchedApply = (beforeChange: BeforeChange) => Promise<ApplyReport>;

/**
 * Applies, watches the requests of the mesh for a while and puts everything back where they show harm. Pods in the clusters put it
 * back where this process is gone before it has decided.
 */
export async function guardedApply(state: SessionState, options: Guarded, apply: WatchedApply): Promise<ApplyReport> {
  const { ports } = state;
  const { guard } = options;
  requireRight(guard);
  const mesh = liveMeshOf(state);
  await using fleet = await openClusters(state, mesh, { operation: 'apply', carries: 'NoKeys' });
  const { clients, failures } = splitFleet(fleet);
  const [failure] = failures.values();
  if (failure !== undefined) throw failure;
  const { clock, holder } = ports;
  const signal = signalOf(ports);
  const home = fleet.client(mesh.home);
  const lease = shortName(`isthmus-guard-${mesh.name}`);
  const locking = { client: home, mesh: mesh.name, holder, clock, signal, onHeld: () => undefined };
  await using lock = (state.openLock ?? openLock)({ ...locking, lease });
  await lock.hold(undefined);
  await refuseOthers(state, home);
  const report = guardReporter(clock, (event) => ports.onEvent?.(event));
  const context: GuardContext = { mesh: mesh.name, clients, holder, clock, digest, report, signal };
  await putEarlierRight(clients.values(), guardUndoName, context);
  const image = probeImageOf(guard.probeImage, ports);
  const expiresMs = guard.forMs + timeoutOf(options) + armingMs;
  let begun: Begun | undefined;
  const applied = await apply(async (decisions) => {
    // What was decided before is outdated, and nothing of it was written.
    await begun?.armed.keep();
    begun = undefined;
    begun = await begin(context, decisions, { image, expiresMs });
  }).catch(async (thrown: unknown) => {
    if (begun !== undefined) await goBack(context, begun, asIsthmusError(thrown).message);
    throw thrown;
  });
  if (begun === undefined) return { ...applied, guard: guardReport({ outcome: 'NotNeeded', ...nothingToWatch }) };
  return await conclude(context, { applied, begun, forMs: guard.forMs });
}

const nothingToWatch = { reason: 'nothing that decides about requests was changed', flows: [], left: [], seconds: 0 };

/** Arming and the apply itself may take this long besides their limits. */
const armingMs = 330_000;

function requireRight({ forMs }: GuardOptions): void {
  if (forMs >= 10_000 && forMs <= 3_600_000) return;
  throw new IsthmusError('usage', 'a guard watches a change for ten seconds to an hour');
}

/** A change that something else makes meanwhile would be taken for harm of this one. */
async function refuseOthers({ ports }: SessionState, home: KubeClient): Promise<void> {
  const signal = signalOf(ports);
  const now = serverTime(home, ports);
  const shift = (await readShifts(home, signal)).find((one) => isLiving(one, now));
  if (shift !== undefined) {
    throw refusedGuard(`a shift of ${shift.metadata.name} is under way`, 'wait until it has ended, or put it back');
  }
  const leader = leaderOf(await home.get(leaderRef, { signal }), now);
  if (leader !== null && !leader.isExpired) {
    throw refusedGuard(`the operator ${leader.holder} would write again what a guard puts back`, 'stop it meanwhile');
  }
}

/** What is known and armed when the first object is written. */
interface Begun {
  readonly armed: ArmedGuard;
  readonly prediction: Prediction;
  readonly baseline: Baseline;
}

/** Predicts the change and arms what puts it back. Undefined where nothing of it decides about requests. */
async function begin(
  context: GuardContext,
  decisions: readonly Decision[],
  { image, expiresMs }: { readonly image: string; readonly expiresMs: number },
): Promise<Begun | undefined> {
  const changes = guardedChanges(decisions, context.mesh);
  if (changes.length === 0) return undefined;
  const first = await readRequests(context);
  const prediction = await predictChange(context, changes.map(editOf));
  const entries = await Promise.all(
    [...Map.groupBy(changes, ({ cluster }) => cluster)].map(async ([cluster, own]) => {
      const client = context.clients.get(cluster);
      if (client === undefined) throw refusedGuard(`${cluster} does not answer`, 'try again when it does');
      return [cluster, await entriesOf(client, own, context)] as const;
    }),
  );
  const armed = await armGuard(context, { entries: new Map(entries), image, expiresMs });
  const start = await readRequests(context);
  return { armed, prediction, baseline: { start, window: requestsBetween(first, start, prediction.placeOf) } };
}

interface Concluding {
  readonly applied: ApplyReport;
  readonly begun: Begun;
  readonly forMs: number;
}

async function conclude(context: GuardContext, { applied, begun, forMs }: Concluding): Promise<ApplyReport> {
  const { clock } = context;
  const started = clock.monotonic();
  const end = async (reason: string, flows: readonly JudgedFlow[]): Promise<ApplyReport> => {
    const seconds = (clock.monotonic() - started) / 1000;
    const left = await goBack(context, begun, reason);
    return { ...applied, ok: false, guard: guardReport({ outcome: 'WentBack', reason, flows, left, seconds }) };
  };
  if (!applied.ok) return await end('it could not be made everywhere', []);
  let flows: readonly JudgedFlow[];
  try {
    const { baseline, prediction, armed } = begun;
    flows = await watchChange(context, { ...prediction, baseline, forMs, signal: armed.signal });
  } catch (thrown) {
    await goBack(context, begun, asIsthmusError(thrown).message);
    throw thrown;
  }
  const harm = flows.find(({ verdict }) => verdict === 'Back');
  if (harm !== undefined) {
    const { flow, reason } = harm;
    return await end(`requests from ${flow.from} to ${flow.host}: ${reason}`, flows);
  }
  await begun.armed.keep();
  const reason = keptReason(flows);
  context.report({ type: 'Concluded', details: { outcome: 'Kept', reason } });
  const kept: GuardEnd = { outcome: 'Kept', reason, flows, left: [], seconds: (clock.monotonic() - started) / 1000 };
  return { ...applied, guard: guardReport(kept) };
}

/** What nobody called shows nothing, and is named. */
function keptReason(flows: readonly JudgedFlow[]): string {
  const touched = flows.filter(({ flow: { predicted } }) => predicted !== undefined && isMoved(predicted));
  const unknown = touched.filter(({ verdict }) => verdict === 'Hold');
  if (touched.length === 0) return 'no request fails that did not fail before';
  if (unknown.length === 0) return 'requests go where the model sends them, and none fails that did not fail before';
  const names = unknown.map(({ flow }) => `${flow.host} from ${flow.from}`).join(', ');
  return `no harm was seen; too few requests to judge ${names}`;
}

/** Puts back what was there before the apply. Where that fails the undoers do, since no sign of life comes from here after it. */
async function goBack(context: GuardContext, { armed }: Begun, reason: string): Promise<readonly string[]> {
  context.report({ type: 'Concluded', details: { outcome: 'WentBack', reason } });
  return await armed.goBack();
}
