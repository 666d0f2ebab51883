import type { OutputForm } from './flags.ts';
import { jsonText, visibleIn } from './foreign-text.ts';
import type { Terminal } from './terminal.ts';
import { yamlText } from './yaml-text.ts';

/** Writes a report to standard output: as JSON or YAML, or in words, which are made of its texts as a terminal may show them. */
export function printReport<Report extends object>(
  report: Report,
  output: OutputForm,
  words: (shown: Report) => string,
  { stdout }: Pick<Terminal, 'stdout'>,
): void {
  stdout(reportText(report, output, words));
}

export function reportText<Report extends object>(
  report: Report,
  output: OutputForm,
  words: (shown: Report) => string,
): string {
  switch (output) {
    case 'json':
      return `${jsonText(report)}\n`;
    case 'yaml':
      return yamlText(report);
    case 'text':
      return words(visibleIn(report));
  }
}
