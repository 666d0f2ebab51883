import { memo } from 'react';
import { verdictOf } from '../../../src/base/finding.ts';
import type { ClusterStatus, ReachableStatus } from '../../../src/report/status.ts';
import { FindingView, type Remedies } from '../parts/finding.tsx';
import { Link } from '../parts/link.tsx';
import { State, type Verdict } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { momentText } from '../state/time.ts';
import { useMeshAddress } from './mesh-address.ts';

export const clusterWords = { Yes: 'ready', No: 'not ready', Unknown: 'unknown' } as const satisfies Record<
  Verdict,
  string
>;

export function ClusterState({ status }: { readonly status: ClusterStatus }) {
  const verdict = verdictOf(status.findings);
  return <State of={verdict}>{clusterWords[verdict]}</State>;
}

/** The same as the picture, and more. */
export const ClusterTable = memo(({ clusters }: { readonly clusters: readonly ClusterStatus[] }) => {
  const addressFor = useMeshAddress();
  const rows = clusters.map((status) => ({
    key: status.cluster,
    cells: [
      <Link key="name" to={addressFor({ cluster: status.cluster })}>
        {status.cluster}
      </Link>,
      status.network,
      <ClusterState key="state" status={status} />,
      ...(status.reachable ? reachableCells(status) : ['?', '?', '?', '?', '?']),
    ],
  }));
  const columns = ['cluster', 'network', 'state', 'Kubernetes', 'istiod', 'gateway', 'address', 'certificate ends'];
  return <Table caption="Clusters" columns={columns} rows={rows} empty="The mesh has no cluster." />;
});

function reachableCells({ cluster, kubernetes, istiod, gateway, certificate }: ReachableStatus): readonly string[] {
  return [
    kubernetes ?? '?',
    orMark(
      istiod,
      ({ version, available, wanted, runsIn }) =>
        `${version ?? '-'} ${available}/${wanted}${runsIn === cluster ? '' : ` in ${runsIn}`}`,
    ),
    orMark(gateway, ({ available, wanted }) => `${available}/${wanted}`),
    orMark(gateway, ({ address }) => address ?? 'none'),
    orMark(certificate, ({ notAfter }) => momentText(notAfter)),
  ];
}

/** `-` for what a cluster does not have, `?` for what could not be read. */
function orMark<T extends object>(value: T | null | undefined, text: (value: T) => string): string {
  if (value === null) return '?';
  return value === undefined ? '-' : text(value);
}

interface ClusterViewProps {
  readonly status: ClusterStatus;
  readonly remedies: Remedies;
}

/** One cluster: what it knows of the others, and what is wrong with it. */
export function ClusterView({ status, remedies }: ClusterViewProps) {
  const { cluster, findings } = status;
  const addressFor = useMeshAddress();
  return (
    <section aria-label={`Cluster ${cluster}`}>
      <h2>
        {cluster} <ClusterState status={status} />
      </h2>
      {status.reachable ? <Peers status={status} /> : <p>Nothing is known of it now: {status.error.message}</p>}
      {findings.map((finding) => (
        <FindingView key={`${finding.code} ${finding.peer} ${finding.message}`} finding={finding} remedies={remedies} />
      ))}
      <Link to={addressFor({})}>Close</Link>
    </section>
  );
}

const answers = { Yes: 'answers', No: 'does not answer', Unknown: 'unknown' } as const;

function Peers({ status: { peers } }: { readonly status: ReachableStatus }) {
  const rows = peers.map(({ peer, configured, state, answers: answer, detail }) => ({
    key: peer,
    cells: [
      peer,
      <Configured key="secret" configured={configured} />,
      state ?? '?',
      <State key="answers" of={answer}>
        {answers[answer]}
      </State>,
      detail ?? '',
    ],
  }));
  return (
    <Table
      caption="Peers"
      columns={['reads', 'remote secret', 'istiod has it', 'its API server', 'why']}
      rows={rows}
      empty="It reads no other cluster."
    />
  );
}

function Configured({ configured }: { readonly configured: boolean | null }) {
  if (configured === null) return <State of="Unknown">unknown</State>;
  return configured ? <State of="Yes">there</State> : <State of="No">missing</State>;
}
