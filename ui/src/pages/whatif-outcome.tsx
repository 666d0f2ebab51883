import type { FlowChange, FlowState, WhatIf } from '../../../src/report/whatif.ts';
import { State, type Verdict } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';

export const verdictStates = {
  Unreachable: 'No',
  Degraded: 'No',
  Moved: 'Note',
  Rerouted: 'Note',
  Restored: 'Yes',
  CallerGone: 'Note',
  Unchanged: 'Yes',
  Unknown: 'Unknown',
} as const satisfies Record<keyof WhatIf['counts'], Verdict | 'Note'>;

/** More rows at once help nobody, and cost time. */
const most = 200;

/** What happens to every flow, gravest first. */
export function Outcome({ report }: { readonly report: WhatIf }) {
  const { counts, changes, singlePoints, unknown, unreachableBefore, untilExpiry } = report;
  const kinds = Object.entries(counts) as [keyof WhatIf['counts'], number][];
  return (
    <>
      <Table
        caption="Flows by what happens to them"
        columns={['what happens', 'flows']}
        rows={kinds.map(([kind, count]) => ({
          key: kind,
          cells: [
            <State key={kind} of={count === 0 ? 'Note' : verdictStates[kind]}>
              {kind}
            </State>,
            count,
          ],
        }))}
        empty=""
      />
      <p>{unreachableBefore} flows had no answer before either.</p>
      {unknown.map(({ finding, flows }) => (
        <p key={finding.message}>
          <State of="Unknown">{flows} flows are not known</State>: {finding.message}
        </p>
      ))}
      <h2>What changes</h2>
      <Changes changes={changes} />
      {untilExpiry.map(({ cluster, reason, proxies, firstExpire }) => (
        <p key={cluster}>
          {proxies} proxies of {cluster} work on until their certificates expire, the first in{' '}
          {Math.floor(firstExpire / 3600)} h: {reason}
        </p>
      ))}
      <h2>What the rest depends on</h2>
      <Table
        caption="Single points of failure"
        columns={['part', 'flows', 'services', 'callers']}
        rows={singlePoints.map(({ part, flows, services, callers }) => ({
          key: part,
          cells: [part, flows, services.join(', '), callers.join(', ')],
        }))}
        empty="No part is without a substitute."
      />
    </>
  );
}

/** Flows with where they go before and after. */
export function Changes({ changes }: Pick<WhatIf, 'changes'>) {
  return (
    <>
      {changes.length > most ? (
        <p>
          the first {most} of {changes.length}, gravest first
        </p>
      ) : null}
      <Table
        caption="What changes"
        columns={['service', 'from', 'what happens', 'before', 'after']}
        rows={changes.slice(0, most).map((change) => ({ key: keyOf(change), cells: changeCells(change) }))}
        empty="Nothing changes."
      />
    </>
  );
}

function keyOf({ host, port, from, network, caller, route }: FlowChange): string {
  return [host, port, from, network, caller, route].join(' ');
}

function changeCells({ host, port, from, verdict, before, after }: FlowChange) {
  return [
    `${host}:${port}`,
    from,
    <State key="verdict" of={verdictStates[verdict]}>
      {verdict}
    </State>,
    stateText(before),
    after === null ? 'no caller' : stateText(after),
  ];
}

function stateText({ code, shares, lost, reasons }: FlowState): string {
  if (code !== null) return code;
  const parts = [...shares.map(({ cluster, share }) => `${cluster} ${share}%`), ...(lost > 0 ? [`lost ${lost}%`] : [])];
  return [parts.join(', '), ...reasons].join('; ');
}
