import type { ShiftEvent } from '../../engine/events.ts';
import type { LiveState } from '../shell/live-block.ts';
import { p99Text, sharesText } from './progress.ts';

/** The one line of a shift that is drawn again: its steps are of all clusters together. */
export const shiftLineName = 'shift';

/** How far a shift is after an event; undefined where it says nothing of that. */
export function shiftState(event: ShiftEvent): LiveState | undefined {
  switch (event.type) {
    case 'Predicted':
      return { done: 0, total: event.details.steps.length, text: 'starting what puts the old weights back' };
    case 'Written': {
      const { step, of, weights } = event.details;
      const text = `step ${step} of ${of}: waiting until every sidecar has ${sharesText(weights)}`;
      return { done: step - 1, total: of, text };
    }
    case 'Counted':
      return countedState(event.details);
    case 'Armed':
    case 'Prepared':
    case 'Spreading':
    case 'Programmed':
    case 'Sampled':
    case 'Judged':
    case 'Undone':
    case 'Ended':
      return undefined;
  }
}

type Counted = Extract<ShiftEvent, { type: 'Counted' }>['details'];

function countedState({ step, of, share, callers, p99, leftMs, expiresInMs }: Counted): LiveState {
  let [target, all, failed] = [0, 0, 0];
  for (const caller of callers) {
    target += caller.target.requests;
    all += caller.target.requests + caller.sources.requests;
    failed += caller.target.errors + caller.sources.errors;
  }
  const measured = all === 0 ? 'no request yet' : `${Math.round((1000 * target) / all) / 10}% of ${all} requests`;
  const due = leftMs === 0 ? 'due' : `${Math.ceil(leftMs / 1000)} s left`;
  const text = `step ${step} of ${of}: ${share}% predicted, ${measured}, ${failed} failed${p99Text(p99)}; ${due}, expires in ${spanText(expiresInMs)}`;
  return { done: step - 1, total: of, text, about: `step ${step}` };
}

function spanText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}
