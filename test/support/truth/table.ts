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

/** The first two cells, by which a row is found again. */
function nameOf(fault: Fault): string {
  return `| ${fault.beside === undefined ? fault.group : 'two at random'} | ${fault.name} |`;
}

/** Of a command that was not asked it has what a row of before says. */
export function rowText({ fault, red, verdicts }: Row, before = ''): string {
  const kept = before.split(' | ').slice(-commands.length).join(' | ').replace(/ \|$/, '').split(' | ');
  const cells = commands.map((command, index) => {
    const verdict = verdicts[command];
    return verdict === undefined ? (kept[index] ?? '') : cell(fault, command, verdict);
  });
  const failing = pairs.filter((pair) => red.includes(pair)).map((pair) => pair.replace(' ', ' → '));
  return `${nameOf(fault)} ${[failing.join(', '), ...cells].join(' | ')} |`;
}

function partsOf(page: string): readonly [before: string, table: string, after: string] {
  const [before, rest] = page.split(first);
  const [table, after] = rest?.split(last) ?? [];
  if (before === undefined || table === undefined || after === undefined) {
    throw new Error('the page has no place for the table');
  }
  return [before, table, after];
}

/** The rows that the page has, in its order. */
export function rowsIn(page: string): readonly string[] {
  return partsOf(page)[1]
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (about|---) /.test(line));
}

/** The row of the page that has this fault. */
export function rowOf(page: string, fault: Fault): string | undefined {
  return rowsIn(page).find((row) => row.startsWith(nameOf(fault)));
}

/** The page with these rows in place of those it had. */
export function withRows(page: string, rows: readonly string[]): string {
  const [before, , after] = partsOf(page);
  const columns = ['about', 'fault', 'requests that fail', ...commands];
  const head = [columns, columns.map(() => '---')].map((words) => `| ${words.join(' | ')} |`);
  return [before + first, '', ...head, ...rows, '', last + after].join('\n');
}
