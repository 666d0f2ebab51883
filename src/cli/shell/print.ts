import type { Terminal } from './terminal.ts';

/** Writes a report to standard output: as JSON, or in words. */
export function printReport(
  report: object,
  output: 'text' | 'json',
  words: () => string,
  { stdout }: Pick<Terminal, 'stdout'>,
): void {
  stdout(output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : words());
}
