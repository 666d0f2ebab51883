import { asIsthmusError, type ErrorCode, type IsthmusError } from '../../base/error.ts';
import type { Remedy } from '../../base/remedy.ts';
import { renderFindings } from './finding-text.ts';
import { visible, visibleMessage } from './foreign-text.ts';
import { remedyText } from './remedy-text.ts';
import { paint, type Terminal } from './terminal.ts';

/** An error as it was thrown, or as a report keeps it. */
export interface ShownError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy?: Remedy | undefined;
  readonly cluster?: string | undefined;
}

export interface FailureTextOptions {
  readonly color: boolean;
  /** The flags that name the mesh again; left out, none. */
  readonly source?: string;
}

/** Shows an error as every command does: what, in which cluster, why, and what to do next. */
export function renderFailure(error: ShownError, { color, source = '' }: FailureTextOptions): string {
  const { code, cluster, remedy } = error;
  const message = visibleMessage(error.message);
  const where = cluster === undefined || message.includes(cluster) ? '' : `${visible(cluster)}: `;
  const lines = [`${paint('error', 'red', color)}: ${where}${message} [${code}]`];
  if (remedy !== undefined) lines.push(`${paint('hint', 'blue', color)}: ${visible(remedyText(remedy, { source }))}`);
  return `${lines.join('\n')}\n`;
}

/** Writes any thrown value to stderr, with the findings that it brings, and gives it back as ours. */
export function showFailure(thrown: unknown, { stderr, color }: Terminal, source: string): IsthmusError {
  const error = asIsthmusError(thrown);
  stderr(renderFindings(error.findings, { color, source }));
  stderr(renderFailure(error, { color, source }));
  if (error.code === 'internal' && error.cause instanceof Error && error.cause.stack !== undefined) {
    stderr(`${framesOf(error.cause.stack)}\nThis is a defect of Isthmus: please report it with the lines above.\n`);
  }
  return error;
}

/** A stack begins with the message, which is shown already and may hold a text of others. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map(visible)
    .join('\n');
}
