import type { ApplyOptions, Loss } from '../../engine/options.ts';
import { type Ask, askOnTerminal, confirm } from '../shell/confirm.ts';
import type { ApplyFlags } from '../shell/flags.ts';
import { visibleIn } from '../shell/foreign-text.ts';
import type { CommandRun } from '../shell/open.ts';
import { refText } from '../shell/ref-text.ts';
import { paint } from '../shell/terminal.ts';

/**
 * Asks a person at a terminal about what an apply deletes or gives up. Where nobody can be asked, a pipe or a job, the
 * limits on deletions decide alone; so they do with `--yes`.
 */
export function askAboutLosses(
  { yes }: Pick<ApplyFlags, 'yes'>,
  { context, terminal }: CommandRun,
  {
    isTyped = process.stdin.isTTY === true,
    ask = askOnTerminal,
  }: { readonly isTyped?: boolean; readonly ask?: Ask } = {},
): ApplyOptions['approveLosses'] {
  if (yes === true || !context.isTTY || !isTyped) return undefined;
  return async (losses) => {
    terminal.live?.end();
    terminal.stderr(lossesText(visibleIn(losses), terminal.color));
    await confirm({ word: 'yes', deed: deedOf(losses), yes: false, interactive: true, signal: context.signal }, ask);
  };
}

/** A line for each object, in the marks of a plan; what is lost with it below. */
export function lossesText(losses: readonly Loss[], color: boolean): string {
  const lines = losses.map(({ cluster, action, object, loss }) => {
    const mark = action === 'Delete' ? paint('-', 'red', color) : paint('~', 'yellow', color);
    return `${cluster}: ${mark} ${refText(object)}${loss === undefined ? '' : `: ${loss}`}`;
  });
  return `${lines.join('\n')}\n`;
}

function deedOf(losses: readonly Loss[]): string {
  const deleted = losses.filter(({ action }) => action === 'Delete').length;
  const released = losses.filter(({ loss }) => loss !== undefined).length;
  const parts = [
    ...(deleted === 0 ? [] : [`delete ${deleted} ${deleted === 1 ? 'object' : 'objects'}`]),
    ...(released === 0 ? [] : [`release ${released} ${released === 1 ? 'address' : 'addresses'}`]),
  ];
  return parts.join(' and ');
}
