import { type AskedReports, paths } from '../../../src/dashboard/messages.ts';
import { JsonExport } from '../parts/export.tsx';
import { FailureNotice } from '../parts/problem.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { useAnswer } from '../state/ask.ts';
import { nameOf } from './plan-cluster.tsx';
import { Values } from './values.tsx';
import { Changes } from './whatif-outcome.tsx';

type Differences = AskedReports['MeshDifferences'];
type ObjectDifference = Differences['objects'][number];

/** What differs between two moments: traffic first, then object by object. */
export function DifferencesView({ from, to }: { readonly from: string; readonly to: string }) {
  const words = String(new URLSearchParams({ from, to }));
  const { data, error, isFetching } = useAnswer<'MeshDifferences'>(paths.differences, words);
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

const words = { Added: 'added', Removed: 'removed', Changed: 'changed' } as const satisfies Record<
  ObjectDifference['change'],
  string
>;

function Compared({ report }: { readonly report: Differences }) {
  const { clusters, objects, unchanged, istiods, uncompared, traffic } = report;
  const changed = (change: ObjectDifference['change']) => (
    <State key="change" of="Note">
      {words[change]}
    </State>
  );
  const rows = objects.slice(0, most).map(({ cluster, change, ref, fields }) => ({
    key: `${cluster} ${ref.apiVersion} ${ref.kind} ${nameOf(ref)}`,
    cells: [`${ref.kind} ${nameOf(ref)}`, cluster, changed(change), <Values key="values" fields={fields} />],
  }));
  return (
    <>
      <p>
        {objects.length} {objects.length === 1 ? 'object differs' : 'objects differ'}, {unchanged} unchanged
      </p>
      <JsonExport name="isthmus-differences" reports={{ MeshDifferences: report }} />
      {clusters.added.length === 0 ? null : <p>Clusters added: {clusters.added.join(', ')}</p>}
      {clusters.removed.length === 0 ? null : <p>Clusters removed: {clusters.removed.join(', ')}</p>}
      {uncompared.map(({ cluster, kind, missingIn, reason }) => (
        <p key={`${cluster} ${kind} ${missingIn}`}>
          <State of="Unknown">{kind === null ? cluster : `${kind} objects of ${cluster}`} not compared</State>: the
          snapshot {missingIn === 'Before' ? 'before' : 'after'} lacks them, {reason}
        </p>
      ))}
      <h3>Traffic</h3>
      <Changes changes={traffic.changes} />
      {traffic.unknown.map(({ finding, flows }) => (
        <p key={finding.message}>
          <State of="Unknown">{flows} flows are not known</State>: {finding.message}
        </p>
      ))}
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
        empty="Every object is the same."
      />
      {istiods.length === 0 ? null : (
        <>
          <h3>Istiods</h3>
          <Table
            caption="Istiods that differ"
            columns={['configuration of', 'runs in', 'what', 'values']}
            rows={istiods.map(({ cluster, runsIn, change, fields }, index) => ({
              key: `${index} ${cluster} ${runsIn}`,
              cells: [cluster, runsIn, changed(change), <Values key="values" fields={fields} />],
            }))}
            empty=""
          />
        </>
      )}
    </>
  );
}
