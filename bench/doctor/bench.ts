import { measureParts, type PartOptions as OptionsOf } from '../parts.ts';
import { type DoctorArguments, type Part, parseDoctorArguments } from './arguments.ts';
import { measureFaults, measurePairs } from './faults.ts';
import { measureSeconds } from './seconds.ts';
import { measureSnapshot } from './snapshot.ts';

export interface BenchDoctorOptions {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** What each part of the benchmark gets. */
export type PartOptions = OptionsOf<DoctorArguments>;

const measures: Readonly<Record<Part, (options: PartOptions) => Promise<void>>> = {
  faults: measureFaults,
  pairs: measurePairs,
  seconds: measureSeconds,
  snapshot: measureSnapshot,
};

/** Measures a doctor part by part. */
export async function benchDoctor({ words, signal, print }: BenchDoctorOptions): Promise<void> {
  await measureParts(measures, { wanted: parseDoctorArguments(words), signal, print });
}
