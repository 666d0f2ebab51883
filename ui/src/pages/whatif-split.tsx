import { useRef, useState } from 'react';
import type { MeshWideService } from '../../../src/report/service.ts';
import type { WhatIf } from '../../../src/report/whatif.ts';
import type { Modelled } from '../model/use-model.ts';
import partsCss from '../parts/parts.module.css';
import { Shares, type SharesState } from '../parts/shares.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import css from './whatif.module.css';
import { verdictStates } from './whatif-outcome.tsx';
import { type Drag, divisible, dragged, evenSplit, nameOf, splitText, type WrittenSplit } from './whatif-weights.ts';

interface SplitViewProps {
  readonly services: readonly MeshWideService[];
  readonly split: WrittenSplit | undefined;
  readonly modelled: Modelled;
  readonly show: (split: string | undefined) => void;
  /** While a slider moves. */
  readonly drag: (split: string) => void;
}

/** A slider for each cluster's share of a service, and where its requests then go, while the slider moves. */
export function SplitView({ services, split, modelled, show, drag }: SplitViewProps) {
  const known = divisible(services);
  const chosen = known.find((service) => nameOf(service) === split?.service);
  const choose = (name: string): void => {
    const service = known.find((one) => nameOf(one) === name);
    show(service === undefined ? undefined : splitText(evenSplit(service)));
  };
  return (
    <fieldset className={css.split}>
      <legend>Split of a service</legend>
      <label>
        Service{' '}
        <select value={split?.service ?? ''} onChange={({ target }) => choose(target.value)}>
          <option value="">none is split</option>
          {known.map((service) => (
            <option key={service.host} value={nameOf(service)}>
              {nameOf(service)}
            </option>
          ))}
        </select>
      </label>
      {known.length === 0 ? <p className={partsCss.dim}>No service has endpoints in several clusters.</p> : null}
      {split === undefined ? null : <Sliders split={split} drag={drag} />}
      {chosen === undefined ? null : <Flows service={chosen} modelled={modelled} />}
    </fieldset>
  );
}

function Sliders({ split, drag }: { readonly split: WrittenSplit; readonly drag: SplitViewProps['drag'] }) {
  const last = useRef<Drag>(undefined);
  const move = (to: string, share: number): void => {
    last.current = dragged(last.current, split, { to, share });
    drag(splitText(last.current.split));
  };
  return (
    <div className={css.sliders}>
      {split.weights.map(([cluster, percent]) => (
        <label key={cluster}>
          <span className={css.cluster}>{cluster}</span>
          <input
            type="range"
            min={0}
            max={100}
            value={percent}
            aria-label={`Share of ${cluster}`}
            aria-valuetext={`${percent} percent`}
            onChange={({ target }) => move(cluster, Number(target.value))}
          />
          <output>{percent}%</output>
        </label>
      ))}
    </div>
  );
}

/** More rows at once help nobody, and cost time. */
const most = 60;

/** The flows to a service: what the model says of them now, and where the last answer leaves them, in the place of that. */
function Flows({ service, modelled }: { readonly service: MeshWideService; readonly modelled: Modelled }) {
  const [isAll, setAll] = useState(false);
  const { host: report, milliseconds } = modelled;
  const clusters = Object.keys(service.endpoints).toSorted();
  const rows = service.flows.slice(0, isAll ? undefined : most).map((flow) => {
    const change = report === undefined ? undefined : changeOf(report, service.host, flow);
    const now = {
      shares: Object.entries(flow.shares).map(([cluster, share]) => ({ cluster, share })),
      lost: flow.lost,
    };
    const then: SharesState | undefined = change === undefined ? now : (change.after ?? undefined);
    return {
      key: [flow.from, flow.network, flow.port, flow.route, flow.caller].join(' '),
      cells: [
        <>
          {flow.from} <span className={partsCss.dim}>port {flow.port}</span>
        </>,
        flow.outcome === 'Unknown' ? 'unknown' : <Shares key="now" clusters={clusters} state={now} />,
        <Then
          key="then"
          clusters={clusters}
          state={then}
          isKnown={report !== undefined && flow.outcome !== 'Unknown'}
        />,
        change === undefined ? (
          'Unchanged'
        ) : (
          <State key="verdict" of={verdictStates[change.verdict]}>
            {change.verdict}
          </State>
        ),
      ],
    };
  });
  return (
    <>
      <Table
        caption={`Requests to ${service.host}, now and then`}
        columns={['calling cluster', 'now', 'then', 'what happens']}
        rows={rows}
        empty="No cluster has callers of it."
      />
      {service.flows.length > most && !isAll ? (
        <button type="button" onClick={() => setAll(true)}>
          Show all {service.flows.length}
        </button>
      ) : null}
      <p className={partsCss.dim}>{milliseconds === undefined ? '' : `predicted in ${Math.ceil(milliseconds)} ms`}</p>
    </>
  );
}

interface ThenProps {
  readonly clusters: readonly string[];
  /** Undefined where nobody is left that calls. */
  readonly state: SharesState | undefined;
  readonly isKnown: boolean;
}

function Then({ clusters, state, isKnown }: ThenProps) {
  if (!isKnown) return 'unknown';
  return state === undefined ? 'no caller is left' : <Shares clusters={clusters} state={state} />;
}

type Flow = MeshWideService['flows'][number];

function changeOf({ changes }: WhatIf, host: string, flow: Flow): WhatIf['changes'][number] | undefined {
  return changes.find(
    (one) =>
      one.host === host &&
      one.from === flow.from &&
      one.network === flow.network &&
      one.port === flow.port &&
      one.caller === flow.caller &&
      one.route === flow.route,
  );
}
