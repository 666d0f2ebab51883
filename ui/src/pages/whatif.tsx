import { paths } from '../../../src/dashboard/messages.ts';
import type { StatusReport } from '../../../src/report/status.ts';
import type { FlowChange, FlowState, WhatIf } from '../../../src/report/whatif.ts';
import { LookView } from '../parts/look.tsx';
import { FailureNotice } from '../parts/problem.tsx';
import { State, type Verdict } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { useAnswer } from '../state/ask.ts';
import { useLook } from '../state/feed.ts';
import { addressOf, go } from '../state/route.ts';
import css from './whatif.module.css';

/** What happens to every service when parts are gone, as `isthmus whatif --down` has it. */
export function WhatIfPage({ query }: { readonly query: URLSearchParams }) {
  const look = useLook('MeshStatus');
  const down = query.getAll('down');
  const words = String(new URLSearchParams(down.map((part) => ['down', part])));
  const { data, error, isFetching } = useAnswer<'WhatIf'>(paths.whatif, words);
  return (
    <>
      <p>Choose what is gone. Nothing is changed in a cluster: the model answers.</p>
      <LookView what="the clusters" look={look}>
        {({ report }) => <Parts report={report} down={down} />}
      </LookView>
      <p role="status">{isFetching ? 'predicting …' : ''}</p>
      {error === null ? null : <FailureNotice title="that cannot be predicted" error={error} />}
      {data === undefined || error !== null ? null : <Outcome report={data.report} />}
    </>
  );
}

/** What the mesh has, as `--down` names it. */
function partsOf({ clusters }: StatusReport): readonly (readonly [string, readonly string[]])[] {
  const networks = [...new Set(clusters.map(({ network }) => network))].toSorted();
  const links = networks.flatMap((one, index) =>
    networks.slice(index + 1).map((other) => `network-link:${one}-${other}`),
  );
  const reachable = clusters.flatMap((one) => (one.reachable ? [one] : []));
  return [
    ['Clusters', clusters.map(({ cluster }) => `cluster:${cluster}`)],
    ['Gateways', reachable.flatMap(({ cluster, gateway }) => (gateway?.exists === true ? [`gateway:${cluster}`] : []))],
    [
      'Control planes',
      reachable.flatMap(({ cluster, istiod }) => (istiod?.runsIn === cluster ? [`istiod:${cluster}`] : [])),
    ],
    ['Links between networks', links],
  ];
}

function Parts({ report, down }: { readonly report: StatusReport; readonly down: readonly string[] }) {
  const toggle = (part: string): void => {
    go(addressOf('/whatif', { down: down.includes(part) ? down.filter((one) => one !== part) : [...down, part] }));
  };
  return partsOf(report)
    .filter(([, parts]) => parts.length > 0)
    .map(([title, parts]) => (
      <fieldset key={title} className={css.parts}>
        <legend>{title}</legend>
        {parts.map((part) => (
          <label key={part}>
            <input type="checkbox" checked={down.includes(part)} onChange={() => toggle(part)} /> {part}
          </label>
        ))}
      </fieldset>
    ));
}

const states = {
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

function Outcome({ report }: { readonly report: WhatIf }) {
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
            <State key={kind} of={states[kind]}>
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

function keyOf({ host, port, from, network, caller, route }: FlowChange): string {
  return [host, port, from, network, caller, route].join(' ');
}

function changeCells({ host, port, from, verdict, before, after }: FlowChange) {
  return [
    `${host}:${port}`,
    from,
    <State key="verdict" of={states[verdict]}>
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
