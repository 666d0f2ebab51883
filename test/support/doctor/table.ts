import { everyFault } from '../truth/faults.ts';
import { cellOf, foundBy } from './found.ts';
import { quietFaults } from './quiet-faults.ts';
import type { AllSeen } from './seen.ts';
import { tools } from './tools.ts';

/** What stands before and after the table of a page. */
export type Marks = readonly [first: string, last: string];

const ofFaults: Marks = [
  '<!-- the table of live faults: npm run soak -- doctor -->',
  '<!-- end of the table of live faults -->',
];

/** The table of what was said of each fault that was tried, with a line of sums. */
export function tableOf(all: AllSeen): string {
  const tried = [...everyFault, ...quietFaults].flatMap((fault) => {
    const seen = all[fault.name];
    return seen === undefined ? [] : [{ fault, seen }];
  });
  const rows = tried.map(({ fault, seen }) => [
    fault.name,
    seen.doctor.map((cause) => `\`${cause}\``).join(', ') || '–',
    seen.fix === 'Mended' ? 'yes' : '–',
    ...tools.map((tool) => cellOf(seen, tool)),
  ]);
  const named = tried.filter(({ seen }) => seen.doctor.length > 0).length;
  const mended = tried.filter(({ seen }) => seen.fix === 'Mended').length;
  const found = foundBy(tried.map(({ seen }) => seen)).map(({ found: count }) => `${count}`);
  const head = ['fault', 'isthmus doctor', '--fix', ...tools];
  return [head, head.map(() => '---'), ...rows, [`of ${tried.length}`, `${named}`, `${mended}`, ...found]]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** The page with this table in the place of the one that it has. */
export function withTable(page: string, table: string, [first, last]: Marks = ofFaults): string {
  const [before, rest] = page.split(first);
  const after = rest?.split(last)[1];
  if (before === undefined || after === undefined) throw new Error('the page has no place for the table');
  return `${before}${first}\n\n${table}\n\n${last}${after}`;
}
