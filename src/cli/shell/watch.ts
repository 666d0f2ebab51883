import { timeOf } from '../../base/clock.ts';
import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import type { EnginePorts } from '../../engine/ports.ts';
import { type ExitCode, exitCodeOf } from './exit-code.ts';
import { renderFailure } from './failure.ts';
import type { Terminal } from './terminal.ts';
import { timeText } from './time-text.ts';

/** What was seen once. */
export interface Look {
  readonly text: string;
  /** RFC 3339. */
  readonly readAt: string;
  readonly code: ExitCode;
  /** By what it is the same as another one; left out, by its text without the time. */
  readonly compared?: string;
}

/** The longest that one look of many may take, in milliseconds: what is older than that is no news. */
export const mostForALook = 60_000;

export interface Watch {
  /** Throws where nothing could be seen. */
  readonly look: () => Promise<Look>;
  readonly intervalMs: number;
  /** The command that is repeated. */
  readonly title: string;
  readonly clock: EnginePorts['clock'];
  /** Ends the watch. */
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
}

/**
 * Looks until the signal ends it, and gives the exit code of the last look. A terminal is redrawn; elsewhere a look that saw
 * the same as the one before is one line. A look that fails takes the place of what was seen before, so that nothing old is
 * taken for the present; the first one that fails ends the watch, since no flag or file gets better by waiting.
 */
export async function watchReport(watch: Watch): Promise<ExitCode> {
  const { clock, intervalMs, signal } = watch;
  let seen = await watch.look();
  show(seen, undefined, watch);
  while (!signal.aborted) {
    try {
      await clock.sleep(intervalMs, signal);
      const before = seen;
      seen = await nextLook(watch);
      show(seen, before, watch);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }
  return seen.code;
}

/** A look, or the error that it ended with. Throws where the watch is ended, and for a defect. */
async function nextLook({ look, clock, signal, terminal }: Watch): Promise<Look> {
  try {
    return await look();
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    if (signal.aborted || error.code === 'internal') throw thrown;
    return { text: renderFailure(error, terminal), readAt: timeOf(clock), code: exitCodeOf(error) };
  }
}

function show(seen: Look, before: Look | undefined, { title, intervalMs, terminal }: Watch): void {
  const { text, readAt, code } = seen;
  if (terminal.redraw !== undefined) {
    terminal.redraw(`${title}, every ${intervalMs / 1000} s; Ctrl-C ends it\n\n${text}`);
    return;
  }
  const isSame = before !== undefined && before.code === code && comparedBy(seen) === comparedBy(before);
  terminal.stdout(isSame ? `unchanged, read at ${timeText(readAt)}\n` : text);
}

/** A text without the time that it holds, where nothing else is given. */
function comparedBy({ text, readAt, compared }: Look): string {
  return compared ?? text.replaceAll(timeText(readAt), '');
}

/** Throws `usage` where what is watched is a folder. */
export function refuseStored({ snapshot }: { readonly snapshot?: string | undefined }): void {
  if (snapshot === undefined) return;
  throw new IsthmusError('usage', 'a snapshot does not change', { remedy: 'leave `--watch` or `--snapshot` out' });
}
