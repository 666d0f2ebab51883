import type { PairLadder } from '../../../src/report/doctor.ts';
import type { Verdict } from '../parts/state.tsx';
import { pairVerdict } from './pair-words.ts';

/** What a picture or a matrix has as one: a cluster, or a network whose clusters are folded into one. */
export interface Unit {
  /** Of the cluster, or `network NAME`, which is no name of a cluster. */
  readonly id: string;
  readonly network: string;
  readonly clusters: readonly string[];
  readonly isFolded: boolean;
}

interface Member {
  readonly cluster: string;
  readonly network: string;
}

/** With more clusters, networks are folded until somebody unfolds them. */
const mostUnfolded = 12;

/** The networks of more than one cluster: a network of one is that cluster. */
export function foldable(members: readonly Member[]): ReadonlyMap<string, readonly string[]> {
  const groups = Map.groupBy(members, ({ network }) => network);
  return new Map(
    [...groups].flatMap(([network, inside]) =>
      inside.length < 2 ? [] : [[network, inside.map(({ cluster }) => cluster)] as const],
    ),
  );
}

/** Which networks show their clusters: those that an address opens, else all of a small mesh and none of a large one. */
export function unfoldedIn(open: readonly string[] | undefined, members: readonly Member[]): readonly string[] {
  const known = [...foldable(members).keys()];
  if (open === undefined) return members.length > mostUnfolded ? [] : known;
  return known.filter((network) => open.includes(network));
}

/** What an address has of the networks that show their clusters. */
export function openWords(unfolded: readonly string[]): { readonly open: readonly string[] } {
  return { open: unfolded.length === 0 ? [''] : unfolded };
}

/** The clusters in their order, those of a folded network as one. */
export function unitsOf(members: readonly Member[], unfolded: readonly string[]): readonly Unit[] {
  const folded = new Map([...foldable(members)].filter(([network]) => !unfolded.includes(network)));
  const groups = Map.groupBy(members, ({ cluster, network }) => (folded.has(network) ? `network ${network}` : cluster));
  return [...groups].map(([id, inside]) => {
    const network = inside[0]?.network ?? '';
    return { id, network, clusters: inside.map(({ cluster }) => cluster), isFolded: folded.has(network) };
  });
}

/** The links from one unit to another, or inside of one. */
export interface UnitLinks {
  readonly pairs: readonly PairLadder[];
  readonly counts: Readonly<Record<Verdict, number>>;
  /** The gravest of them. */
  readonly verdict: Verdict;
}

const order = ['No', 'Unknown', 'Yes'] as const satisfies readonly Verdict[];

/** Every link, by `linksKey` of the two units that it joins. */
export function linksBetween(units: readonly Unit[], pairs: readonly PairLadder[]): ReadonlyMap<string, UnitLinks> {
  const unitOf = new Map(units.flatMap(({ id, clusters }) => clusters.map((cluster) => [cluster, id] as const)));
  const groups = Map.groupBy(pairs, ({ from, to }) => linksKey(unitOf.get(from) ?? from, unitOf.get(to) ?? to));
  return new Map([...groups].map(([key, inside]) => [key, linksOf(inside)]));
}

export function linksKey(from: string, to: string): string {
  return `${from}/${to}`;
}

export function linksOf(pairs: readonly PairLadder[]): UnitLinks {
  const counts = { Yes: 0, No: 0, Unknown: 0 };
  for (const pair of pairs) counts[pairVerdict(pair)] += 1;
  return { pairs, counts, verdict: order.find((one) => counts[one] > 0) ?? 'Unknown' };
}

const words = { Yes: 'pass', No: 'fail', Unknown: 'unknown' } as const satisfies Record<Verdict, string>;

/** `3 of 25 fail, 2 unknown` */
export function linksText({ pairs, counts }: UnitLinks): string {
  const bad = order.filter((one) => one !== 'Yes' && counts[one] > 0);
  if (bad.length === 0) return `${pairs.length} ${pairs.length === 1 ? 'passes' : 'pass'}`;
  return bad.map((one, index) => `${counts[one]}${index === 0 ? ` of ${pairs.length}` : ''} ${words[one]}`).join(', ');
}
