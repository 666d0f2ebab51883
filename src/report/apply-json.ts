import type { ApplyReport, ClusterOutcome } from '../apply/run/report.ts';
import type { IsthmusError } from '../base/error.ts';

/** What `isthmus apply -o json` prints: the report with errors as what is documented of them (docs/json.md). */
export function applyJson(report: ApplyReport): unknown {
  return { ...report, clusters: report.clusters.map(outcomeJson) };
}

function outcomeJson(outcome: ClusterOutcome): unknown {
  switch (outcome.outcome) {
    case 'Failed':
      return { ...outcome, error: errorJson(outcome.error) };
    case 'Applied':
      return {
        ...outcome,
        unconnected: outcome.unconnected.map(({ peer, error }) => ({ peer, error: errorJson(error) })),
      };
    case 'Left':
      return outcome;
  }
}

/** The documented parts of an error. */
export function errorJson({ code, message, remedy }: IsthmusError): unknown {
  return { code, message, remedy };
}
