/** A target, what the others have of the rest by cluster, in percent, and the target's share in each step. */
export interface SteppedSplit {
  readonly to: string;
  readonly from: Readonly<Record<string, number>>;
  readonly steps: readonly number[];
}

/**
 * The weights of a step, from 1: the target gets its share and the others divide the rest as before. What does not divide
 * goes to those that lost most by rounding.
 */
export function splitAt({ to, from, steps }: SteppedSplit, step: number): Readonly<Record<string, number>> {
  const share = steps[step - 1] ?? 0;
  const rest = 100 - share;
  const exact = Object.entries(from).map(([cluster, part]) => ({ cluster, exact: (part * rest) / 100 }));
  const floors = exact.map((one) => ({ ...one, weight: Math.floor(one.exact) }));
  const left = rest - floors.reduce((sum, { weight }) => sum + weight, 0);
  const byLoss = floors.toSorted((one, other) => other.exact - other.weight - (one.exact - one.weight));
  const raised = new Set(byLoss.slice(0, left).map(({ cluster }) => cluster));
  const others = floors.map(({ cluster, weight }) => [cluster, raised.has(cluster) ? weight + 1 : weight] as const);
  return Object.fromEntries([...others, [to, share]]);
}
