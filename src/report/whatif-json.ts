import { rounded } from '../predict/request/delivery.ts';
import type { FlowState } from '../predict/scenario/flow.ts';
import type { WhatIf } from '../predict/scenario/whatif.ts';

function stateJson({ none, shares, lost, lostAtFirst, reasons }: FlowState) {
  const byCluster = [...shares].map(([cluster, share]) => ({ cluster, share: rounded(share) }));
  return { code: none ?? null, shares: byCluster, lost, lostAtFirst, reasons };
}

/** What `isthmus whatif -o json` prints. A stable contract (docs/json.md). */
export function whatifJson({ changes, ...rest }: WhatIf) {
  return {
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'WhatIf',
    ...rest,
    changes: changes.map(({ before, after, ...change }) => ({
      ...change,
      before: stateJson(before),
      after: after === null ? null : stateJson(after),
    })),
  };
}
