import { type Fault, type Pair, pairs } from './fault.ts';
import { type Command, cell, commands, type Verdict } from './judge.ts';

/** A row of the table in docs/reliability.md. */
export interface Row {
  readonly fault: Fault;
  readonly red: readonly Pair[];
  readonly verdicts: Partial<Readonly<Record<Command, Verdict>>>;
}

const first = '<!-- the table of faults: npm run soak -- truth -->';
const last = '<!-- end of the table of faults -->';

export function rowText({ fault, red, verdicts }: Row): string {
  const cells = commands.map((command) => cell(fault, command, verdicts[command] ?? 'unknown'));
  const failing = pairs.filter((pair) => red.includes(pair)).map((pair) => pair.replace(' ', ' → '));
  return `| ${[fault.group, fault.name, failing.join(', '), ...cells].join(' | ')} |`;
}

/** The page with these rows in place of those it had. */
export function withRows(page: string, rows: readonly string[]): string {
  const [before, rest] = page.split(first);
  const after = rest?.split(last)[1];
  if (before === undefined || after === undefined) throw new Error('the page has no place for the table');
  const columns = ['about', 'fault', 'requests that fail', ...commands];
  const head = [columns, columns.map(() => '---')].map((words) => `| ${words.join(' | ')} |`);
  return [before + first, '', ...head, ...rows, '', last + after].join('\n');
}

/** The group and the name of each fault in the page. */
export function faultsIn(page: string): readonly string[] {
  const table = page.split(first)[1]?.split(last)[0] ?? '';
  return [...table.matchAll(/^\| ([^|]+) \| ([^|]+) \|/gm)]
    .map((match) => `${match[1]}: ${match[2]}`)
    .filter((text) => !/^(about|---):/.test(text));
}
