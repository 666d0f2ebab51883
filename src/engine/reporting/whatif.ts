import { apiVersion } from '../../base/api-version.ts';
import { rounded } from '../../predict/request/delivery.ts';
import type { FlowState } from '../../predict/scenario/flow.ts';
import type { WhatIf } from '../../predict/scenario/whatif.ts';
import type { FlowState as ReportedState, WhatIf as WhatIfReport } from '../../report/whatif.ts';
import { reportedFinding } from './finding.ts';

export function whatifReport({ changes, failing, unknown, ...rest }: WhatIf): WhatIfReport {
  return {
    apiVersion,
    kind: 'WhatIf',
    ...rest,
    unknown: unknown.map(({ finding, ...flows }) => ({ finding: reportedFinding(finding), ...flows })),
    failing: failing.map(({ state, ...flow }) => ({ ...flow, state: reportedState(state) })),
    changes: changes.map(({ before, after, ...change }) => ({
      ...change,
      before: reportedState(before),
      after: after === null ? null : reportedState(after),
    })),
  };
}

function reportedState({ none, shares, ways, lost, lostAtFirst, reasons }: FlowState): ReportedState {
  return {
    code: none ?? null,
    shares: [...shares].map(([cluster, share]) => ({ cluster, share: rounded(share), ways: ways.get(cluster) ?? [] })),
    lost,
    lostAtFirst,
    reasons,
  };
}
