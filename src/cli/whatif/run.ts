import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { IsthmusError } from '../../base/error.ts';
import { option, remedy } from '../../base/remedy.ts';
import type { NamedText } from '../../engine/options.ts';
import type { ExitCode } from '../shell/exit-code.ts';
import type { SnapshotFlags } from '../shell/flags.ts';
import { type CommandRun, openNamed } from '../shell/open.ts';
import { printReport } from '../shell/print.ts';
import type { Assertion } from '../shell/request-flags.ts';
import { useCaseOptions } from '../shell/run-options.ts';
import { sourceFlags } from '../shell/source-flags.ts';
import { listsOf } from '../trace/run.ts';
import { conclusionOf } from './conclusion.ts';
import { whatifText } from './text.ts';

export interface WhatIfFlags extends SnapshotFlags {
  readonly down?: readonly string[];
  readonly split?: readonly string[];
  readonly change?: readonly string[];
  readonly connected?: readonly string[];
  readonly path?: string;
  readonly method?: string;
  readonly acceptUnknown?: boolean;
  readonly assumptions?: boolean;
  readonly assert?: readonly Assertion[];
}

/**
 * Says what changes for traffic when parts of the mesh are gone or objects differ. 7 where an assertion is violated, 10 where
 * flows are not known: no assertion passes on those.
 */
export async function runWhatIf(flags: WhatIfFlags, run: CommandRun): Promise<ExitCode> {
  const { down, output } = flags;
  const session = await openNamed(flags, run);
  const changes = await Promise.all((flags.change ?? []).map(changeFile));
  const report = await session.whatif({
    ...useCaseOptions(flags),
    down,
    splits: flags.split,
    changes,
    connected: flags.connected,
    path: flags.path,
    method: flags.method,
  });
  const { terminal } = run;
  printReport(
    report,
    output,
    (shown) => whatifText(shown, { color: terminal.color, source: sourceFlags(flags), lists: listsOf(flags) }),
    terminal,
  );
  const { code, messages } = conclusionOf(report, flags);
  for (const message of messages) terminal.stderr(`${message}\n`);
  return code;
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
