import { useMemo } from 'react';
import type { Look } from '../../../src/dashboard/messages.ts';
import type { DoctorReport } from '../../../src/report/doctor.ts';
import type { StatusReport } from '../../../src/report/status.ts';
import { Link } from '../parts/link.tsx';
import { Age, LookView } from '../parts/look.tsx';
import { useLook } from '../state/feed.ts';
import { type MeshPlace, MeshPlaceContext, Unfolded, useMeshAddress } from './mesh-address.ts';
import { ClusterTable, ClusterView } from './mesh-clusters.tsx';
import { NetworkTable } from './mesh-networks.tsx';
import { PairMatrix, PairView } from './mesh-pairs.tsx';
import { MeshPicture } from './mesh-picture.tsx';
import { unfoldedIn, unitsOf } from './mesh-units.ts';

/** Clusters, networks and gateways, and every link between two clusters, as `isthmus status` and `isthmus doctor` have them. */
export function MeshPage({ query }: { readonly query: URLSearchParams }) {
  return (
    <MeshView status={useLook('MeshStatus')} doctor={useLook('DoctorReport')} query={query} path="/" kept={nothing} />
  );
}

const nothing: MeshPlace['kept'] = {};

interface MeshViewProps extends MeshPlace {
  readonly status: Look<StatusReport> | undefined;
  readonly doctor: Look<DoctorReport> | undefined;
  readonly query: URLSearchParams;
}

/** The mesh as two reports have it. */
export function MeshView({ status, doctor, query, path, kept }: MeshViewProps) {
  const pairs = doctor?.shown?.report.pairs;
  const { open, unfolded, units } = useUnits(query, status?.shown?.report, doctor?.shown?.report);
  const place = useMemo(() => ({ path, kept: { ...kept, open } }), [path, kept, open]);
  return (
    <MeshPlaceContext value={place}>
      <Unfolded value={unfolded}>
        <LookView what="the clusters" look={status}>
          {({ report, remedies }) => (
            <>
              <MeshPicture clusters={report.clusters} units={units} pairs={pairs} />
              <Chosen report={report} remedies={remedies} name={query.get('cluster')} />
              <NetworkTable clusters={report.clusters} pairs={pairs} />
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
              <PairMatrix pairs={report.pairs} units={units} unfolded={unfolded} />
            </>
          )}
        </LookView>
      </Unfolded>
    </MeshPlaceContext>
  );
}

/** What the picture and the links have as one; without a status nothing is known of networks. */
function useUnits(query: URLSearchParams, status: StatusReport | undefined, doctor: DoctorReport | undefined) {
  const words = query.has('open') ? query.getAll('open').join(' ') : undefined;
  return useMemo(() => {
    const open = words?.split(' ');
    const members = status?.clusters ?? (doctor?.clusters ?? []).map(({ cluster }) => ({ cluster, network: cluster }));
    const unfolded = unfoldedIn(open, members);
    return { open, unfolded, units: unitsOf(members, unfolded) };
  }, [words, status, doctor]);
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
  const addressFor = useMeshAddress();
  const pair = report.pairs.find(({ from, to }) => `${from}/${to}` === name);
  if (pair === undefined) return null;
  return (
    <>
      <PairView pair={pair} report={report} remedies={remedies} />
      <Link to={addressFor({})}>Close</Link>
    </>
  );
}
