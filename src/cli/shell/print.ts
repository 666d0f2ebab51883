import { jsonText, visibleIn } from './foreign-text.ts';
import type { Terminal } from './terminal.ts';

/** Writes a report to standard output: as JSON, or in words, which are made of its texts as a terminal may show them. */
export function printReport<Report extends object>(
  report: Report,
  output: 'text' | 'json',
  words: (shown: Report) => string,
  { stdout }: Pick<Terminal, 'stdout'>,
): void {
  stdout(output === 'json' ? `${jsonText(report)}\n` : words(visibleIn(report)));
}
