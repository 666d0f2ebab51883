import type { StoredShift } from '../../api/mesh-shift.ts';
import { isLiving, shiftedNames } from '../../mesh/shifted.ts';
import { splitAt } from '../../mesh/split-at.ts';
import type { LatencyQuantile } from '../../report/latency.ts';
import { apiVersion } from '../../report/schema.ts';
import type { ShiftReport, ShiftState } from '../../report/shift.ts';

export interface ShiftReading {
  readonly mesh: string;
  readonly shifts: readonly StoredShift[];
  /** By the clock of the home cluster's API server. */
  readonly now: number;
}

export function shiftReport({ mesh, shifts, now }: ShiftReading): ShiftReport {
  const states = shifts
    .filter(({ spec }) => spec.mesh === mesh)
    .map((shift) => stateOf(shift, now))
    .toSorted((one, other) => (one.service < other.service ? -1 : 1));
  return { apiVersion, kind: 'ShiftReport', mesh, ok: states.every(({ phase }) => !lost.has(phase)), shifts: states };
}

const lost: ReadonlySet<ShiftState['phase']> = new Set(['GoingBack', 'WentBack', 'Aborted', 'Expired']);

function stateOf(shift: StoredShift, now: number): ShiftState {
  const { spec, status } = shift;
  const step = status?.step ?? 0;
  const holds = isLiving(shift, now);
  const phase = status?.phase ?? 'Running';
  const isOver = !holds && (phase === 'Running' || phase === 'Paused' || phase === 'Passed');
  return {
    service: `${spec.service.name}.${spec.service.namespace}`,
    services: shiftedNames(spec).map(({ name, namespace }) => `${name}.${namespace}`),
    to: spec.to,
    phase: isOver ? 'Expired' : phase,
    step,
    steps: spec.steps,
    weights: (holds || phase === 'Promoted') && step > 0 ? splitAt(spec, step) : {},
    expiresAt: spec.expiresAt,
    clusters: spec.clusters,
    message: status?.message ?? null,
    verdicts: (status?.verdicts ?? []).map(({ p99, ...verdict }) => ({
      ...verdict,
      ...(p99 && { p99: { target: quantileOf(p99.target), sources: quantileOf(p99.sources) } }),
    })),
  };
}

type StoredVerdict = NonNullable<StoredShift['status']>['verdicts'][number];

function quantileOf(stored: NonNullable<StoredVerdict['p99']>['target']): LatencyQuantile | null {
  if (stored === undefined) return null;
  const { microseconds, from, to, requests } = stored;
  return { ms: microseconds / 1000, fromMs: from / 1000, toMs: to === undefined ? null : to / 1000, requests };
}
