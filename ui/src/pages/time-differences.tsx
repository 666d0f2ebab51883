import { type AskedReports, paths } from '../../../src/dashboard/messages.ts';
import { FailureNotice } from '../parts/problem.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { useAnswer } from '../state/ask.ts';
import { nameOf } from './plan-cluster.tsx';
import { Values } from './values.tsx';
import { Changes } from './whatif-outcome.tsx';

type Differences = AskedReports['Differences'];
type ObjectDifference = Differences['objects'][number];

/** What differs between two moments: traffic first, then object by object. */
export function DifferencesView({ from, to }: { readonly from: string; readonly to: string }) {
  const words = String(new URLSearchParams({ from, to }));
  const { data, error, isFetching } = useAnswer<'Differences'>(paths.differences, words);
  return (
    <section aria-label="Differences" aria-busy={isFetching}>
      <p role="status">{isFetching ? 'comparing …' : ''}</p>
      {error === null ? null : <FailureNotice title="these moments cannot be compared" error={error} />}
      {data === undefined || error !== null ? null : <Compared report={data.report} />}
    </section>
  );
}

/** More rows at once help nobody, and cost time. */
const most = 200;

const words = { Came: 'came', Gone: 'is gone', Changed: 'changed' } as const satisfies Record<
  ObjectDifference['change'],
  string
>;

function Compared({ report: { clusters, objects, same, traffic } }: { readonly report: Differences }) {
  const rows = objects.slice(0, most).map(({ cluster, change, ref, fields }) => ({
    key: `${cluster} ${ref.apiVersion} ${ref.kind} ${nameOf(ref)}`,
    cells: [
      `${ref.kind} ${nameOf(ref)}`,
      cluster,
      <State key="change" of="Note">
        {words[change]}
      </State>,
      <Values key="values" fields={fields} />,
    ],
  }));
  return (
    <>
      <p>
        {objects.length} {objects.length === 1 ? 'object differs' : 'objects differ'}, {same} are as they were
      </p>
      {clusters.came.length === 0 ? null : <p>Clusters that came: {clusters.came.join(', ')}</p>}
      {clusters.gone.length === 0 ? null : <p>Clusters that are gone: {clusters.gone.join(', ')}</p>}
      <h3>Traffic</h3>
      <Changes changes={traffic.changes} />
      <h3>Objects</h3>
      {objects.length > most ? (
        <p>
          the first {most} of {objects.length}
        </p>
      ) : null}
      <Table
        caption="Objects that differ"
        columns={['object', 'cluster', 'what', 'values']}
        rows={rows}
        empty="Every object is as it was."
      />
    </>
  );
}
