import type { Clock } from '../base/clock.ts';
import { asIsthmusError } from '../base/error.ts';
import type { Logger } from '../base/logger.ts';
import { partsOf } from '../base/remedy.ts';
import type { KeptProbes } from '../engine/home-session.ts';
import type { Metrics } from './metrics.ts';
import { errorText } from './observations.ts';
import type { Paths } from './paths.ts';
import { createQueue, type Queue, type WorkEnd } from './queue.ts';

export interface ProbingOptions {
  readonly probes: KeptProbes;
  readonly paths: Paths;
  readonly metrics: Pick<Metrics, 'probed'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Throws where this process may not write any longer. */
  readonly fence: () => void;
  /** Whether a probe may be made in a cluster now: nothing is paused, and it holds what the mesh declares. */
  readonly mayPlace: (cluster: string) => boolean;
  /** Told when something new is known. */
  readonly onSeen: (cluster: string) => Promise<void>;
  /** Told of a cluster whose API server did not answer, or refused the credential. */
  readonly onLost: (cluster: string) => void;
}

/** A pod sends a request every 15 seconds. */
const readEveryMs = 15_000;
/** Nothing watches the objects of a probe: they are written again this often, and sooner where its pod says nothing. */
const placeEveryMs = 600_000;
const placeSoonMs = 60_000;
/** Where something is not as it should be, it is looked at again this soon. */
const notReadyMs = 5_000;

/** Keeps the probe of each cluster and reads what it saw; a queue with a turn for each. */
export function keepProbing(options: ProbingOptions): Pick<Queue, 'wake' | 'idle'> {
  const { clock, random, signal, log } = options;
  const placedAt = new Map<string, number>();
  const onError = (cluster: string, error: unknown): void =>
    log({ level: 'warning', cluster, message: `its probe: ${asIsthmusError(error).message}` });
  const work = async (cluster: string): Promise<WorkEnd> => await turn(cluster, { ...options, placedAt });
  return createQueue({ work, clock, random, signal, onError });
}

interface Turn extends ProbingOptions {
  /** When a probe was written last, monotonic. */
  readonly placedAt: Map<string, number>;
}

async function turn(cluster: string, given: Turn): Promise<WorkEnd> {
  const { probes, signal, random, onSeen } = given;
  const obstacle = await placeWhenDue(cluster, given);
  if (probes.peersOf(cluster).length === 0) return given.placedAt.has(cluster) ? 'Done' : { againInMs: readEveryMs };
  const isQuiet = await readOnce(cluster, given, obstacle);
  if (signal.aborted) return 'Done';
  await onSeen(cluster);
  const isSettled = given.paths.isSettled(cluster, probes.peersOf(cluster), given.clock.now());
  return { againInMs: isQuiet || !isSettled ? notReadyMs : readEveryMs * (0.9 + random() / 5) };
}

/** Writes the probe's objects where that is due. Gives why they could not be written. */
async function placeWhenDue(cluster: string, given: Turn): Promise<string | undefined> {
  const { probes, placedAt, clock, fence, mayPlace } = given;
  const last = placedAt.get(cluster);
  // What was taken away once stays away.
  const lastsMs = probes.peersOf(cluster).length === 0 ? Number.POSITIVE_INFINITY : placeEveryMs;
  if (!mayPlace(cluster) || (last !== undefined && clock.monotonic() - last < lastsMs)) return undefined;
  try {
    fence();
    await probes.keep(cluster, fence);
    placedAt.set(cluster, clock.monotonic());
    return undefined;
  } catch (thrown) {
    return troubled(cluster, thrown, given);
  }
}

/** True where the probe said nothing. */
async function readOnce(cluster: string, given: Turn, unplaced: string | undefined): Promise<boolean> {
  const { probes, paths, metrics, clock, placedAt, onLost } = given;
  try {
    const reading = await probes.read(cluster);
    const fresh = paths.note(cluster, reading, clock.now());
    metrics.probed(cluster, fresh);
    if (reading.obstacle === undefined) return false;
    if (unplaced !== undefined) paths.noteObstacle(cluster, unplaced);
    const last = placedAt.get(cluster);
    if (last !== undefined && clock.monotonic() - last > placeSoonMs) placedAt.delete(cluster);
    return true;
  } catch (thrown) {
    paths.noteObstacle(cluster, troubled(cluster, thrown, given));
    const { code } = asIsthmusError(thrown);
    if (code === 'cluster-unreachable' || code === 'authentication-failed') onLost(cluster);
    return false;
  }
}

function troubled(cluster: string, thrown: unknown, { log, signal }: Turn): string {
  signal.throwIfAborted();
  const { message, remedy } = asIsthmusError(thrown);
  log({ level: 'warning', cluster, message: `its probe: ${message}` });
  return errorText({ message, ...(remedy === undefined ? {} : { remedy: [...partsOf(remedy)] }) });
}
