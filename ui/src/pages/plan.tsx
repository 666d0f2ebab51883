import { paths, type Shown } from '../../../src/dashboard/messages.ts';
import type { PlanReport, PlanTraffic } from '../../../src/report/plan.ts';
import { JsonExport } from '../parts/export.tsx';
import type { Remedies } from '../parts/finding.tsx';
import { Age } from '../parts/look.tsx';
import partsCss from '../parts/parts.module.css';
import { FailureNotice, ProblemNotice } from '../parts/problem.tsx';
import { State } from '../parts/state.tsx';
import { Words } from '../parts/words.tsx';
import { useAbout, useAnswer } from '../state/ask.ts';
import { PlannedView, totalsText } from './plan-cluster.tsx';
import { Changes, verdictStates } from './whatif-outcome.tsx';

/** What an apply would do, traffic first, then object by object, as `isthmus plan` has it. Nothing is written. */
export function PlanPage() {
  const about = useAbout();
  const isLive = about?.source === 'Live';
  const { data, error, isFetching, refetch, dataUpdatedAt } = useAnswer<'MeshPlan'>(
    paths.plan,
    isLive ? '' : undefined,
  );
  if (about?.source === 'Snapshot') {
    return <p>A snapshot has no plan: who holds which field, and the values of Secrets, are in the clusters alone.</p>;
  }
  return (
    <>
      <p>
        What an apply would do now. The API servers try each change without storing it; nothing is written.{' '}
        <button type="button" onClick={() => void refetch()} disabled={isFetching}>
          Plan again
        </button>
      </p>
      <p role="status">{isFetching ? 'planning …' : ''}</p>
      {error === null ? null : <FailureNotice title="a plan cannot be made" error={error} />}
      {data === undefined || error !== null ? null : (
        <>
          <p className={partsCss.actions}>
            <Age readAt={new Date(dataUpdatedAt).toISOString()} />
            <JsonExport name="plan" reports={{ MeshPlan: data.report }} />
          </p>
          <Plan shown={data} />
        </>
      )}
    </>
  );
}

function Plan({ shown: { report, remedies } }: { readonly shown: Shown<PlanReport> }) {
  const { totals, clusters, traffic, istio } = report;
  const about = useAbout();
  const isNothing = totals.create + totals.change + totals.delete === 0;
  const isWhole = clusters.every(({ outcome }) => outcome === 'Planned');
  return (
    <>
      <p>
        <State of={isWhole ? (isNothing ? 'Yes' : 'Note') : 'Unknown'}>
          {isNothing ? 'the clusters hold what is declared' : totalsText(totals)}
        </State>
        {isWhole ? '' : ' in the clusters that could be planned'}, Istio {istio}
      </p>
      {isNothing ? null : (
        <p>
          To do it: <Words text={`\`isthmus apply ${about?.flags ?? ''}\``} />
        </p>
      )}
      <h2>Traffic</h2>
      <Traffic traffic={traffic} remedies={remedies} />
      {clusters.map((one) => (
        <section key={one.cluster} aria-label={`Plan of ${one.cluster}`}>
          <h2>{one.cluster}</h2>
          {one.outcome === 'Planned' ? <PlannedView plan={one} remedies={remedies} /> : null}
          {one.outcome === 'Left' ? <p className={partsCss.dim}>It is left as it is.</p> : null}
          {one.outcome === 'Failed' ? (
            <ProblemNotice
              title={`${one.cluster} cannot be planned`}
              problem={{ code: one.error.code, message: one.error.message, ...wordsOf(one.error.remedy, remedies) }}
            />
          ) : null}
        </section>
      ))}
    </>
  );
}

function wordsOf(remedy: object | undefined, remedies: Remedies): { readonly remedy?: string } {
  const words = remedy === undefined ? undefined : remedies[JSON.stringify(remedy)];
  return words === undefined ? {} : { remedy: words };
}

function Traffic({ traffic, remedies }: { readonly traffic: PlanTraffic; readonly remedies: Remedies }) {
  if (traffic.outcome === 'None') return <p>Nothing that decides about traffic changes.</p>;
  if (traffic.outcome === 'NotPredicted') {
    const words = remedies[JSON.stringify(traffic.remedy)];
    return (
      <p>
        <State of="Unknown">not predicted</State>: {traffic.message}
        {words === undefined ? null : (
          <>
            . To do: <Words text={words} />
          </>
        )}
      </p>
    );
  }
  const { change, gaps } = traffic;
  const kinds = (Object.keys(change.counts) as (keyof typeof change.counts)[]).filter(
    (kind) => change.counts[kind] > 0,
  );
  return (
    <>
      <p>
        {kinds.map((kind, index) => (
          <span key={kind}>
            {index > 0 ? ' · ' : ''}
            <State of={verdictStates[kind]}>
              {change.counts[kind]} {kind}
            </State>
          </span>
        ))}
      </p>
      <Changes changes={change.changes} />
      {gaps.map(({ message }) => (
        <p key={message}>
          <State of="Unknown">not covered</State>: {message}
        </p>
      ))}
    </>
  );
}
