import { list } from '../../../scripts/docs/prose.ts';
import type { ReportedKind } from './reports.ts';
import type { AllSeen } from './seen.ts';
import { singleFaults } from './tried-faults.ts';

/** The faults of which the name has these words, behind the cluster's. */
export function faultsOf(words: string): readonly string[] {
  return singleFaults.map(({ name }) => name).filter((name) => name.split(': ')[1]?.startsWith(words));
}

/** What the table says of a kind; one counts as live where each of its faults was named first. */
function shownAs({ proof }: ReportedKind, seen: AllSeen): string {
  switch (proof.how) {
    case 'Live': {
      const text = liveText(proof.faults.flatMap(faultsOf), seen);
      return proof.bySymptom && text.startsWith('live') ? `${text}, by what it leaves behind` : text;
    }
    case 'Unseen':
      return `not shown: ${proof.why}`;
    case 'Aside':
      return `set aside: ${proof.why}`;
  }
}

function liveText(all: readonly string[], seen: AllSeen): string {
  const first = all.filter((name) => seen[name]?.named === 'First');
  if (first.length === all.length) return 'live';
  if (first.length > 0) return `live, ${first.length} of ${all.length} faults`;
  return all.some((name) => seen[name] !== undefined) ? 'tried, and not named first' : 'not run on a mesh yet';
}

/** All kinds in their order, with sums before them. */
export function coverageText(kinds: readonly ReportedKind[], seen: AllSeen): string {
  const rows = kinds.map((kind, index) => {
    const codes = 'codes' in kind.proof ? ` (${kind.proof.codes.map((code) => `\`${code}\``).join(', ')})` : '';
    return { how: shownAs(kind, seen), text: `${index + 1}: ${kind.what}${codes}; ${shownAs(kind, seen)}` };
  });
  const counted = (start: string): number => rows.filter(({ how }) => how.startsWith(start)).length;
  const aside = counted('set aside');
  const sums = [
    `${kinds.length - aside} of ${kinds.length} kinds concern a mesh as Isthmus knows it; ${aside} are set aside.`,
    `${counted('live')} were put into a live mesh, and the doctor named them first.`,
    `${counted('tried')} more were put into one, and something else was named first.`,
    `${counted('not run')} more have faults that were not run on a mesh yet.`,
    `${counted('not shown')} are not shown.`,
  ];
  return `${list(sums)}\n\n${list(rows.map(({ text }) => text))}`;
}
