import type { ClusterName } from '../../api/name.ts';
import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import { remedy, repeat } from '../../base/remedy.ts';
import { istiodDeployment } from '../../istio/revision.ts';
import { refKey } from '../../objects/object.ts';
import { type IstiodPlace, readIstiods } from '../../observe/istiod.ts';
import type { Barrier } from '../../plan/mesh-plan.ts';
import type { ClusterTopology } from '../../topology/topology.ts';
import type { Decision } from '../decide/decide.ts';
import { type Fact, fact } from '../read/facts.ts';

/** When a cluster may change the istiod that serves it. */
export interface Turn {
  readonly awaits: string;
  readonly isKnown: () => boolean;
  /** Rejects where an istiod before this one failed: then this one is left as it is. */
  readonly begin: () => Promise<void>;
  readonly end: Fact<void>;
}

/** Who is in the line, and who has given the other clusters' istiods their rights. */
export interface Line {
  readonly rightsOf: (cluster: ClusterName) => Fact<void>;
  /** Undefined where nothing that serves changes. */
  readonly turnOf: (cluster: ClusterName) => Turn | undefined;
}

/**
 * Istiods that serve change one after the other, in the order of `changing`: what is wrong with a new version, or with a
 * setting, stops at the first. None changes before the readers' rights are as the mesh wants them in every cluster of
 * `applied`: a new istiod may list what the old one did not, and without the right it would serve without that cluster.
 */
export function lineUp(applied: readonly ClusterName[], changing: readonly ClusterName[]): Line {
  const rights = new Map(applied.map((cluster) => [cluster, fact<void>()]));
  const turns = new Map<ClusterName, Turn>();
  const before: { readonly cluster: ClusterName; readonly turn: Turn }[] = [];
  for (const cluster of changing) {
    const previous = before.at(-1);
    const others = [...rights].filter(([name]) => name !== cluster).map(([, one]) => one);
    const turn: Turn = {
      awaits: awaitsText(previous?.cluster),
      isKnown: () => others.every((one) => one.isKnown()) && (previous?.turn.end.isKnown() ?? true),
      begin: async () => {
        // A cluster that failed keeps the rights that it has.
        await Promise.allSettled(others.map(({ value }) => value));
        if (previous !== undefined) await previous.turn.end.value.catch((error) => stop(cluster, error));
      },
      end: fact(),
    };
    turns.set(cluster, turn);
    before.push({ cluster, turn });
  }
  const forCluster = (cluster: ClusterName): Fact<void> => rights.get(cluster) ?? fact();
  return { rightsOf: forCluster, turnOf: (cluster) => turns.get(cluster) };
}

function awaitsText(previous: ClusterName | undefined): string {
  const rights = 'every cluster gives its readers their rights';
  return previous === undefined ? rights : `${rights}, and ${previous} serves with its changed istiod`;
}

function stop(cluster: ClusterName, thrown: unknown): never {
  const { code, message, cluster: where, remedy: known } = asIsthmusError(thrown);
  const cause = thrown instanceof IsthmusError && thrown.cause instanceof IsthmusError ? thrown.cause : undefined;
  const reason = cause?.message ?? message;
  throw new IsthmusError(
    code,
    `${cluster}: its istiod is left as it is, because the same change failed before: ${reason}`,
    {
      cluster,
      cause: cause ?? thrown,
      remedy:
        known ??
        remedy`correct it in ${where ?? 'that cluster'}, or undo the change in the mesh file, then ${repeat()}`,
    },
  );
}

/** The clusters, in the order of the file, where an istiod that serves would change. */
export function changingClusters(decisions: readonly Decision[]): readonly ClusterName[] {
  return decisions.filter(changesIstiod).map(({ part }) => part.topology.name);
}

function changesIstiod({ part: { topology }, changes }: Decision): boolean {
  const istiod = refKey(istiodDeployment(topology));
  return changes.some(({ change }) => change.action === 'Update' && refKey(change.ref) === istiod);
}

/** The decisions with what their clusters' turns wait for. */
export function withTurns(decisions: readonly Decision[]): readonly Decision[] {
  const line = lineUp(
    decisions.map(({ part }) => part.topology.name),
    changingClusters(decisions),
  );
  return decisions.map((decision) => {
    const turn = line.turnOf(decision.part.topology.name);
    if (turn === undefined) return decision;
    const barrier: Barrier = { stage: 'Configuration', when: 'Before', awaits: turn.awaits };
    return { ...decision, barriers: [barrier, ...decision.barriers] };
  });
}

/** The peers that the serving istiods have synced now: with a changed istiod they must be synced again. */
export async function syncedPeers(
  { peers }: ClusterTopology,
  place: IstiodPlace | undefined,
  signal: AbortSignal,
): Promise<readonly ClusterName[]> {
  if (place === undefined) return [];
  try {
    const views = await readIstiods(place, signal);
    const synced = new Set(
      views
        .flatMap(({ clusters }) => clusters.filter(({ status }) => status === 'synced'))
        .map(({ cluster }) => cluster),
    );
    return peers.filter((peer) => synced.has(peer));
  } catch (error) {
    signal.throwIfAborted();
    // An istiod that cannot be asked serves nobody; what replaces it can only be better.
    if (asIsthmusError(error).code === 'port-forward-failed') return [];
    throw error;
  }
}
