import type { CommandContext, StricliProcess } from '@stricli/core';
import { IsthmusError } from '../../base/error.ts';
import { remedy, repeat } from '../../base/remedy.ts';
import { type ExitCode, exitCodeOf } from './exit-code.ts';
import { showFailure } from './failure.ts';
import { withoutColor, withoutSteering } from './foreign-text.ts';
import { createLiveBlock, type LiveBlock } from './live-block.ts';
import { type SourceNames, sourceFlags } from './source-flags.ts';
import { type Terminal, wantsColor } from './terminal.ts';

/** What a command is given besides its flags. */
export interface CliContext extends CommandContext {
  readonly process: StricliProcess & { readonly env: Readonly<Record<string, string | undefined>> };
  /** Whether stderr, where progress goes, is a terminal. */
  readonly isTTY: boolean;
  /** Whether stdout is a terminal: it has colours, and what is watched is redrawn there. */
  readonly redraws?: boolean;
  /** The columns of the terminal on stderr now; left out, 80. */
  readonly columns?: () => number | undefined;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** The version of Isthmus. */
  readonly version: string;
  /** What the command ended with. */
  readonly outcome: { code: ExitCode };
}

export interface CommonFlags extends SourceNames {
  readonly noColor?: boolean;
}

export function terminalOf(context: CliContext, flags: CommonFlags): Terminal {
  const { process, isTTY, redraws } = context;
  const wants = (terminal: boolean): boolean =>
    flags.noColor !== true && wantsColor({ isTTY: terminal, env: process.env });
  const [onStdout, onStderr] = [wants(redraws === true), wants(isTTY)];
  const color = onStdout || onStderr;
  const live = isTTY && process.env.TERM !== 'dumb' ? liveBlockOf(context, onStderr) : undefined;
  const above = (write: () => void): void => (live === undefined ? write() : live.above(write));
  return {
    stdout: (text) => above(() => process.stdout.write(shownOn(text, onStdout))),
    stderr: (text) => above(() => process.stderr.write(shownOn(text, onStderr))),
    color,
    ...(live === undefined ? {} : { live }),
    ...(redraws === true && process.env.TERM !== 'dumb'
      ? { redraw: (text) => process.stdout.write(`${clearScreen}${shownOn(text, onStdout)}`) }
      : {}),
  };
}

function shownOn(text: string, color: boolean): string {
  return color ? withoutSteering(text, { color }) : withoutSteering(withoutColor(text), { color });
}

function liveBlockOf({ process, columns }: CliContext, color: boolean): LiveBlock {
  return createLiveBlock({
    write: (text) => process.stderr.write(text),
    // A terminal that does not know its size says 0.
    columns: () => columns?.() || usualColumns,
    now: () => performance.now(),
    every: (milliseconds, call) => {
      const timer = setInterval(call, milliseconds).unref();
      return () => clearInterval(timer);
    },
    color,
  });
}

const usualColumns = 80;

/** Clears the screen and begins at its upper left corner. */
const clearScreen = '\u001b[2J\u001b[H';

/** Runs a command's body, shows what it throws and keeps the exit code. */
export async function conclude(
  context: CliContext,
  flags: CommonFlags,
  body: (terminal: Terminal) => Promise<ExitCode>,
): Promise<void> {
  const terminal = terminalOf(context, flags);
  try {
    context.outcome.code = await body(terminal);
  } catch (thrown) {
    const failure = context.signal.aborted ? interrupted(thrown) : thrown;
    terminal.live?.end();
    context.outcome.code = exitCodeOf(showFailure(failure, terminal, sourceFlags(flags)));
  } finally {
    terminal.live?.end();
  }
}

function interrupted(cause: unknown): IsthmusError {
  // A command that says what its interruption left behind says more than we could.
  if (cause instanceof IsthmusError && cause.code === 'cancelled' && cause.remedy !== undefined) return cause;
  return new IsthmusError('cancelled', 'interrupted: nothing more was started', {
    cause,
    remedy: remedy`${repeat()}: it goes on where this one stopped`,
  });
}
