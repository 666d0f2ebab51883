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
import { verdictOf } from '../../../src/base/finding.ts';
import type { PairLadder } from '../../../src/report/doctor.ts';
import type { ClusterStatus, ReachableStatus } from '../../../src/report/status.ts';
import { Link } from '../parts/link.tsx';
import partsCss from '../parts/parts.module.css';
import type { Verdict } from '../parts/state.tsx';
import { download, pngOf } from '../state/download.ts';
import { addressOf } from '../state/route.ts';
import { ClusterState, clusterWords } from './mesh-clusters.tsx';
import { card, layoutOf } from './mesh-layout.ts';
import { pairVerdict } from './mesh-pairs.tsx';
import css from './mesh-picture.module.css';
import { type DrawnCluster, type Svg, svgOf } from './mesh-svg.ts';

type ClusterNode = Node<{ readonly status: ClusterStatus }, 'cluster'>;
type MeshEdge = Edge<{ readonly verdict: Verdict }>;
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
      <PictureExport clusters={clusters} edges={edges} />
      {clusters.length > mostWithAllLinks ? (
        <p className={partsCss.dim}>Of {clusters.length} clusters, the picture has the links that do not pass.</p>
      ) : null}
    </section>
  );
}

/** The picture as a file, with what it shows now. */
function PictureExport({
  clusters,
  edges,
}: {
  readonly clusters: readonly ClusterStatus[];
  readonly edges: readonly MeshEdge[];
}) {
  const [problem, setProblem] = useState('');
  const draw = (): Svg =>
    svgOf({
      layout: layoutOf(clusters),
      clusters: new Map(clusters.map((status) => [status.cluster, drawnOf(status)])),
      links: edges.map(({ source, target, data }) => ({
        from: source,
        to: target,
        verdict: data?.verdict ?? 'Unknown',
      })),
    });
  const savePng = async (): Promise<void> => {
    const svg = draw();
    try {
      download('mesh.png', 'image/png', await pngOf(svg.text, svg));
    } catch {
      setProblem('this browser made no PNG of the picture');
    }
  };
  return (
    <p className={partsCss.actions}>
      <button type="button" onClick={() => download('mesh.svg', 'image/svg+xml', draw().text)}>
        Save SVG
      </button>
      <button type="button" onClick={() => void savePng()}>
        Save PNG
      </button>
      <span role="status">{problem}</span>
    </p>
  );
}

function drawnOf(status: ClusterStatus): DrawnCluster {
  const verdict = verdictOf(status.findings);
  return { verdict, lines: [clusterWords[verdict], ...(status.reachable ? [partsText(status)] : [])] };
}

function partsText({ istiod, gateway }: ReachableStatus): string {
  const text = gateway === undefined ? 'none' : `${gateway?.available ?? '?'}/${gateway?.wanted ?? '?'}`;
  return `istiod ${istiod?.version ?? '?'} · gateway ${text}`;
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
function edgesOf(pairs: readonly PairLadder[], isWhole: boolean): MeshEdge[] {
  const groups = Map.groupBy(pairs, ({ from, to }) => [from, to].toSorted().join(' '));
  return [...groups].flatMap(([id, ways]): MeshEdge[] => {
    const [first] = ways;
    const verdicts = ways.map(pairVerdict);
    const verdict = order.find((one) => verdicts.includes(one)) ?? 'Unknown';
    if (first === undefined || (verdict === 'Yes' && !isWhole)) return [];
    return [
      {
        id,
        source: first.from,
        target: first.to,
        data: { verdict },
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
      {status.reachable ? <p className={partsCss.dim}>{partsText(status)}</p> : null}
      <Handle type="source" position={Position.Right} />
    </div>
  );
}

function NetworkFrame({ data: { network } }: NodeProps<NetworkNode>) {
  return <div className={css.network}>network {network}</div>;
}
