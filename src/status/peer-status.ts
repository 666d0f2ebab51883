import type { ClusterName } from '../api/name.ts';
import { asIsthmusError } from '../base/error.ts';
import { clusterAnnotation } from '../istio/remote-secret.ts';
import type { KubeObject } from '../objects/object.ts';
import { type IstiodPlace, type IstiodView, readIstiods } from '../observe/istiod.ts';
import type { PeerAnswer, PeerAnswerOptions, readPeerAnswers } from '../observe/peer-answers.ts';

export interface PeerStatus {
  readonly peer: ClusterName;
  /** A remote secret for it is there. */
  readonly configured: boolean;
  /** What every istiod says of it: `synced`, or the first other word; `unknown` where no istiod names it. */
  readonly state: string;
  /** Whether every istiod that calls it synced gets an answer from its API server now. */
  readonly answers: PeerAnswer['answers'];
  /** Why it does not answer, or why nobody knows. */
  readonly detail?: string;
}

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

export function peerProblem({ peer, configured, state, answers, detail }: PeerStatus): string | undefined {
  if (!configured) return `no remote secret for ${peer}`;
  if (state !== 'synced') return `istiod reports ${peer} as ${state}`;
  if (answers === 'Yes') return undefined;
  return answers === 'No'
    ? `istiod gets no answer from the API server of ${peer} (${detail}): what it knows of ${peer} may be old`
    : `whether istiod still gets an answer from the API server of ${peer} is unknown: ${detail}`;
}
