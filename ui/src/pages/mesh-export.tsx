import type { Edge } from '@xyflow/react';
import { useState } from 'react';
import type { ClusterStatus } from '../../../src/report/status.ts';
import partsCss from '../parts/parts.module.css';
import type { Verdict } from '../parts/state.tsx';
import { download, pngOf } from '../state/download.ts';
import { drawnOf, membersOf } from './mesh-drawn.ts';
import { layoutOf } from './mesh-layout.ts';
import { type Svg, svgOf } from './mesh-svg.ts';
import type { Unit } from './mesh-units.ts';

export type MeshEdge = Edge<{ readonly verdict: Verdict }>;

interface PictureExportProps {
  readonly clusters: readonly ClusterStatus[];
  readonly units: readonly Unit[];
  readonly edges: readonly MeshEdge[];
}

/** The picture as a file, with what it shows now. */
export function PictureExport({ clusters, units, edges }: PictureExportProps) {
  const [problem, setProblem] = useState('');
  const draw = (): Svg =>
    svgOf({
      layout: layoutOf(membersOf(units)),
      clusters: drawnOf(clusters, units),
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
