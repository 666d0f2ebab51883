import type { LatencyQuantile } from '../../report/latency.ts';

/** `312 ms (250 to 500)`: the figure, and the bucket within which it is interpolated. */
export function quantileText({ ms, fromMs, toMs }: Pick<LatencyQuantile, 'ms' | 'fromMs' | 'toMs'>): string {
  const bucket = toMs === null ? `over ${figure(fromMs)}` : `${figure(fromMs)} to ${figure(toMs)}`;
  return `${figure(ms)} ms (${bucket})`;
}

function figure(ms: number): string {
  return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)}`;
}
