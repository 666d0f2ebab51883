import type { ShiftEvent } from '../../engine/events.ts';
import { quantileText } from '../shell/quantile.ts';
import { paint } from '../shell/terminal.ts';

/** One line for an event of a shift. */
export function shiftLine(event: ShiftEvent, { color }: { readonly color: boolean }): string {
  const words = wordsFor(event);
  const isBad = event.level === 'warning';
  return `${isBad ? paint(words, 'yellow', color) : words}\n`;
}

function wordsFor(event: ShiftEvent): string {
  switch (event.type) {
    case 'Predicted':
      return `predicted: ${event.details.steps.map((share) => `${share}%`).join(', ')} of what ${event.details.callers.join(', ')} send`;
    case 'Armed':
      return `${event.cluster}: the old weights return at ${event.details.expiresAt}`;
    case 'Prepared':
      return `every proxy knows the subsets ${event.details.subsets.join(', ')} (${seconds(event.details.afterMs)})`;
    case 'Written':
      return `step ${event.details.step}: ${sharesText(event.details.weights)} written`;
    case 'Spreading':
      return `step ${event.details.step}: ${event.details.lacking.length} of ${event.details.proxies} sidecars lack it`;
    case 'Programmed':
      return `step ${event.details.step}: all ${event.details.proxies} sidecars have it (${seconds(event.details.afterMs)})`;
    case 'Counted':
      return countedText(event.details);
    case 'Sampled': {
      const { service } = event.details;
      return `${countedText(event.details)}${service === undefined ? '' : ` to ${service}`}`;
    }
    case 'Judged':
      return `step ${event.details.step}: ${event.details.verdict}: ${event.details.reason}`;
    case 'Undone':
      return `${event.cluster}: ${[`${event.details.restored.length} objects as before`, ...event.details.left].join('; ')}`;
    case 'Ended':
      return `${event.details.phase}: ${event.details.message}`;
  }
}

type Sampled = Extract<ShiftEvent, { type: 'Sampled' | 'Counted' }>['details'];

function countedText({ step, callers, p99 }: Pick<Sampled, 'step' | 'callers' | 'p99'>): string {
  return `step ${step}: ${callers.map(callerText).join('; ') || 'no request'}${p99Text(p99)}`;
}

/** `, p99 312 ms (250 to 500), 8.1 ms (5 to 10) elsewhere`; empty where it is not limited. */
export function p99Text(p99: Sampled['p99']): string {
  if (p99 === undefined) return '';
  const [target, sources] = [p99.target, p99.sources].map((one) =>
    one === undefined ? 'not measured' : quantileText({ ...one, toMs: one.toMs ?? null }),
  );
  return `, p99 ${target}, ${sources} elsewhere`;
}

function callerText({ from, target, sources }: Sampled['callers'][number]): string {
  const all = target.requests + sources.requests;
  const share = all === 0 ? 0 : Math.round((1000 * target.requests) / all) / 10;
  const failed = target.errors + sources.errors;
  return `from ${from} ${share}% of ${all} requests${failed === 0 ? '' : `, ${failed} failed`}`;
}

export function sharesText(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights)
    .map(([cluster, weight]) => `${cluster} ${weight}%`)
    .join(', ');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
