import type { WriteCounts } from '../../src/apply/run/writer.ts';

/** An apply's result, or the report of it. */
interface Outcomes {
  readonly clusters: readonly ({ readonly cluster: string } & (
    | { readonly outcome: 'Applied'; readonly counts: WriteCounts }
    | { readonly outcome: 'Failed'; readonly counts: WriteCounts; readonly error: { readonly code: string } }
    | { readonly outcome: 'Left' }
  ))[];
}

/** What an apply did in each cluster; its outcome where it did nothing there. */
export function countsOf({ clusters }: Outcomes): Readonly<Record<string, WriteCounts | string>> {
  return Object.fromEntries(
    clusters.map((outcome) => [outcome.cluster, 'counts' in outcome ? outcome.counts : outcome.outcome]),
  );
}

/** How an apply ended in each cluster. */
export function outcomesOf({ clusters }: Outcomes): Readonly<Record<string, string>> {
  return Object.fromEntries(
    clusters.map((outcome) => [
      outcome.cluster,
      outcome.outcome === 'Failed' ? `Failed: ${outcome.error.code}` : outcome.outcome,
    ]),
  );
}
