import type { MemoryPeaks } from '../memory.ts';
import { median } from '../statistics.ts';
import { table } from '../table.ts';

/** One plan: of ours without istioctl's output in the cache, with it, or by hand. */
export interface PlanRun {
  readonly way: 'isthmus' | 'isthmus-warm' | 'hand';
  readonly seconds: number;
  readonly peaks: MemoryPeaks;
  /** CPU time of the clusters and of what was started, in seconds. */
  readonly cpuSeconds: number;
  /** Share of the machine, 0 to 1, that something else used meanwhile. */
  readonly others: number;
  /** Sent to the API servers; unknown of the way by hand. */
  readonly requests: number | undefined;
  /** That would be made; unknown of the way by hand. */
  readonly objects: number | undefined;
}

/** One run, as soon as it has ended. */
export function runLine({ way, seconds, peaks, cpuSeconds, others, requests, objects }: PlanRun): string {
  const counts = requests === undefined ? '' : `, ${requests} requests, ${objects} objects`;
  const memory = `${peaks.process.toFixed(0)} MiB, with its children ${peaks.group.toFixed(0)} MiB`;
  return `  ${way.padEnd(12)} ${seconds.toFixed(2).padStart(7)} s, ${memory}${counts}  (CPU time ${cpuSeconds.toFixed(0)} s; others had ${(100 * others).toFixed(0)} % of the machine)`;
}

/** The medians of each way, and how many times as long as ours. */
export function resultText(runs: readonly PlanRun[]): string {
  const groups = Map.groupBy(runs, ({ way }) => way);
  const secondsOf = (group: readonly PlanRun[]): number => median(group.map(({ seconds }) => seconds));
  const ours = secondsOf(groups.get('isthmus') ?? []);
  const rows = [...groups].map(([way, group]) => [
    way,
    secondsOf(group).toFixed(2),
    (secondsOf(group) / ours).toFixed(1),
    median(group.map(({ peaks }) => peaks.process)).toFixed(0),
    median(group.map(({ peaks }) => peaks.group)).toFixed(0),
    String(group[0]?.requests ?? ''),
  ]);
  return table([['way', 'seconds', 'to isthmus', 'MiB', 'MiB with children', 'requests'], ...rows]);
}
