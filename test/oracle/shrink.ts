import type { Oracle } from '../../lab/src/oracle/oracle.ts';
import type { JsonObject } from '../../src/base/json.ts';
import type { Snapshot } from '../../src/discovery/values/snapshot.ts';
import { type Disagreement, judge } from './judge.ts';

export interface Shrunk {
  readonly snapshot: Snapshot;
  readonly disagreement: Disagreement;
}

/** Shorter than in a run: the difference has lasted before, and there are many loads to come. */
const settleMs = 500;

interface Budget {
  loads: number;
}

/** Removes clusters, objects and settings as long as the question still has a difference of the same kind. */
export async function shrink(
  oracle: Oracle,
  start: Shrunk,
  { maxLoads, report }: { readonly maxLoads: number; readonly report: (line: string) => void },
): Promise<Shrunk> {
  const budget: Budget = { loads: maxLoads };
  const attempt = async (snapshot: Snapshot): Promise<Shrunk | undefined> => {
    if (budget.loads <= 0) return undefined;
    budget.loads -= 1;
    const { asking, query, difference } = start.disagreement;
    const { disagreements } = await judge(oracle, { snapshot, askings: [{ ...asking, queries: [query] }], settleMs });
    const [found] = disagreements;
    return found?.difference.kind === difference.kind ? { snapshot, disagreement: found } : undefined;
  };
  let best = start;
  for (let size = 0; size !== sizeOf(best.snapshot) && budget.loads > 0; ) {
    size = sizeOf(best.snapshot);
    best = await tryAll(best, withoutSettings, attempt);
    best = await tryAll(best, (snapshot) => withoutClusters(snapshot, start.disagreement), attempt);
    best = await shrinkObjects(best, attempt);
    report(`${sizeOf(best.snapshot)} bytes left after ${maxLoads - budget.loads} loads`);
  }
  return best;
}

type Attempt = (snapshot: Snapshot) => Promise<Shrunk | undefined>;

function sizeOf(snapshot: Snapshot): number {
  return JSON.stringify(snapshot).length;
}

/** Takes every smaller snapshot that still fails, and goes on from there. */
async function tryAll(
  best: Shrunk,
  smaller: (snapshot: Snapshot) => readonly Snapshot[],
  attempt: Attempt,
): Promise<Shrunk> {
  for (let index = 0; ; ) {
    const candidate = smaller(best.snapshot)[index];
    if (candidate === undefined) return best;
    const failing = await attempt(candidate);
    if (failing === undefined) index += 1;
    else best = failing;
  }
}

function withoutClusters({ clusters, istiods }: Snapshot, { asking }: Disagreement): Snapshot[] {
  const needed = new Set([asking.istiod, asking.proxy.cluster]);
  return clusters
    .filter(({ cluster }) => !needed.has(cluster))
    .map((gone) => {
      const stays = (cluster: string): boolean => cluster !== gone.cluster;
      return {
        clusters: clusters.filter(({ cluster }) => stays(cluster)),
        istiods: istiods
          .filter(({ cluster, runsIn }) => stays(cluster) && stays(runsIn))
          .map((one) => ({ ...one, serves: one.serves.filter(stays), remotes: one.remotes.filter(stays) })),
      };
    });
}

function withoutSettings(snapshot: Snapshot): Snapshot[] {
  const { istiods } = snapshot;
  return istiods.flatMap((istiod) => {
    const put = (changed: Partial<typeof istiod>): Snapshot => ({
      ...snapshot,
      istiods: istiods.map((one) => (one === istiod ? { ...one, ...changed } : one)),
    });
    return [
      ...without(istiod.flags).map((flags) => put({ flags })),
      ...without(istiod.meshConfig).map((meshConfig) => put({ meshConfig })),
      ...without(istiod.meshNetworks).map((meshNetworks) => put({ meshNetworks })),
    ];
  });
}

/** Copies of an object, each without one of its keys. */
function without<T extends JsonObject>(value: T): T[] {
  return Object.keys(value).map(
    (gone) => Object.fromEntries(Object.entries(value).filter(([key]) => key !== gone)) as T,
  );
}

/** Removes objects cluster by cluster, halves first, then ever smaller pieces. Namespaces stay: others are in them. */
async function shrinkObjects(start: Shrunk, attempt: Attempt): Promise<Shrunk> {
  let best = start;
  for (const { cluster } of start.snapshot.clusters) {
    for (let piece = 64; piece >= 1; piece = Math.floor(piece / 2)) {
      best = await tryAll(best, (snapshot) => withoutPieces(snapshot, cluster, piece), attempt);
    }
  }
  return best;
}

function withoutPieces(snapshot: Snapshot, cluster: string, piece: number): Snapshot[] {
  const objects = snapshot.clusters.find((one) => one.cluster === cluster)?.objects ?? [];
  const removable = objects.filter(({ kind }) => kind !== 'Namespace');
  if (piece > removable.length) return [];
  return Array.from({ length: Math.ceil(removable.length / piece) }, (_, index) => {
    const gone = new Set(removable.slice(index * piece, (index + 1) * piece));
    return {
      ...snapshot,
      clusters: snapshot.clusters.map((one) =>
        one.cluster === cluster ? { ...one, objects: objects.filter((object) => !gone.has(object)) } : one,
      ),
    };
  });
}
