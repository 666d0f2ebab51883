import { asIsthmusError, type IsthmusError } from '../../base/error.ts';
import type { Finding } from '../../base/finding.ts';
import { remedyText } from './remedy-text.ts';
import { paint, type Terminal } from './terminal.ts';

/** Shows an error as every command does: what, in which cluster, why, and what to do next. */
export function renderFailure(error: IsthmusError, color: boolean, source = ''): string {
  const named = error.cluster === undefined || error.message.includes(error.cluster);
  const where = named ? '' : `${error.cluster}: `;
  const lines = [`${paint('error', 'red', color)}: ${where}${error.message} [${error.code}]`];
  lines.push(...error.findings.flatMap((one) => findingText(one, source)));
  if (error.remedy !== undefined)
    lines.push(`${paint('hint', 'blue', color)}: ${remedyText(error.remedy, { source })}`);
  if (error.code === 'internal' && error.cause instanceof Error && error.cause.stack !== undefined) {
    lines.push(error.cause.stack, 'This is a defect of Isthmus: please report it with the lines above.');
  }
  return `${lines.join('\n')}\n`;
}

function findingText({ cluster, message, remedy }: Finding, source: string): readonly string[] {
  const where = cluster === undefined ? '' : `${cluster}: `;
  return [`  ${where}${message}`, `    ${remedyText(remedy, { source })}`];
}

/** Writes any thrown value to stderr and gives it back as ours. */
export function showFailure(thrown: unknown, terminal: Terminal): IsthmusError {
  const error = asIsthmusError(thrown);
  terminal.stderr(renderFailure(error, terminal.color));
  return error;
}
