import { list } from '../../../scripts/docs/prose.ts';
import { type Fault, groups, type Pair, pairs } from './fault.ts';
import { type Command, cell, commands, type Verdict } from './judge.ts';

/** What was seen of a fault. */
export interface Seen {
  readonly fault: Fault;
  readonly red: readonly Pair[];
  readonly verdicts: Partial<Readonly<Record<Command, Verdict>>>;
}

/** What docs/reliability.md has of a fault, and below which heading: its name, the requests that fail, the verdicts. */
export interface Entry {
  readonly about: string;
  readonly text: string;
}

const first = '<!-- the table of faults: npm run soak -- truth -->';
const last = '<!-- end of the table of faults -->';
const drawn = 'two at random';
const headings: readonly string[] = [...groups, drawn];

function aboutOf(fault: Fault): string {
  return fault.beside === undefined ? fault.group : drawn;
}

/** Of a command that was not asked it has what an entry of before says. */
export function entryOf({ fault, red, verdicts }: Seen, before?: Entry): Entry {
  const kept = verdictsIn(before);
  const words = commands.map((command) => {
    const verdict = verdicts[command];
    return `${command} ${verdict === undefined ? (kept.get(command) ?? '') : cell(fault, command, verdict)}`;
  });
  const failing = pairs.filter((pair) => red.includes(pair)).map((pair) => pair.replace(' ', ' → '));
  const text = `${list([`${fault.name}. Requests that fail: ${failing.join(', ')}.`])}\n  ${words.join(', ')}`;
  return { about: aboutOf(fault), text };
}

/** What an entry says of each command. */
export function verdictsIn(entry: Entry | undefined): ReadonlyMap<string, string> {
  const line = entry?.text.split('\n').at(-1)?.trim() ?? '';
  return new Map(
    line
      .split(', ')
      .map((words) => words.split(' '))
      .map(([command = '', said = '']) => [command, said]),
  );
}

function partsOf(page: string): readonly [before: string, table: string, after: string] {
  const [before, rest] = page.split(first);
  const [table, after] = rest?.split(last) ?? [];
  if (before === undefined || table === undefined || after === undefined) {
    throw new Error('the page has no place for the table');
  }
  return [before, table, after];
}

/** What the page has, in its order. */
export function entriesIn(page: string): readonly Entry[] {
  const [, table] = partsOf(page);
  return table.split(/^### /m).flatMap((section) => {
    const [about = '', ...entries] = section.trim().split(/\n+(?=- )/);
    return entries.map((text) => ({ about, text }));
  });
}

/** What the page has of this fault. */
export function entryIn(page: string, fault: Fault): Entry | undefined {
  const start = `- ${fault.name}. Requests that fail: `;
  return entriesIn(page).find(
    ({ about, text }) => about === aboutOf(fault) && text.replaceAll('\n  ', ' ').startsWith(start),
  );
}

/** The page with these in place of those it had. */
export function withEntries(page: string, entries: readonly Entry[]): string {
  const [before, , after] = partsOf(page);
  const sections = headings.flatMap((about) => {
    const own = entries.filter((entry) => entry.about === about).map(({ text }) => text);
    return own.length === 0 ? [] : [`### ${about}\n\n${own.join('\n')}`];
  });
  return [before + first, ...sections, last + after].join('\n\n');
}
