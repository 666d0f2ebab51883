import type { ClusterFacts } from './facts.ts';
import { asClusterName } from './names.ts';

/** A cluster, and the other one in which an istiod runs for it, with the name that it has for that one. */
export interface Placed {
  readonly facts: ClusterFacts;
  readonly hosted: Hosted | undefined;
}

interface Hosted {
  readonly as: string;
  readonly by: ClusterFacts;
}

/**
 * A cluster without an istiod knows nothing of the one that runs for it elsewhere: it is the one of that name, or the only
 * one that it can be.
 */
export function withHubs(clusters: readonly ClusterFacts[]): readonly Placed[] {
  const hosted = clusters.flatMap((by) => (by.hosts ?? []).map((as) => ({ as, by })));
  const without = clusters.filter(({ istiods }) => istiods?.length === 0);
  const ofName = new Map(without.map((facts) => [facts, hosted.find(({ as }) => as === nameOf(facts))]));
  const unnamed = without.filter((facts) => ofName.get(facts) === undefined && facts.name === undefined);
  const left = hosted.filter(({ as }) => !clusters.some((facts) => nameOf(facts) === as));
  const only = unnamed.length === 1 && left.length === 1 ? left[0] : undefined;
  return clusters.map((facts) => ({
    facts,
    hosted: ofName.get(facts) ?? (unnamed.includes(facts) ? only : undefined),
  }));
}

function nameOf({ name, injectedAs, context }: ClusterFacts): string {
  return name ?? injectedAs?.cluster ?? asClusterName(context);
}
