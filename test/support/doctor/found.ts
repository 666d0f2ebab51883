import type { Seen } from './seen.ts';
import { type Tool, tools } from './tools.ts';

/**
 * What a tool says is found, whatever it says and however far from the cause, as long as it does not say it of the mesh
 * when it is whole. Left out is what says nothing of the mesh: how the tool itself ended, and counts of messages.
 */
const nothing: readonly RegExp[] = [
  /^(no longer: )?(west|east): (✔|NAME |Error: Analyzers found issues|Analyzed by|See https:)/,
  /^(no longer: )?(west|east): it did not end within/,
  /^(no longer: )?(west|east): (Error: )?Issues found when checking the cluster/,
];

/** The lines of a tool that count. */
export function countedOf({ tools: said }: Seen, tool: Tool): readonly string[] {
  return (said?.[tool] ?? []).filter((line) => !nothing.some((one) => one.test(line)));
}

/** What the table says of a tool: the codes of its messages, or that it says something. */
export function cellOf(seen: Seen, tool: Tool): string {
  const counted = countedOf(seen, tool);
  if (counted.length === 0) return '–';
  const codes = new Set(counted.flatMap((line) => /\bIST\d{4}\b/.exec(line)?.[0] ?? []));
  return codes.size === 0 ? 'yes' : [...codes].toSorted().join(', ');
}

/** How many of the faults each tool says anything of. */
export function foundBy(all: readonly Seen[]): readonly { readonly tool: Tool; readonly found: number }[] {
  return tools.map((tool) => ({ tool, found: all.filter((seen) => countedOf(seen, tool).length > 0).length }));
}
