import type { ClusterName } from '../api/name.ts';
import { asIsthmusError } from '../base/error.ts';
import type { PeerStatus } from '../diagnose/facts/status.ts';
import { clusterAnnotation } from '../istio/remote-secret.ts';
import type { KubeObject } from '../objects/object.ts';
import { type IstiodPlace, type IstiodView, readIstiods } from '../observe/istiod.ts';
import type { PeerAnswer, PeerAnswerOptions, readPeerAnswers } from '../observe/peer-answers.ts';

/** What one istiod says of the clusters that it reads, and which of them answer it. */
export interface AskedIstiod extends IstiodView {
  readonly answers: readonly PeerAnswer[];
}

/** Asks every istiod of a place about the peers. One that cannot be asked says nothing: what it would say is `unknown`. */
export async function askIstiods(
  place: IstiodPlace | undefined,
  peers: readonly ClusterName[],
  options: PeerAnswerOptions & { readonly askPeers: typeof readPeerAnswers },
): Promise<readonly AskedIstiod[]> {
  if (place === undefined || peers.length === 0) return [];
  try {
    const views = await readIstiods(place, options.signal);
    return await Promise.all(
      views.map(async (view) => {
        const synced = peers.filter((peer) => stateIn(view, peer) === 'synced');
        const { pod } = view;
        return { ...view, answers: await options.askPeers(place, { pod, peers: synced }, options) };
      }),
    );
  } catch (error) {
    if (asIsthmusError(error).code === 'cluster-unreachable') throw error;
    return [];
  }
}

function stateIn({ clusters }: IstiodView, peer: ClusterName): string {
  return clusters.find(({ cluster }) => cluster === peer)?.status ?? 'unknown';
}

export function peerStatus(
  peer: ClusterName,
  remotes: readonly KubeObject[],
  istiods: readonly AskedIstiod[],
): PeerStatus {
  const states = istiods.map((istiod) => stateIn(istiod, peer));
  const answers = istiods.flatMap((istiod) => istiod.answers.filter((answer) => answer.peer === peer));
  const worst = answers.find((answer) => answer.answers === 'No') ?? answers.find(({ detail }) => detail !== undefined);
  const { answers: word, detail } = worst ?? answers[0] ?? { answers: 'Unknown', detail: undefined };
  return {
    peer,
    configured: remotes.some(({ metadata }) => metadata.annotations?.[clusterAnnotation] === peer),
    state: states.find((state) => state !== 'synced') ?? states[0] ?? 'unknown',
    answers: word,
    ...(detail === undefined ? {} : { detail }),
  };
}
