import type { DoctorReport } from '../../../src/report/doctor.ts';
import type { StatusReport } from '../../../src/report/status.ts';
import { Link } from '../parts/link.tsx';
import { Age, LookView } from '../parts/look.tsx';
import { useLook } from '../state/feed.ts';
import { addressOf } from '../state/route.ts';
import { ClusterTable, ClusterView } from './mesh-clusters.tsx';
import { PairMatrix, PairView } from './mesh-pairs.tsx';
import { MeshPicture } from './mesh-picture.tsx';

/** Clusters, networks and gateways, and every link between two clusters, as `isthmus status` and `isthmus doctor` have them. */
export function MeshPage({ query }: { readonly query: URLSearchParams }) {
  const status = useLook('MeshStatus');
  const doctor = useLook('DoctorReport');
  const pairs = doctor?.shown?.report.pairs;
  return (
    <>
      <LookView what="the clusters" look={status}>
        {({ report, remedies }) => (
          <>
            <MeshPicture clusters={report.clusters} pairs={pairs} />
            <Chosen report={report} remedies={remedies} name={query.get('cluster')} />
            <h2>Clusters</h2>
            <ClusterTable clusters={report.clusters} />
          </>
        )}
      </LookView>
      <h2>Links between clusters</h2>
      <Age readAt={doctor?.readAt} />
      <LookView what="the links" look={doctor}>
        {({ report, remedies }) => (
          <>
            <ChosenPair report={report} remedies={remedies} name={query.get('pair')} />
            <PairMatrix report={report} />
          </>
        )}
      </LookView>
    </>
  );
}

interface Choice<Report> {
  readonly report: Report;
  readonly remedies: Readonly<Record<string, string>>;
  /** As the address has it. */
  readonly name: string | null;
}

function Chosen({ report, remedies, name }: Choice<StatusReport>) {
  const cluster = report.clusters.find((one) => one.cluster === name);
  if (cluster === undefined) return null;
  return <ClusterView status={cluster} remedies={remedies} />;
}

function ChosenPair({ report, remedies, name }: Choice<DoctorReport>) {
  const pair = report.pairs.find(({ from, to }) => `${from}/${to}` === name);
  if (pair === undefined) return null;
  return (
    <>
      <PairView pair={pair} report={report} remedies={remedies} />
      <Link to={addressOf('/', {})}>Close</Link>
    </>
  );
}
