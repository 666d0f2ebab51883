import { wrapped } from '../../src/cli/shell/wrap.ts';

const width = 120;

/** A paragraph of a page, in lines of at most 120 columns. */
export function paragraph(text: string): string {
  return wrapped(text, width).join('\n');
}

/** What a command prints, as a page shows it: indented, its further lines more than the first. */
export function example(text: string): string {
  return wrapped(text, width - 6)
    .map((line, index) => `${index === 0 ? '    ' : '      '}${line}`)
    .join('\n');
}

/** A list of a page, one entry after the other. */
export function list(entries: readonly string[]): string {
  return entries
    .flatMap((entry) => wrapped(entry, width - 2).map((line, index) => `${index === 0 ? '- ' : '  '}${line}`))
    .join('\n');
}
