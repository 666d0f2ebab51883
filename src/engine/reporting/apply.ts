import { type ApplyReport, type ClusterOutcome, isWhole } from '../../apply/run/report.ts';
import type { ApplyReport as ReportedApply, ClusterOutcome as ReportedOutcome } from '../../report/apply.ts';
import { apiVersion } from '../../report/schema.ts';
import { reportedError } from './error.ts';

export function applyReport({ mesh, clusters, newRootFolder, requests, writes, seconds }: ApplyReport): ReportedApply {
  return {
    apiVersion,
    kind: 'ApplyReport',
    mesh,
    ok: clusters.every((outcome) => outcome.outcome === 'Left' || isWhole(outcome)),
    clusters: clusters.map(reportedOutcome),
    ...(newRootFolder === undefined ? {} : { newRootFolder }),
    requests,
    writes,
    seconds,
  };
}

function reportedOutcome(outcome: ClusterOutcome): ReportedOutcome {
  switch (outcome.outcome) {
    case 'Failed':
      return { ...outcome, error: reportedError(outcome.error) };
    case 'Applied':
      return {
        ...outcome,
        unconnected: outcome.unconnected.map(({ peer, error, stands }) => ({
          peer,
          error: reportedError(error),
          stands,
        })),
      };
    case 'Left':
      return outcome;
  }
}
