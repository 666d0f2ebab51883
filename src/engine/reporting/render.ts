import type { RenderedCluster } from '../../apply/render-mesh.ts';
import { renderTree } from '../../plan/render-tree.ts';
import type { RenderedMesh } from '../../report/render.ts';
import { apiVersion } from '../../report/schema.ts';

/** The report of a render: each object with its place in a folder, and what is left out. */
export function renderedMesh(mesh: string, clusters: readonly RenderedCluster[]): RenderedMesh {
  return {
    apiVersion,
    kind: 'RenderedMesh',
    mesh,
    clusters: clusters.map(({ cluster }) => cluster),
    files: clusters.flatMap(({ cluster, objects }) => renderTree(cluster, objects)),
    missing: clusters.flatMap(({ cluster, missing }) =>
      missing.map(({ ref, why }) => ({ cluster, ref, message: why })),
    ),
    notices: [...new Set(clusters.flatMap(({ notices }) => notices))],
  };
}
