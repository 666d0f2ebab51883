import type { Finding } from '../../base/finding.ts';
import { remedyText } from './remedy-text.ts';
import { paint } from './terminal.ts';

const marks = { error: ['!', 'red'], warning: ['-', 'yellow'], info: ['-', 'dim'] } as const;

/** A finding below a table: what is wrong and where, then what to do about it. */
export function findingLines(
  { severity, cluster, message, code, remedy }: Finding,
  { source, color }: { readonly source: string; readonly color: boolean },
): readonly string[] {
  const [mark, tone] = marks[severity];
  const where = cluster === undefined ? '' : `${cluster}: `;
  return [`${paint(mark, tone, color)} ${where}${message} [${code}]`, `  ${remedyText(remedy, { source })}`];
}
