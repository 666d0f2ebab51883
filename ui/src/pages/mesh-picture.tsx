import { Handle, type Node, type NodeProps, Position, ReactFlow, type ReactFlowInstance } from '@xyflow/react';
import { memo, useEffect, useState } from 'react';
import '@xyflow/react/dist/base.css';
import type { PairLadder } from '../../../src/report/doctor.ts';
import type { ClusterStatus } from '../../../src/report/status.ts';
import { Link } from '../parts/link.tsx';
import partsCss from '../parts/parts.module.css';
import { State, type Verdict } from '../parts/state.tsx';
import { useMeshAddress } from './mesh-address.ts';
import { ClusterState } from './mesh-clusters.tsx';
import { membersOf, partsText } from './mesh-drawn.ts';
import { type MeshEdge, PictureExport } from './mesh-export.tsx';
import { card, layoutOf } from './mesh-layout.ts';
import { type FoldedNetwork, FoldLink, foldedOf } from './mesh-networks.tsx';
import css from './mesh-picture.module.css';
import { linksBetween, linksOf, type Unit } from './mesh-units.ts';

type ClusterNode = Node<{ readonly status: ClusterStatus }, 'cluster'>;
type FoldedNode = Node<{ readonly folded: FoldedNetwork }, 'folded'>;
type NetworkNode = Node<{ readonly network: string }, 'network'>;
type MeshNode = ClusterNode | FoldedNode | NetworkNode;

const nodeTypes = { cluster: ClusterCard, folded: FoldedCard, network: NetworkFrame };

/** With more cards, links that pass would hide those that do not. */
const mostWithAllLinks = 8;

interface MeshPictureProps {
  readonly clusters: readonly ClusterStatus[];
  /** The cards. */
  readonly units: readonly Unit[];
  /** Undefined while they are not known. */
  readonly pairs: readonly PairLadder[] | undefined;
}

/** The mesh as a picture; the tables below it say the same. */
export const MeshPicture = memo(({ clusters, units, pairs }: MeshPictureProps) => {
  const fitted = useFitted();
  const isWhole = units.length <= mostWithAllLinks;
  const nodes = nodesOf(clusters, units);
  const edges = edgesOf(units, pairs ?? [], isWhole);
  return (
    <section aria-label="Picture of the mesh; the tables below say the same">
      <div className={css.picture}>
        <ReactFlow
          key={units.map(({ id }) => id).join(' ')}
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
      <PictureExport clusters={clusters} units={units} edges={edges} />
      {isWhole ? null : (
        <p className={partsCss.dim}>Of so many clusters, the picture has the links that do not pass.</p>
      )}
    </section>
  );
});

function nodesOf(clusters: readonly ClusterStatus[], units: readonly Unit[]): MeshNode[] {
  const { width, height } = card;
  const layout = layoutOf(membersOf(units));
  const byName = new Map(clusters.map((status) => [status.cluster, status]));
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  return [
    ...layout.networks.map(
      ({ network, x, width: wide, height: high }): NetworkNode => ({
        ...{ id: `frame of ${network}`, type: 'network', position: { x, y: 0 }, data: { network }, zIndex: -1 },
        ...{ width: wide, height: high },
      }),
    ),
    ...layout.clusters.flatMap(({ cluster: id, x, y }): readonly MeshNode[] => {
      const placed = { id, position: { x, y }, width, height };
      const unit = byId.get(id);
      if (unit?.isFolded === true) return [{ ...placed, type: 'folded', data: { folded: foldedOf(unit, byName) } }];
      const status = byName.get(id);
      return status === undefined ? [] : [{ ...placed, type: 'cluster', data: { status } }];
    }),
  ];
}

type Drawing = ReactFlowInstance<MeshNode>;

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

/** One line for both ways: the graver one decides. */
function edgesOf(units: readonly Unit[], pairs: readonly PairLadder[], isWhole: boolean): MeshEdge[] {
  const groups = Map.groupBy(linksBetween(units, pairs), ([key]) => key.split('/').toSorted().join('/'));
  return [...groups].flatMap(([id, ways]): MeshEdge[] => {
    const [source = '', target = ''] = (ways[0]?.[0] ?? '').split('/');
    const { verdict } = linksOf(ways.flatMap(([, links]) => links.pairs));
    if (source === target || (verdict === 'Yes' && !isWhole)) return [];
    const look = { label: marks[verdict], className: css[verdict] ?? '', type: 'straight' };
    return [{ id, source, target, data: { verdict }, ...look }];
  });
}

function ClusterCard({ data: { status } }: NodeProps<ClusterNode>) {
  const { cluster } = status;
  const addressFor = useMeshAddress();
  return (
    <div className={css.card}>
      <Handle type="target" position={Position.Left} />
      <Link to={addressFor({ cluster })}>{cluster}</Link>
      <p>
        <ClusterState status={status} />
      </p>
      {status.reachable ? <p className={partsCss.dim}>{partsText(status)}</p> : null}
      <Handle type="source" position={Position.Right} />
    </div>
  );
}

function FoldedCard({ data: { folded } }: NodeProps<FoldedNode>) {
  const { network, verdict, text } = folded;
  return (
    <div className={css.card}>
      <Handle type="target" position={Position.Left} />
      <FoldLink network={network}>{network}</FoldLink>
      <p>
        <State of={verdict}>{text}</State>
      </p>
      <Handle type="source" position={Position.Right} />
    </div>
  );
}

function NetworkFrame({ data: { network } }: NodeProps<NetworkNode>) {
  return <div className={css.network}>network {network}</div>;
}
