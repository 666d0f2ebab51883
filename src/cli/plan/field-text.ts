import type { Json } from '../../base/json.ts';
import type { PlannedChange } from '../../report/plan.ts';
import { diffLines } from './line-diff.ts';

/** Whether long values and texts are cut, or whole. */
export type ValueLength = 'Cut' | 'Whole';

const valueWidth = 120;
const linesShown = 20;

/** A field that changes, in lines. */
export function fieldLines(
  { field, before, after }: PlannedChange['fields'][number],
  length: ValueLength,
): readonly string[] {
  if (typeof before === 'string' && typeof after === 'string' && `${before}${after}`.includes('\n')) {
    return [`${field}:`, ...changedLines(before, after, length).map((line) => `  ${line}`)];
  }
  if (before === undefined) return [`+ ${field}: ${valueText(after, length)}`];
  if (after === undefined) return [`- ${field}: ${valueText(before, length)}`];
  return [`${field}: ${valueText(before, length)} → ${valueText(after, length)}`];
}

function valueText(value: Json | undefined, length: ValueLength): string {
  const text = JSON.stringify(value) ?? '';
  const bare = text === '"(hidden)"' ? '(hidden)' : text;
  return length === 'Cut' && bare.length > valueWidth
    ? `${bare.slice(0, valueWidth)}… (${bare.length} characters)`
    : bare;
}

/** The lines of two texts that differ. */
function changedLines(before: string, after: string, length: ValueLength): readonly string[] {
  const changed = diffLines(before.split('\n'), after.split('\n'))
    .filter(({ side }) => side !== 'Both')
    .map(({ side, text }) => `${side === 'Before' ? '-' : '+'} ${length === 'Cut' ? text.slice(0, valueWidth) : text}`);
  const more = changed.length - linesShown;
  return length === 'Cut' && more > 0 ? [...changed.slice(0, linesShown), `… ${more} more lines`] : changed;
}
