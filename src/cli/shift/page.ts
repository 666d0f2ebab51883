import type { ShiftReport, ShiftState } from '../../report/shift.ts';
import type { Page } from '../shell/html.ts';
import { phaseTexts, verdictRows, weightsText } from './text.ts';

const moods = {
  Running: 'Open',
  Paused: 'Open',
  Passed: 'Good',
  GoingBack: 'Bad',
  Promoted: 'Good',
  WentBack: 'Bad',
  Aborted: 'Bad',
  Expired: 'Bad',
} as const satisfies Record<ShiftState['phase'], Page['mood']>;

/** A shift as a page shows it: its steps with what was wanted and what was measured. */
export function shiftPage(shift: ShiftState, mesh: ShiftReport['mesh']): Page {
  const { service, services, to, phase, step, steps, expiresAt, clusters, message, verdicts } = shift;
  return {
    title: `${service} to ${to}`,
    verdict: phaseTexts[phase],
    mood: moods[phase],
    facts: [
      ['mesh', mesh],
      ['services', services.join(', ')],
      ['step', `${step} of ${steps.length} (${steps.map((share) => `${share}%`).join(', ')})`],
      ['weights', weightsText(shift)],
      ['written in', clusters.join(', ')],
      ['expires', expiresAt],
    ],
    bars: verdicts.flatMap(({ step: one, share, measured }) => [
      { name: `step ${one}, wanted`, parts: [{ name: to, percent: share }] },
      { name: `step ${one}, measured`, parts: [{ name: to, percent: Number.parseFloat(measured) || 0 }] },
    ]),
    rows: verdictRows(verdicts),
    notes: [
      ...(message === null ? [] : [message]),
      ...verdicts.map(({ step: one, reason }) => `step ${one}: ${reason}`),
    ],
  };
}
