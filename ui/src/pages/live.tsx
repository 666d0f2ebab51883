import type { DrillState, DrillStatus } from '../../../src/report/drill-status.ts';
import type { ShiftReport, ShiftState } from '../../../src/report/shift.ts';
import { Countdown } from '../parts/countdown.tsx';
import type { Remedies } from '../parts/finding.tsx';
import { Age, LookView } from '../parts/look.tsx';
import partsCss from '../parts/parts.module.css';
import { ProblemNotice } from '../parts/problem.tsx';
import { State, type Verdict } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { Words } from '../parts/words.tsx';
import { useAbout } from '../state/ask.ts';
import { useLook } from '../state/feed.ts';
import { momentText } from '../state/time.ts';
import css from './live.module.css';
import { nameOf } from './plan-cluster.tsx';

/** What is done to the mesh on purpose, as it happens: drills, and shifts step by step, as the `status` of each command has them. */
export function LivePage() {
  const about = useAbout();
  const look = useLook('ShiftReport');
  const drills = useLook('DrillStatus');
  if (about?.source === 'Snapshot') return <p>A snapshot holds a moment: what happens is in the clusters alone.</p>;
  return (
    <>
      <Age readAt={look?.readAt} />
      <LookView what="the drills" look={drills}>
        {({ report, remedies }) => <Drills report={report} remedies={remedies} />}
      </LookView>
      <LookView what="the shifts" look={look}>
        {({ report }) => <Shifts report={report} />}
      </LookView>
    </>
  );
}

interface DrillsProps {
  readonly report: DrillStatus;
  readonly remedies: Remedies;
}

/** A mesh without a drill takes no room: what is broken on purpose comes first. */
function Drills({ report: { drills, unread }, remedies }: DrillsProps) {
  return (
    <>
      {drills.map((drill) => (
        <DrillView key={drill.cluster} drill={drill} />
      ))}
      {unread.map(({ cluster, error: { code, message, remedy } }) => (
        <ProblemNotice
          key={cluster}
          title={`whether a drill is under way in ${cluster} is not known`}
          problem={{ code, message, ...wordsOf(remedy, remedies) }}
        />
      ))}
      {drills.length === 0 && unread.length === 0 ? <p>There is no drill.</p> : null}
    </>
  );
}

function wordsOf(
  remedy: DrillStatus['unread'][number]['error']['remedy'],
  remedies: Remedies,
): { readonly remedy?: string } {
  const words = remedy === undefined ? undefined : remedies[JSON.stringify(remedy)];
  return words === undefined ? {} : { remedy: words };
}

const drillPhases = {
  Armed: ['Note', 'nothing is broken yet'],
  Broken: ['Note', 'broken on purpose'],
  Repairing: ['No', 'broken, and its process did not repair it'],
  Left: ['Unknown', 'nothing is broken, and its process is gone'],
} as const satisfies Record<DrillState['phase'], readonly [Verdict | 'Note', string]>;

function DrillView({ drill }: { readonly drill: DrillState }) {
  const { cluster, phase, fault, objects, holder, brokenAt, endsAt, undoneAt } = drill;
  const [mood, words] = drillPhases[phase];
  const name = fault ?? `in ${cluster}`;
  return (
    <section aria-label={`Drill of ${name}`}>
      <h2>Drill of {name}</h2>
      <p role="status">
        <State of={mood}>{words}</State>
        {brokenAt === null ? '' : `, since ${momentText(brokenAt)}`}
      </p>
      <p>changes: {objects.map((ref) => `${ref.kind} ${nameOf(ref)}`).join(', ')}</p>
      {holder === null ? null : <p>run by {holder}</p>}
      {endsAt === null ? null : (
        <p>
          It repairs it in <Countdown until={endsAt} />, at {momentText(endsAt)}.
        </p>
      )}
      {phase === 'Left' ? (
        <p>The next drill takes away what it left.</p>
      ) : (
        <p>
          A pod in {cluster} repairs it in <Countdown until={undoneAt} /> at the latest, at {momentText(undoneAt)}, and
          within some 20 seconds where the process of the drill is gone.
        </p>
      )}
    </section>
  );
}

function Shifts({ report: { shifts } }: { readonly report: ShiftReport }) {
  const about = useAbout();
  if (shifts.length === 0) {
    return (
      <>
        <p>There is no shift. One that begins is shown here by itself.</p>
        <p>
          To begin one:{' '}
          <Words text={`\`isthmus shift NAME.NAMESPACE --to CLUSTER --abort-on 'errors>+1%' ${about?.flags ?? ''}\``} />
        </p>
      </>
    );
  }
  return shifts.map((shift) => <ShiftView key={shift.service} shift={shift} />);
}

const phases = {
  Running: ['Note', 'running'],
  Paused: ['Unknown', 'paused'],
  Passed: ['Yes', 'every step is passed'],
  GoingBack: ['No', 'going back'],
  Promoted: ['Yes', 'promoted'],
  WentBack: ['No', 'went back'],
  Aborted: ['No', 'aborted'],
  Expired: ['No', 'expired: the old weights are put back'],
} as const satisfies Record<ShiftState['phase'], readonly [Verdict | 'Note', string]>;

/** While the weights hold, something waits to put the old ones back. */
const undone: ReadonlySet<ShiftState['phase']> = new Set(['Running', 'Paused', 'Passed', 'GoingBack']);

function ShiftView({ shift }: { readonly shift: ShiftState }) {
  const { service, services, to, phase, step, steps, weights, expiresAt, clusters, message } = shift;
  const [mood, words] = phases[phase];
  const parts = Object.entries(weights).map(([cluster, weight]) => `${cluster} ${weight}%`);
  return (
    <section aria-label={`Shift of ${service}`}>
      <h2>
        {service} to {to}
      </h2>
      <p role="status">
        <State of={mood}>{words}</State>, step {step} of {steps.length}
      </p>
      {services.length > 1 ? <p>together: {services.join(', ')}</p> : null}
      <p>weights: {parts.join(', ') || 'as the documents have them'}</p>
      {undone.has(phase) ? (
        <p>
          A pod in {clusters.join(' and in ')} puts the old weights back in <Countdown until={expiresAt} />, at{' '}
          {momentText(expiresAt)}.
        </p>
      ) : null}
      {message === null ? null : <p className={partsCss.dim}>{message}</p>}
      <Steps shift={shift} />
    </section>
  );
}

const verdicts = { Advance: 'Yes', Hold: 'Unknown', Back: 'No' } as const satisfies Record<
  ShiftState['verdicts'][number]['verdict'],
  Verdict
>;

/** Each step with the share that was predicted and written, and the one that sidecars counted. */
function Steps({ shift: { service, to, step: reached, steps, verdicts: known } }: { readonly shift: ShiftState }) {
  const isTimed = known.some(({ p99 }) => p99 !== undefined);
  const rows = steps.map((share, index) => {
    const number = index + 1;
    const found = known.find((one) => one.step === number);
    return {
      key: String(number),
      cells: [
        number,
        <Share key="predicted" text={`${share}%`} />,
        found === undefined ? '' : <Share key="measured" text={found.measured} />,
        found?.requests ?? '',
        found?.errors ?? '',
        ...(isTimed ? [p99Text(found?.p99?.target), p99Text(found?.p99?.sources)] : []),
        found === undefined ? (
          number === reached ? (
            'is measured'
          ) : (
            'to come'
          )
        ) : (
          <State key="verdict" of={verdicts[found.verdict]}>
            {found.verdict}
          </State>
        ),
        found?.reason ?? '',
        found === undefined ? '' : momentText(found.at),
      ],
    };
  });
  const timed = isTimed ? ['p99', 'p99 elsewhere'] : [];
  const columns = ['step', `predicted for ${to}`, 'measured', 'requests', 'failed', ...timed, 'verdict', 'why', 'when'];
  return <Table caption={`Steps of ${service}`} columns={columns} rows={rows} empty="" />;
}

/** The figure with the bounds of its bucket. */
function p99Text(found: NonNullable<ShiftState['verdicts'][number]['p99']>['target'] | undefined): string {
  if (found === undefined || found === null) return '';
  const { ms, fromMs, toMs } = found;
  const bucket = toMs === null ? `over ${fromMs}` : `${fromMs} to ${toMs}`;
  return `${Math.round(ms * 10) / 10} ms (${bucket})`;
}

/** A share as a bar and in words. */
function Share({ text }: { readonly text: string }) {
  const percent = Number.parseFloat(text);
  return (
    <span className={css.share}>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect className={css.ground} x={0} y={0} width={100} height={8} />
        <rect className={css.part} x={0} y={0} width={Number.isFinite(percent) ? percent : 0} height={8} />
      </svg>
      {text}
    </span>
  );
}
