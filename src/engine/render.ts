import { renderMesh } from '../apply/render-mesh.ts';
import { renderTree } from '../plan/render-tree.ts';
import type { RenderedMesh } from '../report/render.ts';
import { apiVersion } from '../report/schema.ts';
import { rendererOf } from './open-run.ts';
import type { RenderOptions } from './options.ts';
import { limitedSignal, liveMeshOf, type SessionState, timeoutOf } from './session.ts';

/** What an apply would write, as objects with their paths in a folder; keys, tokens and addresses are not among them. */
export async function renderUseCase(state: SessionState, options: RenderOptions): Promise<RenderedMesh> {
  const declared = liveMeshOf(state);
  const clusters = await renderMesh({
    declared,
    renderer: rendererOf(declared, options, state.ports),
    signal: limitedSignal(state.ports, timeoutOf(options)),
  });
  return {
    apiVersion,
    kind: 'RenderedMesh',
    mesh: declared.mesh.metadata.name,
    files: clusters.flatMap(({ cluster, objects }) => renderTree(cluster, objects)),
    missing: clusters.flatMap((part) =>
      part.missing.map(({ ref, why }) => ({ cluster: part.cluster, ref, message: why })),
    ),
    clusters: clusters.map(({ cluster }) => cluster),
  };
}
