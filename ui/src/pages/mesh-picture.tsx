import {
  type Edge,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  type ReactFlowInstance,
} from '@xyflow/react';
import { useEffect, useState } from 'react';
import '@xyflow/react/dist/base.css';
import type { PairLadder } from '../../../src/report/doctor.ts';
import type { ClusterStatus } from '../../../src/report/status.ts';
import { Link } from '../parts/link.tsx';
import partsCss from '../parts/parts.module.css';
import type { Verdict } from '../parts/state.tsx';
import { addressOf } from '../state/route.ts';
import { ClusterState } from './mesh-clusters.tsx';
import { card, layoutOf } from './mesh-layout.ts';
import { pairVerdict } from './mesh-pairs.tsx';
import css from './mesh-picture.module.css';

type ClusterNode = Node<{ readonly status: ClusterStatus }, 'cluster'>;
type NetworkNode = Node<{ readonly network: string }, 'network'>;

const nodeTypes = { cluster: ClusterCard, network: NetworkFrame };

/** With more clusters, links that pass would hide those that do not. */
const mostWithAllLinks = 8;

interface MeshPictureProps {
  readonly clusters: readonly ClusterStatus[];
  /** Undefined while they are not known. */
  readonly pairs: readonly PairLadder[] | undefined;
}

/** The mesh as a picture; the tables below it say the same. */
export function MeshPicture({ clusters, pairs }: MeshPictureProps) {
  const { width, height } = card;
  const layout = layoutOf(clusters);
  const byName = new Map(clusters.map((status) => [status.cluster, status]));
  const nodes: (ClusterNode | NetworkNode)[] = [
    ...layout.networks.map(
      ({ network, x, width: wide, height: high }): NetworkNode => ({
        ...{ id: `network ${network}`, type: 'network', position: { x, y: 0 }, data: { network }, zIndex: -1 },
        ...{ width: wide, height: high },
      }),
    ),
    ...layout.clusters.flatMap(({ cluster, x, y }): readonly ClusterNode[] => {
      const status = byName.get(cluster);
      return status === undefined
        ? []
        : [{ id: cluster, type: 'cluster', position: { x, y }, width, height, data: { status } }];
    }),
  ];
  const fitted = useFitted();
  const edges = edgesOf(pairs ?? [], clusters.length <= mostWithAllLinks);
  return (
    <section aria-label="Picture of the mesh; the tables below say the same">
      <div className={css.picture}>
        <ReactFlow
          key={clusters.length}
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          zoomOnScroll={false}
          preventScrolling={false}
          onInit={fitted}
          minZoom={0.1}
          maxZoom={1.5}
          fitView
        />
      </div>
      {clusters.length > mostWithAllLinks ? (
        <p className={partsCss.dim}>Of {clusters.length} clusters, the picture has the links that do not pass.</p>
      ) : null}
    </section>
  );
}

type Drawing = ReactFlowInstance<ClusterNode | NetworkNode>;

/** Keeps the whole picture in its frame when the window changes. */
function useFitted(): (drawing: Drawing) => void {
  const [drawing, setDrawing] = useState<Drawing>();
  useEffect(() => {
    const fit = (): void => void drawing?.fitView();
    addEventListener('resize', fit);
    return () => removeEventListener('resize', fit);
  }, [drawing]);
  return setDrawing;
}

const marks = { Yes: '✓', No: '✕', Unknown: '?' } as const satisfies Record<Verdict, string>;
const order = ['No', 'Unknown', 'Yes'] as const satisfies readonly Verdict[];

/** One line for both ways: the graver one decides. */
function edgesOf(pairs: readonly PairLadder[], isWhole: boolean): Edge[] {
  const groups = Map.groupBy(pairs, ({ from, to }) => [from, to].toSorted().join(' '));
  return [...groups].flatMap(([id, ways]): Edge[] => {
    const [first] = ways;
    const verdicts = ways.map(pairVerdict);
    const verdict = order.find((one) => verdicts.includes(one)) ?? 'Unknown';
    if (first === undefined || (verdict === 'Yes' && !isWhole)) return [];
    return [
      {
        id,
        source: first.from,
        target: first.to,
        label: marks[verdict],
        className: css[verdict] ?? '',
        type: 'straight',
      },
    ];
  });
}

function ClusterCard({ data: { status } }: NodeProps<ClusterNode>) {
  const { cluster } = status;
  return (
    <div className={css.card}>
      <Handle type="target" position={Position.Left} />
      <Link to={addressOf('/', { cluster })}>{cluster}</Link>
      <p>
        <ClusterState status={status} />
      </p>
      {status.reachable ? (
        <p className={partsCss.dim}>
          istiod {status.istiod?.version ?? '?'} · gateway{' '}
          {status.gateway === undefined
            ? 'none'
            : `${status.gateway?.available ?? '?'}/${status.gateway?.wanted ?? '?'}`}
        </p>
      ) : null}
      <Handle type="source" position={Position.Right} />
    </div>
  );
}

function NetworkFrame({ data: { network } }: NodeProps<NetworkNode>) {
  return <div className={css.network}>network {network}</div>;
}
