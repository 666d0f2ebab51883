import type { StoredShift } from '../../api/mesh-shift.ts';
import { digest } from '../../apply/read/digest.ts';
import { IsthmusError } from '../../base/error.ts';
import { shortName } from '../../base/short-name.ts';
import { openLock } from '../../fleet/lock.ts';
import { serviceSplit, shiftedNames } from '../../mesh/shifted.ts';
import { splitAt } from '../../mesh/split-at.ts';
import { readShifts, serverTime } from '../../observe/shifts.ts';
import type { ShiftReport } from '../../report/shift.ts';
import { type ShiftContext, shiftName } from '../../shift/context.ts';
import { goBack, hasEnded, keep } from '../../shift/end.ts';
import { shiftReporter } from '../../shift/events.ts';
import { record, theIntent } from '../../shift/intent.ts';
import { runShift } from '../../shift/run.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import { applyUseCase } from '../apply.ts';
import { signalOf, timeoutOf } from '../limits.ts';
import { splitFleet } from '../mesh-fleet.ts';
import { openClusters } from '../open-clusters.ts';
import type { ShiftOptions, ShiftsOptions, SteerShiftOptions } from '../options.ts';
import { probeImageOf } from '../probe-image.ts';
import { shiftReport } from '../reporting/shift.ts';
import { liveMeshOf, refuseContradictions, type SessionState } from '../session.ts';
import { beginShift, parseService, type ServiceName } from './begin.ts';
import { documentOf } from './sources.ts';

/** Begins a shift, or goes on with the one that there is, until its steps are passed or it went back. */
export async function shiftUseCase(state: SessionState, options: ShiftOptions): Promise<ShiftReport> {
  refuseContradictions(state);
  const service = parseService(options.service);
  await using opened = await open(state);
  const { context, mesh } = opened;
  const name = shiftName(service);
  const lease = shortName(`isthmus-shift-${name}`);
  await using lock = openLock({ ...context, client: context.home, lease, onHeld: () => undefined });
  await lock.hold(undefined);
  const held = { ...context, signal: AbortSignal.any([context.signal, lock.signal]) };
  const { begin } = options;
  const image = probeImageOf(options.probeImage, state.ports);
  if (begin === undefined) await resume(held, name);
  else await beginShift(held, mesh, { service, plan: begin, image });
  try {
    return reportOf(context, await runShift(held, name, { patienceMs: timeoutOf(options) }));
  } catch (thrown) {
    await pauseAfter(context, name, thrown);
    throw thrown;
  }
}

/** Runs again what was paused, and what a process that is gone left behind. */
async function resume(context: ShiftContext, name: string): Promise<void> {
  const found = await theIntent(context, name);
  if (found.status?.phase === 'Paused') await record(context, found, { phase: 'Running', message: 'resumed' });
}

/** An interruption and a step without a verdict pause a shift: its weights hold until it expires. */
async function pauseAfter(context: ShiftContext, name: string, thrown: unknown): Promise<void> {
  const isTimeout = thrown instanceof IsthmusError && thrown.code === 'timeout';
  if (!isTimeout && !context.signal.aborted) return;
  const still = { ...context, signal: new AbortController().signal };
  const found = await theIntent(still, name).catch(() => undefined);
  if (found === undefined || hasEnded(found) || (found.status?.phase ?? 'Running') !== 'Running') return;
  const message = isTimeout ? 'a step had no verdict in its time' : 'it was interrupted';
  await record(still, found, { phase: 'Paused', message }).catch(() => undefined);
}

/** The shifts that the home cluster keeps. */
export async function shiftsUseCase(state: SessionState, { service }: ShiftsOptions): Promise<ShiftReport> {
  const name = service === undefined ? undefined : shiftName(parseService(service));
  await using opened = await open(state);
  const { context } = opened;
  if (name !== undefined) return reportOf(context, await theIntent(context, name));
  return reportOf(context, ...(await readShifts(context.home, context.signal)));
}

/** Pauses a shift, puts the old weights back, or keeps those of its last step for good. */
export async function steerShiftUseCase(state: SessionState, options: SteerShiftOptions): Promise<ShiftReport> {
  const service = parseService(options.service);
  await using opened = await open(state);
  const { context, mesh } = opened;
  const name = shiftName(service);
  switch (options.action) {
    case 'Pause':
      return reportOf(context, await pause(context, name));
    case 'Abort':
      return reportOf(context, await goBack(context, name, { phase: 'Aborted', reason: 'it was aborted' }));
    case 'Promote':
      return reportOf(context, await promote(state, { context, mesh, service }, options));
  }
}

async function pause(context: ShiftContext, name: string): Promise<StoredShift> {
  const found = await theIntent(context, name);
  if ((found.status?.phase ?? 'Running') !== 'Running') return found;
  return await record(context, found, { phase: 'Paused', message: 'it was paused' });
}

interface Opened {
  readonly context: ShiftContext;
  readonly mesh: ResolvedMesh;
}

/** Declares the weights of the last step, applies them, and lets the undoers go. */
async function promote(
  state: SessionState,
  { context, mesh, service }: Opened & { readonly service: ServiceName },
  options: SteerShiftOptions,
): Promise<StoredShift> {
  const found = await theIntent(context, shiftName(service));
  const { spec, status } = found;
  const step = status?.step ?? 0;
  if (hasEnded(found) || status?.phase === 'GoingBack' || step === 0) {
    throw new IsthmusError('shift-refused', `the shift of ${shiftName(service)} has no weights to keep`, {
      remedy: 'look at it: it has ended, is going back, or has not begun',
    });
  }
  const split = splitAt(spec, step);
  const shifted = shiftedNames(spec);
  const documents = shifted.map((one) => ({
    before: documentOf(mesh, one),
    document: serviceSplit({ ...one, split }),
  }));
  const kept = mesh.declared.services.map((one) => documents.find(({ before }) => before === one)?.document ?? one);
  const added = documents.flatMap(({ before, document }) => (before === undefined ? [document] : []));
  const declaring = { ...mesh, declared: { ...mesh.declared, services: [...kept, ...added] } };
  const { istioctl, helm, timeoutMs } = options;
  const applied = await applyUseCase(state, { istioctl, helm, timeoutMs }, { mesh: declaring });
  if (!applied.ok) {
    throw new IsthmusError('conflict', 'the weights could not be declared everywhere; the undoers stay armed', {
      remedy: 'apply the mesh, correct what it names, and promote the shift again before it expires',
    });
  }
  return await keep(context, found);
}

/** The clusters of the mesh, open for a shift. */
async function open(state: SessionState): Promise<Opened & AsyncDisposable> {
  const { ports } = state;
  const mesh = liveMeshOf(state);
  const fleet = await openClusters(state, mesh, { operation: 'shift', carries: 'NoKeys' });
  const { clients } = splitFleet(fleet);
  const home = fleet.client(mesh.home);
  const { clock, holder } = ports;
  const context: ShiftContext = {
    mesh: mesh.name,
    home,
    clients,
    holder,
    clock,
    digest,
    report: shiftReporter(clock, (event) => ports.onEvent?.(event)),
    signal: signalOf(ports),
    openLock: state.openLock ?? openLock,
  };
  return { context, mesh, [Symbol.asyncDispose]: async () => await fleet[Symbol.asyncDispose]() };
}

function reportOf({ mesh, home, clock }: ShiftContext, ...shifts: readonly StoredShift[]): ShiftReport {
  return shiftReport({ mesh, shifts, now: serverTime(home, clock.now()) });
}
