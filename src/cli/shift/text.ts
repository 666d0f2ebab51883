import type { LatencyQuantile } from '../../report/latency.ts';
import type { ShiftReport, ShiftState } from '../../report/shift.ts';
import { quantileText } from '../shell/quantile.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';

export interface ShiftTextOptions {
  /** The flags that name the same mesh. */
  readonly source: string;
  readonly color: boolean;
}

/** Each shift with the verdicts of its steps, and what may be done next. */
export function shiftText({ mesh, shifts }: ShiftReport, options: ShiftTextOptions): string {
  if (shifts.length === 0) return `mesh ${mesh}: no shift\n`;
  return `${shifts.map((shift) => oneShift(shift, options).join('\n')).join('\n\n')}\n`;
}

function oneShift(shift: ShiftState, { source, color }: ShiftTextOptions): readonly string[] {
  const { service, services, to, phase, step, steps, expiresAt, message, verdicts } = shift;
  const isOne = services.length === 1 && services[0] === service;
  const next = nextCommands[phase];
  return [
    `${paint(`${service} to ${to}`, 'bold', color)}: ${phaseTexts[phase]}`,
    table([
      ...(isOne ? [] : [['services', services.join(', ')]]),
      ['step', `${step} of ${steps.length} (${steps.map((share) => `${share}%`).join(', ')})`],
      ['weights', weightsText(shift)],
      ['expires', expiresAt],
      ...(message === null ? [] : [['because', message]]),
    ]),
    ...(verdicts.length === 0 ? [] : ['', table(verdictRows(verdicts))]),
    ...(phase === 'Promoted'
      ? [`the mesh file has to say the same: spec.split of MeshService ${services.join(', ')}`]
      : []),
    ...next.map((words) => `next: isthmus shift ${words} ${isOne ? service : `'${service}'`} ${source}`),
  ];
}

/** A row for each step, below the titles. */
export function verdictRows(verdicts: ShiftState['verdicts']): readonly (readonly string[])[] {
  const isTimed = verdicts.some(({ p99 }) => p99 !== undefined);
  const rows = verdicts.map(({ step, share, measured, requests, errors, p99, verdict }) => [
    ...[`${step}`, `${share}%`, measured, `${requests}`, `${errors}`],
    ...(isTimed ? [sampled(p99?.target), sampled(p99?.sources)] : []),
    verdict,
  ]);
  const latency = isTimed ? ['P99', 'P99 ELSEWHERE'] : [];
  return [['STEP', 'SHARE', 'MEASURED', 'REQUESTS', 'FAILED', ...latency, 'VERDICT'], ...rows];
}

function sampled(quantile: LatencyQuantile | null | undefined): string {
  return quantile === null || quantile === undefined ? '-' : quantileText(quantile);
}

export function weightsText({ weights }: ShiftState): string {
  const parts = Object.entries(weights).map(([cluster, weight]) => `${cluster} ${weight}%`);
  return parts.join(', ') || 'as the documents have them';
}

export const phaseTexts = {
  Running: 'running',
  Paused: 'paused',
  Passed: 'every step is passed',
  GoingBack: 'going back',
  Promoted: 'promoted',
  WentBack: 'went back',
  Aborted: 'aborted',
  Expired: 'expired: the old weights are put back',
} as const satisfies Record<ShiftState['phase'], string>;

const nextCommands: Readonly<Record<ShiftState['phase'], readonly string[]>> = {
  Running: [],
  Paused: ['resume', 'abort'],
  Passed: ['promote', 'abort'],
  GoingBack: ['abort'],
  Promoted: [],
  WentBack: [],
  Aborted: [],
  Expired: [],
};
