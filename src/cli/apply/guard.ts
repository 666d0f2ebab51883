import { IsthmusError } from '../../base/error.ts';
import { option, remedy } from '../../base/remedy.ts';
import type { GuardEvent } from '../../engine/events.ts';
import type { GuardOptions } from '../../engine/options.ts';
import type { GuardReport } from '../../report/guard.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { ApplyFlags } from '../shell/flags.ts';
import { table } from '../shell/table.ts';
import { paint } from '../shell/terminal.ts';

interface Guarded {
  readonly guard?: GuardReport;
}

/** How an apply is watched; undefined where it is not. */
export function guardOptions({ guard, probeImage }: ApplyFlags): GuardOptions | undefined {
  return guard === undefined ? undefined : { forMs: guard, probeImage };
}

/** Refuses what a guard cannot be combined with. */
export function refuseGuardWith({ guard, dryRun, verify }: ApplyFlags): void {
  if (guard === undefined || (dryRun !== true && verify !== true)) return;
  throw new IsthmusError('usage', 'an apply that is watched is neither only planned nor verified', {
    remedy: remedy`leave ${option('guard')}, ${option('dryRun')} or ${option('verify')} out`,
  });
}

/** The text of an apply, and before it what requests did meanwhile. Of one that went back nothing else is true any longer. */
export function withGuard(
  text: string,
  { guard, mesh }: Guarded & { readonly mesh: string },
  { color }: { readonly color: boolean },
): string {
  if (guard === undefined) return text;
  const end =
    guard.outcome === 'WentBack'
      ? `mesh ${mesh}: what was there before is back. The change is still in the mesh file, and its next apply brings it.\n`
      : text;
  return `${guardText(guard, color)}\n${end}`;
}

const outcomes = { Kept: 'kept', WentBack: 'went back', NotNeeded: 'not watched' } as const;
const colors = { Kept: 'green', WentBack: 'red', NotNeeded: 'dim' } as const;

function guardText({ outcome, reason, flows, left, seconds }: GuardReport, color: boolean): string {
  const rows = flows.map(({ host, from, requests, failed, answered, predicted }) => [
    ...[host.replace(/\.svc\..*$/, ''), from, `${failed} of ${requests}`],
    sharesText(percentOf(answered)),
    predicted === null ? '?' : sharesText(predicted),
  ]);
  const lines = [
    `guard: ${paint(outcomes[outcome], colors[outcome], color)} after ${seconds.toFixed(0)} s: ${reason}`,
    ...(rows.length === 0 ? [] : [table([['SERVICE', 'FROM', 'FAILED', 'ANSWERED', 'PREDICTED'], ...rows])]),
    ...left.map((why) => `left as it is: ${why}`),
  ];
  return `${lines.join('\n')}\n`;
}

function percentOf(answered: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const whole = Object.values(answered).reduce((sum, one) => sum + one, 0);
  return Object.fromEntries(
    Object.entries(answered).flatMap(([cluster, one]) => (one === 0 ? [] : [[cluster, (100 * one) / whole]])),
  );
}

function sharesText(shares: Readonly<Record<string, number>>): string {
  const parts = Object.entries(shares)
    .filter(([, share]) => share > 0)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return parts.map(([cluster, share]) => `${cluster} ${Math.round(share)}%`).join(', ') || '-';
}

/** A change that went back is the answer no, whatever of it could be made. */
export function codeWithGuard(code: ExitCode, { guard }: Guarded): ExitCode {
  return guard?.outcome === 'WentBack' ? exitCodes.answerIsNo : code;
}

const types: ReadonlySet<string> = new Set<GuardEvent['type']>(['Guarded', 'Watched', 'Concluded', 'PutBack']);

export function isGuardEvent(event: { readonly type: string }): event is GuardEvent {
  return types.has(event.type);
}

/** One line for an event of a guard. */
export function guardLine(event: GuardEvent, { color }: { readonly color: boolean }): string {
  const words = wordsFor(event);
  return `${event.level === 'warning' ? paint(words, 'yellow', color) : words}\n`;
}

function wordsFor(event: GuardEvent): string {
  switch (event.type) {
    case 'Guarded':
      return `${event.cluster}: ${event.details.objects.length} objects go back at ${event.details.expiresAt}, or when this process is gone`;
    case 'Watched':
      return `watching: ${watchedText(event)}`;
    case 'Concluded':
      return `${outcomes[event.details.outcome]}: ${event.details.reason}`;
    case 'PutBack':
      return `${event.cluster}: ${[`${event.details.restored.length} objects as before`, ...event.details.left].join('; ')}`;
  }
}

export function watchedText({ details: { flows, leftMs } }: Extract<GuardEvent, { type: 'Watched' }>): string {
  const sum = (key: 'requests' | 'failed'): number => flows.reduce((all, one) => all + one[key], 0);
  return `${sum('requests')} requests since the change, ${sum('failed')} failed; ${Math.ceil(leftMs / 1000)} s left`;
}
