import type { RenewedPeer } from '../engine/home-session.ts';
import type { Judgement } from './judge.ts';

/** What is known of the tokens with which istiods and the operator reach clusters. It outlives the documents of one moment. */
export interface Credentials {
  /** What a look at the tokens with which the istiod of a cluster reads its peers found. */
  noteIstiods(cluster: string, found: readonly RenewedPeer[], at: number): void;
  /** What a look at the operator's own token for a cluster found. */
  noteOwn(cluster: string, found: RenewedPeer, at: number): void;
  /** Why the istiod of a cluster is about to lose a peer, or has lost it; undefined where it is not. */
  istiodProblem(cluster: string, now: number): Judgement | undefined;
  /** Why the operator is about to lose a cluster. */
  ownProblem(cluster: string, now: number): Judgement | undefined;
  /** Forgets clusters that are none of these. */
  keepOnly(names: readonly string[]): void;
}

interface Known {
  readonly at: number;
  readonly found: RenewedPeer;
}

export function createCredentials(): Credentials {
  const istiods = new Map<string, readonly Known[]>();
  const own = new Map<string, Known>();
  return {
    noteIstiods: (cluster, found, at) =>
      void istiods.set(
        cluster,
        found.map((one) => ({ at, found: one })),
      ),
    noteOwn: (cluster, found, at) => void own.set(cluster, { at, found }),
    istiodProblem(cluster, now) {
      const problems = (istiods.get(cluster) ?? []).flatMap(({ at, found }) => {
        const end = endText(found, now);
        if (end === undefined) return [];
        return [{ at, message: `The token with which istiod reads ${found.peer} ${end} ${tryAgain(found.peer)}` }];
      });
      const [first] = problems;
      if (first === undefined) return undefined;
      return ending(first.at, problems.map(({ message }) => message).join(' '));
    },
    ownProblem(cluster, now) {
      const known = own.get(cluster);
      const end = known === undefined ? undefined : endText(known.found, now);
      if (known === undefined || end === undefined) return undefined;
      const again = 'Give it another one with `isthmus operator grant`.';
      return ending(known.at, `The token with which the operator reaches the cluster ${end} ${again}`);
    },
    keepOnly(names) {
      for (const known of [istiods, own])
        for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
    },
  };
}

function ending(seenAt: number, message: string): Judgement {
  return { status: 'False', reason: 'CredentialEnding', message, seenAt };
}

/** A token is renewed after half of its life: in its last quarter somebody has to see why it was not. */
function endText({ notAfter, endingFrom, why, advice = [] }: RenewedPeer, now: number): string | undefined {
  if (notAfter === undefined || now < (endingFrom ?? notAfter)) return undefined;
  const end = `${now < notAfter ? 'ends' : 'has ended'} at ${new Date(notAfter).toISOString()}`;
  const known = advice.map((text) => ` Known: ${text}.`).join('');
  return `${end}, and was not renewed${why === undefined ? '' : `: ${why}`}.${known}`;
}

function tryAgain(peer: string): string {
  return `It is tried again by itself; the annotation isthmus.dev/renew-token on the MeshCluster ${peer} has it tried at once.`;
}
