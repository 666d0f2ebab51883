import { together } from '../../drill/judge.ts';
import type { DrilledCaller, DrillResult } from '../../drill/run.ts';
import type { DrillReport, DrilledCaller as ReportedCaller } from '../../report/drill.ts';
import { apiVersion } from '../../report/schema.ts';
import type { WhatIf } from '../../report/whatif.ts';

export interface DrillReading {
  readonly mesh: string;
  readonly fault: string;
  readonly forMs: number;
  readonly blast: WhatIf;
  readonly result: DrillResult;
}

export function drillReport({ mesh, fault, forMs, blast, result }: DrillReading): DrillReport {
  const { service, callers, restored } = result;
  const verdict = together(callers.map(({ judged }) => judged.verdict));
  return {
    apiVersion,
    kind: 'DrillReport',
    mesh,
    ok: verdict === 'AsPredicted' && restored.left.length === 0,
    verdict,
    fault,
    seconds: forMs / 1000,
    service: `${service.name}.${service.namespace}`,
    touched: blast.changes.map(({ host, port, from, verdict: what }) => ({ host, port, from, verdict: what })),
    restored: restored.restored,
    left: restored.left,
    callers: callers.map(reportedCaller),
  };
}

function reportedCaller({ from, predicted, timeline, judged }: DrilledCaller): ReportedCaller {
  const { sent, failed, failure, before, during, after, firstFailureMs, settledMs, returnedMs } = timeline;
  return {
    from,
    ...judged,
    predicted:
      predicted === undefined ? null : { shares: roundedShares(predicted.shares), lost: rounded(predicted.lost) },
    before: roundedShares(before.shares),
    during: roundedShares(during.shares),
    after: roundedShares(after.shares),
    lost: rounded(during.lost),
    sent,
    failed,
    failure: failure ?? null,
    firstFailureMs: whole(firstFailureMs),
    settledMs: whole(settledMs),
    returnedMs: whole(returnedMs),
  };
}

function whole(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.round(milliseconds);
}

function rounded(share: number): number {
  return Math.round(share * 10) / 10;
}

function roundedShares(shares: Readonly<Record<string, number>>): Record<string, number> {
  const entries = Object.entries(shares).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([cluster, share]) => [cluster, rounded(share)]));
}
