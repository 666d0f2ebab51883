import { useMemo } from 'react';
import { type About, type MomentReports, paths, type Shown } from '../../../src/dashboard/messages.ts';
import { FailureNotice } from '../parts/problem.tsx';
import { State } from '../parts/state.tsx';
import { useAbout, useAnswer } from '../state/ask.ts';
import { addressOf, go, replace } from '../state/route.ts';
import { momentText } from '../state/time.ts';
import { MeshView } from './mesh.tsx';
import css from './time.module.css';
import { DifferencesView } from './time-differences.tsx';

type Moment = NonNullable<About['moments']>[number];

/** The mesh at each moment of a folder of snapshots, and what differs between two of them. */
export function TimePage({ query }: { readonly query: URLSearchParams }) {
  const about = useAbout();
  if (about === undefined) return null;
  const { moments = [] } = about;
  if (moments.length === 0) {
    return (
      <p>
        Nothing is recorded here. Write a snapshot into a folder again and again, and open that folder with{' '}
        <code>isthmus dashboard --snapshot DIR</code>.
      </p>
    );
  }
  return <Moments moments={moments} query={query} />;
}

function nameOf({ name, takenAt }: Moment): string {
  return takenAt === undefined ? name : momentText(takenAt);
}

interface MomentsProps {
  readonly moments: readonly Moment[];
  readonly query: URLSearchParams;
}

function Moments({ moments, query }: MomentsProps) {
  const last = moments.length - 1;
  const found = moments.findIndex(({ name }) => name === query.get('at'));
  const index = found < 0 ? last : found;
  const at = moments[index]?.name ?? '';
  const before = query.get('with') ?? moments[Math.max(index - 1, 0)]?.name ?? '';
  const show = (next: number): void => {
    const address = addressOf('/time', { at: moments[next]?.name, with: query.get('with') ?? undefined });
    // A slider that moves is one step of the browser's history.
    if (query.has('at')) replace(address);
    else go(address);
  };
  const moment = moments[index];
  return (
    <>
      <label className={css.slider}>
        <span>Moment</span>
        <input
          type="range"
          min={0}
          max={last}
          value={index}
          aria-valuetext={moment === undefined ? '' : nameOf(moment)}
          onChange={({ target }) => show(Number(target.value))}
        />
        <output>
          {moment === undefined ? '' : nameOf(moment)}, {index + 1} of {moments.length}
        </output>
      </label>
      <MomentView at={at} query={query} />
      <h2>Differences</h2>
      <label>
        Compared with{' '}
        <select value={before} onChange={({ target }) => go(addressOf('/time', { at, with: target.value }))}>
          {moments.map((one) => (
            <option key={one.name} value={one.name}>
              {nameOf(one)}
            </option>
          ))}
        </select>
      </label>
      {before === at ? <p>That is the same moment: choose another one.</p> : <DifferencesView from={before} to={at} />}
    </>
  );
}

const verdicts = { Yes: 'healthy', No: 'not healthy', Unknown: 'not known to be healthy' } as const;

function MomentView({ at, query }: { readonly at: string; readonly query: URLSearchParams }) {
  const { data, error, isFetching } = useAnswer<'Moment'>(paths.moment, String(new URLSearchParams({ at })));
  const compared = query.get('with') ?? undefined;
  const kept = useMemo(() => ({ at, with: compared }), [at, compared]);
  const looks = useMemo(() => (data === undefined ? undefined : looksOf(data)), [data]);
  return (
    <section aria-label="The mesh at that moment" aria-busy={isFetching}>
      <p role="status">{isFetching ? 'reading the moment …' : ''}</p>
      {error === null ? null : <FailureNotice title="this moment cannot be read" error={error} />}
      {looks === undefined || data === undefined ? null : (
        <>
          <p>
            <State of={data.report.status.verdict}>{verdicts[data.report.status.verdict]}</State>
          </p>
          <MeshView {...looks} query={query} path="/time" kept={kept} />
        </>
      )}
    </section>
  );
}

function looksOf({ report: { status, doctor }, remedies }: Shown<MomentReports>) {
  const { readAt } = status;
  return {
    status: { shown: { report: status, remedies }, readAt },
    doctor: { shown: { report: doctor, remedies }, readAt },
  };
}
