import type { ClusterName } from '../api/name.ts';
import type { PeerStatus } from '../diagnose/facts/status.ts';
import { clusterAnnotation } from '../istio/remote-secret.ts';
import { tokenMark } from '../istio/renewed-token.ts';
import type { KubeObject } from '../objects/object.ts';
import { type IstiodPlace, type IstiodView, readIstiods } from '../observe/istiod.ts';
import type { PeerAnswer, PeerAnswerOptions, readPeerAnswers } from '../observe/peer-answers.ts';
import { readSyncFailures } from '../observe/sync-failure.ts';

/** What one istiod says of the clusters that it reads, and which of them answer it. */
export interface AskedIstiod extends IstiodView {
  readonly answers: readonly PeerAnswer[];
  /** The last failure that it logged for each peer that it has not synced. */
  readonly failures: ReadonlyMap<string, string>;
}

/** Asks every istiod of a place about the peers. */
export async function askIstiods(
  place: IstiodPlace,
  peers: readonly ClusterName[],
  options: PeerAnswerOptions & { readonly askPeers: typeof readPeerAnswers },
): Promise<readonly AskedIstiod[]> {
  if (peers.length === 0) return [];
  const views = await readIstiods(place, options.signal);
  return await Promise.all(
    views.map(async (view) => {
      const { pod } = view;
      const synced = peers.filter((peer) => stateIn(view, peer) === 'synced');
      const others = peers.filter((peer) => !synced.includes(peer));
      const [answers, failures] = await Promise.all([
        options.askPeers(place, { pod, peers: synced }, options),
        readSyncFailures(place, { pod, peers: others }, options.signal),
      ]);
      return { ...view, answers, failures };
    }),
  );
}

function stateIn({ clusters }: IstiodView, peer: ClusterName): string {
  return clusters.find(({ cluster }) => cluster === peer)?.status ?? 'unknown';
}

/** What is read of a cluster's way to its peers; null where it could not be. */
export interface PeerReadings {
  /** The remote secrets, or their metadata. */
  readonly remotes: readonly KubeObject[] | null;
  readonly istiods: readonly AskedIstiod[] | null;
}

export function peerStatus(peer: ClusterName, { remotes, istiods: asked }: PeerReadings): PeerStatus {
  const istiods = asked ?? [];
  const states = istiods.map((istiod) => stateIn(istiod, peer));
  const answers = istiods.flatMap((istiod) => istiod.answers.filter((answer) => answer.peer === peer));
  const worst = answers.find((answer) => answer.answers === 'No') ?? answers.find(({ detail }) => detail !== undefined);
  const { answers: word, detail } = worst ?? answers[0] ?? { answers: 'Unknown', detail: undefined };
  const failure = istiods.flatMap(({ failures }) => failures.get(peer) ?? [])[0];
  const remote = remotes?.find(({ metadata }) => metadata.annotations?.[clusterAnnotation] === peer);
  const mark = remote === undefined ? undefined : tokenMark(remote);
  return {
    peer,
    configured: remotes === null ? null : remote !== undefined,
    state: states.find((state) => state !== 'synced') ?? states[0] ?? null,
    answers: word,
    ...(detail === undefined ? {} : { detail }),
    ...(failure === undefined ? {} : { failure }),
    ...(mark === undefined ? {} : { tokenNotAfter: new Date(mark.notAfter).toISOString() }),
  };
}
