import { list } from '../../../scripts/docs/prose.ts';
import { cellOf, foundBy } from './found.ts';
import type { AllSeen, Seen } from './seen.ts';
import { type Tool, tools } from './tools.ts';
import { triedFaults } from './tried-faults.ts';

/** What stands before and after the table of a page. */
export type Marks = readonly [first: string, last: string];

const ofFaults: Marks = [
  '<!-- the table of live faults: npm run soak -- doctor -->',
  '<!-- end of the table of live faults -->',
];

/** How many of the faults that were tried each command names or says anything of, then fault by fault. */
export function tableOf(all: AllSeen): string {
  const tried = triedFaults.flatMap((fault) => {
    const seen = all[fault.name];
    return seen === undefined ? [] : [{ fault, seen }];
  });
  const of = (count: number): string => `${count} of ${tried.length}`;
  const asked = tried.map(({ seen }) => seen).filter(({ tools: said }) => said !== undefined);
  const fixed = tried.filter(({ seen }) => seen.fix !== undefined);
  const mended = fixed.filter(({ seen }) => seen.fix === 'Mended');
  const sums = [
    ['command', 'faults'],
    ['---', '---'],
    ['`isthmus doctor`: names the cause first', of(tried.filter(({ seen }) => seen.named === 'First').length)],
    ['`isthmus doctor`: names something else too', of(tried.filter(({ seen }) => seen.others.length > 0).length)],
    ['`isthmus doctor --fix`: mends it alone, where it was tried', `${mended.length} of ${fixed.length}`],
    ...foundBy(asked).map(({ tool, found }) => [
      `\`istioctl ${commandOf[tool]}\`: says anything of it, where it was asked`,
      `${found} of ${asked.length}`,
    ]),
  ];
  const lines = tried.map(({ fault, seen }) => `${fault.name}. ${doctorText(seen)} ${toolsText(seen)}`);
  return `${sums.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n\n${list(lines)}`;
}

const commandOf: Readonly<Record<Tool, string>> = {
  analyze: 'analyze --remote-contexts',
  precheck: 'x precheck',
  'remote-clusters': 'remote-clusters',
};

function doctorText({ doctor, fix }: Seen): string {
  const named = doctor.map((cause) => `\`${cause}\``).join(', ') || 'nothing';
  return `Doctor: ${named}${fix === 'Mended' ? '; `--fix` mends it' : ''}.`;
}

function toolsText(seen: Seen): string {
  if (seen.tools === undefined) return 'istioctl: not asked.';
  const said = tools.flatMap((tool) => {
    const cell = cellOf(seen, tool);
    return cell === '–' ? [] : [cell === 'yes' ? tool : `${tool} (${cell})`];
  });
  return `istioctl: ${said.join(', ') || 'nothing'}.`;
}

/** The page with this table in the place of the one that it has. */
export function withTable(page: string, table: string, [first, last]: Marks = ofFaults): string {
  const [before, rest] = page.split(first);
  const after = rest?.split(last)[1];
  if (before === undefined || after === undefined) throw new Error('the page has no place for the table');
  return `${before}${first}\n\n${table}\n\n${last}${after}`;
}
