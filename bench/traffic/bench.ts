import { measureParts, type PartOptions as OptionsOf } from '../parts.ts';
import { type Part, parseTrafficArguments, type TrafficArguments } from './arguments.ts';
import { measureMoves } from './move.ts';

export interface BenchTrafficOptions {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** What each part of the benchmark gets. */
export type PartOptions = OptionsOf<TrafficArguments>;

const measures: Readonly<Record<Part, (options: PartOptions) => Promise<void>>> = {
  move: measureMoves,
};

/** Measures how requests are moved between clusters, part by part, each on fresh clusters. */
export async function benchTraffic({ words, signal, print }: BenchTrafficOptions): Promise<void> {
  await measureParts(measures, { wanted: parseTrafficArguments(words), signal, print });
}
