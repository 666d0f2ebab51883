import { memo, type ReactNode, useContext } from 'react';
import { verdictOf } from '../../../src/base/finding.ts';
import type { PairLadder } from '../../../src/report/doctor.ts';
import type { ClusterStatus } from '../../../src/report/status.ts';
import { Link } from '../parts/link.tsx';
import { State, type Verdict } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { Unfolded, useMeshAddress } from './mesh-address.ts';
import { clusterWords } from './mesh-clusters.tsx';
import { foldable, linksOf, linksText, openWords, type Unit } from './mesh-units.ts';

/** A network as one card: how its clusters are, the gravest first. */
export interface FoldedNetwork {
  readonly network: string;
  readonly verdict: Verdict;
  readonly text: string;
}

const order = ['No', 'Unknown', 'Yes'] as const satisfies readonly Verdict[];

export function foldedOf(
  { network, clusters }: Pick<Unit, 'network' | 'clusters'>,
  byName: ReadonlyMap<string, ClusterStatus>,
): FoldedNetwork {
  const counts = { Yes: 0, No: 0, Unknown: 0 };
  for (const name of clusters) {
    const status = byName.get(name);
    counts[status === undefined ? 'Unknown' : verdictOf(status.findings)] += 1;
  }
  const verdict = order.find((one) => counts[one] > 0) ?? 'Unknown';
  return { network, verdict, text: `${counts[verdict]} of ${clusters.length} ${clusterWords[verdict]}` };
}

interface FoldLinkProps {
  readonly network: string;
  readonly children: ReactNode;
}

/** Unfolds a network, or folds it. */
export function FoldLink({ network, children }: FoldLinkProps) {
  const unfolded = useContext(Unfolded);
  const addressFor = useMeshAddress();
  const next = unfolded.includes(network) ? unfolded.filter((one) => one !== network) : [...unfolded, network];
  return <Link to={addressFor(openWords(next))}>{children}</Link>;
}

interface NetworkTableProps {
  readonly clusters: readonly ClusterStatus[];
  readonly pairs: readonly PairLadder[] | undefined;
}

/** The networks of several clusters, which the picture and the links have as one or cluster by cluster. */
export const NetworkTable = memo(({ clusters, pairs }: NetworkTableProps) => {
  const unfolded = useContext(Unfolded);
  const byName = new Map(clusters.map((status) => [status.cluster, status]));
  const rows = [...foldable(clusters)].map(([network, inside]) => {
    const { verdict, text } = foldedOf({ network, clusters: inside }, byName);
    const links = linksOf((pairs ?? []).filter(({ from, to }) => inside.includes(from) || inside.includes(to)));
    return {
      key: network,
      cells: [
        network,
        <State key="clusters" of={verdict}>
          {text}
        </State>,
        pairs === undefined ? (
          ''
        ) : (
          <State key="links" of={links.verdict}>
            {linksText(links)}
          </State>
        ),
        <FoldLink key="fold" network={network}>
          {unfolded.includes(network) ? 'fold' : 'unfold'} {network}
        </FoldLink>,
      ],
    };
  });
  if (rows.length === 0) return null;
  return (
    <>
      <h2>Networks</h2>
      <Table caption="Networks" columns={['network', 'clusters', 'links', 'shown as']} rows={rows} empty="" />
    </>
  );
});
