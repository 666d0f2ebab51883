import { measureParts, type PartOptions as OptionsOf } from '../parts.ts';
import { type OperatorArguments, type Part, parseOperatorArguments } from './arguments.ts';
import { measureAvailable } from './available.ts';
import { measureChurn } from './churn.ts';
import { measureDetection } from './detect.ts';
import { measureIdle } from './idle.ts';
import { measureIdleFleet } from './idle-fleet.ts';
import { measureRestorations } from './restore.ts';
import { measureRotations } from './rotation/rotate.ts';

export interface BenchOperatorOptions {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** What each part of the benchmark gets. */
export type PartOptions = OptionsOf<OperatorArguments>;

const measures: Readonly<Record<Part, (options: PartOptions) => Promise<void>>> = {
  restore: measureRestorations,
  rotate: measureRotations,
  detect: measureDetection,
  available: measureAvailable,
  idle: measureIdle,
  idle20: measureIdleFleet,
  churn: measureChurn,
};

/** Measures an operator part by part, each on fresh clusters. */
export async function benchOperator({ words, signal, print }: BenchOperatorOptions): Promise<void> {
  await measureParts(measures, { wanted: parseOperatorArguments(words), signal, print });
}
