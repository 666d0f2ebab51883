import { partsOf } from '../base/remedy.ts';
import type { ComparedPeer, EndpointDifference } from '../engine/home-session.ts';
import { type Judgement, remembered } from './judge.ts';
import { findingText } from './observations.ts';

/** What istiods held of their peers when it was looked at, by cluster. It outlives the documents of one moment. */
export interface HeldLooks {
  note(cluster: string, found: readonly ComparedPeer[], at: number): void;
  /** No istiod of the cluster could be asked, for this reason. */
  noteUnread(cluster: string, why: string, at: number): void;
  /** Whether the istiods of a cluster hold what these peers hold. */
  judge(cluster: string, peers: readonly string[], context: HeldContext): Judgement;
  /** How many differences to a peer stand; undefined where that is not known. */
  standing(cluster: string, peer: string, context: HeldContext): number | undefined;
  /** Forgets clusters that are none of these. */
  keepOnly(names: readonly string[]): void;
}

export interface HeldContext {
  readonly now: number;
  /** What was seen longer ago is not relied on, in milliseconds. */
  readonly staleMs: number;
}

type Look = ComparedPeer & { readonly at: number };

interface Pair {
  looks: readonly Look[];
  /** What it came to before the latest look; undefined where there was none. */
  before: 'True' | 'False' | undefined;
}

interface Reader {
  readonly pairs: Map<string, Pair>;
  unread: { readonly at: number; readonly why: string } | undefined;
}

export function createHeldLooks(): HeldLooks {
  const readers = new Map<string, Reader>();
  const readerOf = (name: string): Reader => {
    const reader = readers.get(name) ?? { pairs: new Map(), unread: undefined };
    readers.set(name, reader);
    return reader;
  };
  return {
    note(cluster, found, at) {
      const reader = readerOf(cluster);
      reader.unread = undefined;
      for (const one of found) {
        const pair = reader.pairs.get(one.peer) ?? { looks: [], before: undefined };
        reader.pairs.set(one.peer, pair);
        pair.before = verdictOf(pair) ?? pair.before;
        pair.looks = [...pair.looks, { ...one, at }].slice(-remembered);
      }
    },
    noteUnread(cluster, why, at) {
      readerOf(cluster).unread = { at, why };
    },
    judge(cluster, peers, context) {
      const { pairs, unread } = readerOf(cluster);
      if (unread !== undefined) {
        const message = `What istiod holds of ${peers.join(', ')} could not be read: ${unread.why}.`;
        return { status: 'Unknown', reason: 'Unread', message, seenAt: unread.at };
      }
      return together(
        peers.map((peer) => judgePair(peer, pairs.get(peer), context)),
        peers,
      );
    },
    standing(cluster, peer, { now, staleMs }) {
      const { pairs, unread } = readerOf(cluster);
      const { looks } = pairs.get(peer) ?? { looks: [] };
      const latest = looks.at(-1);
      const isKnown = unread === undefined && latest?.outcome === 'Compared' && now - latest.at <= staleMs;
      return isKnown ? standingIn(looks).length : undefined;
    },
    keepOnly(names) {
      for (const [name, { pairs }] of readers) {
        if (!names.includes(name)) readers.delete(name);
        for (const peer of pairs.keys()) if (!names.includes(peer)) pairs.delete(peer);
      }
    },
  };
}

/**
 * The differences of the latest look that another one of the last three found too. Endpoints that come and go make differences in
 * every look, and each time other ones: those are changes on the way.
 */
function standingIn(looks: readonly Look[]): readonly EndpointDifference[] {
  const earlier = new Set(looks.slice(0, -1).flatMap((look) => differencesIn(look).map(keyOf)));
  const latest = looks.at(-1);
  return latest === undefined ? [] : differencesIn(latest).filter((one) => earlier.has(keyOf(one)));
}

function differencesIn(look: Look): readonly EndpointDifference[] {
  return look.outcome === 'Compared' ? look.differences : [];
}

function keyOf({ pod, what, service, address }: EndpointDifference): string {
  return [pod, what, service, address].join(' ');
}

/** What the latest look came to; undefined where it came to nothing. */
function verdictOf({ looks }: Pair): 'True' | 'False' | undefined {
  const latest = looks.at(-1);
  if (latest?.outcome !== 'Compared') return undefined;
  if (latest.differences.length === 0) return 'True';
  return standingIn(looks).length > 0 ? 'False' : undefined;
}

function judgePair(peer: string, pair: Pair | undefined, { now, staleMs }: HeldContext): Judgement {
  const latest = pair?.looks.at(-1);
  if (pair === undefined || latest === undefined) {
    const message = `What istiod holds of ${peer} was not compared yet.`;
    return { status: 'Unknown', reason: 'NotLooked', message, seenAt: undefined };
  }
  const { at: seenAt } = latest;
  if (latest.outcome === 'Unread') {
    return {
      status: 'Unknown',
      reason: 'Unread',
      message: `What ${peer} holds could not be read: ${latest.why}.`,
      seenAt,
    };
  }
  if (now - seenAt > staleMs) {
    const message = `What istiod holds of ${peer} was last compared at ${new Date(seenAt).toISOString()}.`;
    return { status: 'Unknown', reason: 'Outdated', message, seenAt };
  }
  const standing = standingIn(pair.looks);
  if (standing.length > 0) {
    const message = findingText({ message: differenceText(peer, standing), remedy: [...partsOf(latest.remedy)] });
    return { status: 'False', reason: 'EndpointsFrozen', message, seenAt };
  }
  if (latest.differences.length === 0) return { status: 'True', reason: 'Confirmed', message: '', seenAt };
  const message = `Seen once so far: ${differenceText(peer, latest.differences)}.`;
  return { status: pair.before ?? 'Unknown', reason: 'NotConfirmed', message, seenAt };
}

/** What is wrong of one peer is wrong, and what is not known of one is not known. */
function together(judged: readonly Judgement[], peers: readonly string[]): Judgement {
  const seen = judged.flatMap(({ seenAt }) => seenAt ?? []);
  const seenAt = seen.length === 0 ? undefined : Math.min(...seen);
  const wrong = judged.filter(({ status }) => status === 'False');
  const [first] = wrong;
  if (first !== undefined) return { ...first, message: wrong.map(({ message }) => message).join(' '), seenAt };
  const unsure =
    judged.find(({ status }) => status === 'Unknown') ?? judged.find(({ reason }) => reason === 'NotConfirmed');
  if (unsure !== undefined) return { ...unsure, seenAt };
  const message = `It holds the endpoints of ${peers.join(', ')} as they are.`;
  return { status: 'True', reason: 'Confirmed', message, seenAt };
}

/** So many addresses are named. */
const shown = 3;

function differenceText(peer: string, differences: readonly EndpointDifference[]): string {
  const byPod = [...Map.groupBy(differences, ({ pod }) => pod)];
  return byPod
    .map(([pod, ofPod]) => {
      const gone = textOf(ofPod, 'Gone', `of ${peer} that are gone`);
      const missing = textOf(ofPod, 'Missing', gone === '' ? `of ${peer} that are there` : 'that are there');
      return `${pod} ${[gone && `holds ${gone}`, missing && `lacks ${missing}`].filter(Boolean).join(' and ')}`;
    })
    .join('; ');
}

function textOf(differences: readonly EndpointDifference[], what: EndpointDifference['what'], which: string): string {
  const found = differences.filter((one) => one.what === what);
  if (found.length === 0) return '';
  const named = found.slice(0, shown).map(({ service, address }) => `${service} at ${address}`);
  const more = found.length > shown ? `, ${found.length - shown} more` : '';
  return `endpoints ${which} (${named.join(', ')}${more})`;
}
