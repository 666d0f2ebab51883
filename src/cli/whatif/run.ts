import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { IsthmusError } from '../../base/error.ts';
import { option, remedy } from '../../base/remedy.ts';
import type { NamedText } from '../../engine/options.ts';
import type { WhatIf } from '../../report/whatif.ts';
import { type ExitCode, exitCodes } from '../shell/exit-code.ts';
import type { SnapshotFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import type { Assertion } from '../shell/request-flags.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { whatifText } from './text.ts';

export interface WhatIfFlags extends SnapshotFlags {
  readonly down?: readonly string[];
  readonly change?: readonly string[];
  readonly connected?: readonly string[];
  readonly path?: string;
  readonly method?: string;
  readonly assert?: readonly Assertion[];
}

/** Says what changes for traffic when parts of the mesh are gone or objects differ. 7 where an assertion is violated. */
export async function runWhatIf(flags: WhatIfFlags, run: CommandRun): Promise<ExitCode> {
  const { down, output } = flags;
  const session = await openNamed(flags, run);
  const changes = await Promise.all((flags.change ?? []).map(changeFile));
  const report = await session.whatif({
    ...useCaseOptions(flags),
    down,
    changes,
    connected: flags.connected,
    path: flags.path,
    method: flags.method,
  });
  const { terminal } = run;
  printReport(report, output, (shown) => whatifText(shown, terminal.color), terminal);
  const violated = (flags.assert ?? []).filter(({ what, most }) => countOf(report, what) > most);
  for (const { what, most } of violated) {
    terminal.stderr(`assertion violated: ${countOf(report, what)} ${what}, at most ${most}\n`);
  }
  return violated.length === 0 ? exitCodes.done : exitCodes.answerIsNo;
}

function countOf({ counts }: WhatIf, what: Assertion['what']): number {
  return what === 'unreachable' ? counts.Unreachable : counts.Degraded;
}

async function changeFile(name: string): Promise<NamedText> {
  if (name === '-') return { name, text: await text(process.stdin) };
  return { name, text: await readFile(name, 'utf8').catch((cause: unknown) => unreadable(name, cause)) };
}

function unreadable(name: string, cause: unknown): never {
  throw new IsthmusError('file-unreadable', `${name} cannot be read`, {
    cause,
    remedy: remedy`name a file with ${option('change', 'FILE')}`,
  });
}
