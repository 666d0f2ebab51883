import type { Clock } from '../base/clock.ts';
import { asIsthmusError } from '../base/error.ts';
import type { Logger } from '../base/logger.ts';
import type { Happening, HomeSession, KeptDocument, KeptMesh, RenewedPeer } from '../engine/home-session.ts';
import { createQueue, type Queue, type WorkEnd } from './queue.ts';
import { createRefusals, type Refusals } from './refusals.ts';

export interface TokenKeeping {
  readonly mesh: Pick<KeptMesh, 'renewTokens' | 'renewAccess'>;
  /** Throws where this process may not write any longer. */
  readonly fence: () => void;
  readonly home: Pick<HomeSession, 'record'>;
  readonly clusters: readonly KeptDocument[];
  readonly isPaused: (cluster: string) => boolean;
  readonly clock: Clock;
  readonly random: () => number;
  /** Of the leadership: documents that change do not end a renewal that is under way. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** What is known of the tokens with which the istiod of a cluster reads its peers, after each look at them. */
  readonly onIstiods: (cluster: string, found: readonly RenewedPeer[]) => void;
  /** And of the operator's own token for the cluster. */
  readonly onOwn: (cluster: string, found: RenewedPeer) => void;
}

export interface TokenKeeper extends Pick<Queue, 'wake'> {
  /** What these documents ask for takes the place of what was asked for; whoever wakes a cluster has it followed. */
  ask(documents: readonly KeptDocument[]): void;
  /** The API servers of these peers refuse the tokens with which a cluster reads them: other ones are tried at once. */
  refused(cluster: string, peers: readonly string[]): void;
  /** Begins nothing more, and resolves when what was begun has ended. */
  stop(): Promise<void>;
}

/** A renewal that lost endpoints is not tried again before. */
const afterLossMs = 1_800_000;
/** However short the lives of tokens are that an API server gives. */
const soonestMs = 60_000;

/** Keeps the tokens with which the clusters read each other: those of one cluster at a time. */
export function keepTokens(keeping: TokenKeeping): TokenKeeper {
  const { clock, random, signal, log } = keeping;
  const ending = new AbortController();
  const lost = new Map<string, Lost>();
  const refusals = createRefusals(clock);
  let asked = askedIn(keeping.clusters);
  let turn: Promise<unknown> = Promise.resolve();
  const onError = (cluster: string, error: unknown): void =>
    log({ level: 'warning', cluster, message: `its tokens were not looked at: ${asIsthmusError(error).message}` });
  const work = async (cluster: string): Promise<WorkEnd> => {
    const before = turn;
    const own = before.then(
      async (): Promise<WorkEnd> =>
        ending.signal.aborted ? 'Done' : await lookAt(cluster, { ...keeping, asked, lost, refusals }),
    );
    // The next one waits for this one, however it ends.
    turn = own.catch(() => undefined);
    return await own;
  };
  const bound = AbortSignal.any([signal, ending.signal]);
  const queue = createQueue({ work, clock, random, signal: bound, onError });
  return {
    wake: (cluster, urgency) => queue.wake(cluster, urgency),
    ask(documents) {
      asked = askedIn(documents);
    },
    refused(cluster, peers) {
      if (refusals.note(cluster, peers)) queue.wake(cluster, 'Urgent');
    },
    async stop() {
      ending.abort();
      await queue.idle();
    },
  };
}

/** What the annotations of documents ask for, by cluster. */
function askedIn(documents: readonly KeptDocument[]): ReadonlyMap<string, string> {
  return new Map(
    documents.flatMap(({ kind, name, renewToken }) =>
      kind === 'MeshCluster' && renewToken !== undefined ? [[name, renewToken] as const] : [],
    ),
  );
}

/** A renewal that was undone. */
interface Lost {
  readonly until: number;
  /** What was asked for then: something else that is asked for is tried at once. */
  readonly asked: string;
}

interface TokenLook extends TokenKeeping {
  readonly asked: ReadonlyMap<string, string>;
  readonly lost: Map<string, Lost>;
  readonly refusals: Refusals;
}

async function lookAt(cluster: string, keeping: TokenLook): Promise<WorkEnd> {
  const { mesh, fence, asked, clock, isPaused, lost, refusals } = keeping;
  // Whoever takes the pause away changes the document.
  if (isPaused(cluster)) return 'Done';
  const askedText = JSON.stringify([...asked]);
  const rest = lost.get(cluster);
  const refused = refusals.take(cluster);
  if (rest !== undefined && rest.asked === askedText && clock.now() < rest.until && refused.length === 0) {
    return { againInMs: rest.until - clock.now() };
  }
  const read = await mesh.renewTokens(cluster, { fence, asked, refused });
  keeping.onIstiods(cluster, read);
  await tell(cluster, read, keeping);
  const own = await mesh.renewAccess(cluster, { fence, asked });
  if (own !== undefined) {
    keeping.onOwn(cluster, own);
    await tell(operator, [own], keeping);
  }
  const found = own === undefined ? read : [...read, own];
  lost.delete(cluster);
  if (found.some(({ outcome }) => outcome === 'Undone')) {
    lost.set(cluster, { until: clock.now() + afterLossMs, asked: askedText });
  }
  return nextLook(found, clock.now());
}

function nextLook(found: readonly RenewedPeer[], now: number): WorkEnd {
  if (found.some(({ outcome }) => outcome === 'Undone')) return { againInMs: afterLossMs };
  if (found.some(({ outcome }) => outcome === 'Failed')) return 'Failed';
  const due = found.flatMap(({ dueAt }) => dueAt ?? []);
  return due.length === 0 ? 'Done' : { againInMs: Math.max(soonestMs, Math.min(...due) - now) };
}

/** Who reaches a cluster with the token of a grant, for Events. */
const operator = 'the operator';

async function tell(
  reader: string,
  found: readonly RenewedPeer[],
  { home, clusters, log }: TokenKeeping,
): Promise<void> {
  for (const one of found) {
    const { peer, outcome } = one;
    const about = clusters.find(({ name }) => name === peer);
    const happening = about === undefined ? undefined : happeningOf(reader, one, about);
    if (happening === undefined) continue;
    const isGood = happening.type === 'Normal';
    log({
      level: isGood ? 'info' : 'warning',
      cluster: peer,
      message: 'a token was looked at',
      fields: { reader, outcome, note: happening.note },
    });
    await home.record(happening);
  }
}

function happeningOf(reader: string, found: RenewedPeer, about: KeptDocument): Happening | undefined {
  const { outcome, notAfter, why = '', endpoints, advice = [] } = found;
  const known = advice.map((text) => ` Known: ${text}.`).join('');
  const action = 'RenewToken';
  switch (outcome) {
    case 'Renewed': {
      const holds = endpoints === undefined ? '' : `, and holds ${endpoints} endpoints of it as before`;
      const note = `${reader} reads it with a new token, valid until ${endText(notAfter)}${holds}.${known}`;
      return { about, type: 'Normal', reason: 'TokenRenewed', action, note };
    }
    case 'Undone': {
      const note = `With a new token ${reader} lost what it knew of this cluster: ${why}. The old one is back, valid until ${endText(notAfter)}.${known}`;
      return { about, type: 'Warning', reason: 'TokenRenewalUndone', action, note };
    }
    case 'Failed': {
      const note = `The token with which ${reader} reads this cluster was not renewed: ${why}.${known}`;
      return { about, type: 'Warning', reason: 'TokenNotRenewed', action, note };
    }
    default:
      return undefined;
  }
}

function endText(notAfter: number | undefined): string {
  return notAfter === undefined ? 'it is taken away' : new Date(notAfter).toISOString();
}
