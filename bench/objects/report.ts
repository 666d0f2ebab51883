import { median } from '../statistics.ts';
import { table } from '../table.ts';
import type { Writer } from './arguments.ts';

/** What our own program says of itself. */
export interface OwnCounts {
  readonly requests: number;
  readonly writes: number;
  readonly lists: number;
  /** Processor time of our process in all, its start among it, in milliseconds. */
  readonly processorMs: number;
}

/** One writer's two runs: into the empty cluster, and again with nothing to change. */
export interface ObjectsRun {
  readonly writer: Writer;
  /** Milliseconds. */
  readonly roundTrip: number;
  /** Seconds. */
  readonly fresh: number;
  /** Seconds. */
  readonly unchanged: number;
  /** CPU time of the cluster and of the writer for the first of the two, in seconds. */
  readonly cpuSeconds: number;
  /** Share of the machine, 0 to 1, that something else used meanwhile. */
  readonly others: number;
  readonly counts: { readonly fresh: OwnCounts; readonly unchanged: OwnCounts } | undefined;
}

/** One run, as soon as it has ended. */
export function runText({ writer, roundTrip, fresh, unchanged, cpuSeconds, others, counts }: ObjectsRun): string {
  const times = `${fresh.toFixed(2).padStart(7)} s, unchanged ${unchanged.toFixed(2).padStart(6)} s`;
  const line = `  ${String(roundTrip).padStart(3)} ms  ${writer.padEnd(7)} ${times}  (CPU time ${cpuSeconds.toFixed(1)} s; others had ${(100 * others).toFixed(0)} % of the machine)`;
  if (counts === undefined) return line;
  return [line, countText('fresh', counts.fresh), countText('unchanged', counts.unchanged)].join('\n');
}

function countText(what: string, { requests, writes, lists, processorMs }: OwnCounts): string {
  const processor = `${processorMs.toFixed(0)} ms of processor time in our process`;
  return `            ${what}: ${requests} requests, ${writes} writes, ${lists} lists, ${processor}`;
}

/** The medians of each writer at each round-trip time, and how many times as long as ours. */
export function resultText(runs: readonly ObjectsRun[]): string {
  const groups = Map.groupBy(runs, ({ roundTrip, writer }) => `${roundTrip} ${writer}`);
  const rows = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { roundTrip, writer } = first;
    const ours = groups.get(`${roundTrip} isthmus`);
    const cells = (['fresh', 'unchanged'] as const).flatMap((what) => {
      const seconds = median(group.map((run) => run[what]));
      const ratio = ours === undefined ? '' : (seconds / median(ours.map((run) => run[what]))).toFixed(1);
      return [seconds.toFixed(2), ratio];
    });
    return [[String(roundTrip), writer, ...cells]];
  });
  return table([['rtt ms', 'writer', 'fresh s', 'to ours', 'unchanged s', 'to ours'], ...rows]);
}
