import type { Shown } from '../../../src/dashboard/messages.ts';
import type { Cause, DoctorReport } from '../../../src/report/doctor.ts';
import { FindingView, type Remedies } from '../parts/finding.tsx';
import { Age, LookView } from '../parts/look.tsx';
import { State } from '../parts/state.tsx';
import { useLook } from '../state/feed.ts';
import css from './doctor.module.css';

/** The causes with what follows from each, as `isthmus doctor` has them. */
export function DoctorPage({ query }: { readonly query: URLSearchParams }) {
  const look = useLook('DoctorReport');
  return (
    <>
      <Age readAt={look?.readAt} />
      <LookView what="the diagnosis" look={look}>
        {(shown) => <Causes shown={shown} query={query} />}
      </LookView>
    </>
  );
}

const verdicts = { Yes: 'no error', No: 'errors', Unknown: 'not known to be without errors' } as const;

function Causes({
  shown: { report, remedies },
  query,
}: {
  readonly shown: Shown<DoctorReport>;
  readonly query: URLSearchParams;
}) {
  const { verdict, findings, predicted, clusters } = report;
  const silent = clusters.filter(({ error }) => error !== undefined);
  return (
    <>
      <p>
        <State of={verdict}>{verdicts[verdict]}</State>, {countText(findings.length, 'cause')}
        {predicted === undefined
          ? ''
          : `; by the model, requests of ${predicted.lost} of ${predicted.pairs} pairs of a calling cluster and a service are lost, ${predicted.unknown} are not known`}
      </p>
      {silent.map(({ cluster, error }) => (
        <p key={cluster}>
          <State of="Unknown">unknown</State> {cluster} does not answer: {error?.message}
        </p>
      ))}
      {findings.length === 0 ? <p>Nothing was found.</p> : null}
      {findings.map((cause) => (
        <CauseView
          key={`${cause.code} ${cause.cluster} ${cause.peer} ${cause.object} ${cause.message}`}
          cause={cause}
          remedies={remedies}
          isChosen={isChosen(cause, query)}
        />
      ))}
    </>
  );
}

interface CauseViewProps {
  readonly cause: Cause;
  readonly remedies: Remedies;
  readonly isChosen: boolean;
}

function CauseView({ cause, remedies, isChosen }: CauseViewProps) {
  const { consequences } = cause;
  return (
    <section className={css.cause} data-chosen={isChosen} aria-label={`${cause.severity} ${cause.code}`}>
      <FindingView finding={cause} remedies={remedies} />
      {consequences.length === 0 ? null : (
        <details open={isChosen}>
          <summary>
            {countText(consequences.length, 'finding')} that follow{consequences.length === 1 ? 's' : ''} from it
          </summary>
          {consequences.map((finding) => (
            <FindingView
              key={`${finding.code} ${finding.cluster} ${finding.peer} ${finding.object} ${finding.message}`}
              finding={finding}
              remedies={remedies}
            />
          ))}
        </details>
      )}
    </section>
  );
}

/** The one that the address names, itself or by what follows from it. */
function isChosen(cause: Cause, query: URLSearchParams): boolean {
  const [code, cluster] = [query.get('code'), query.get('cluster')];
  if (code === null) return false;
  return [cause, ...cause.consequences].some(
    (one) => one.code === code && (cluster === null || one.cluster === cluster),
  );
}

function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
