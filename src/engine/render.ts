import { renderMesh } from '../apply/render-mesh.ts';
import type { RenderedMesh } from '../report/render.ts';
import { limitedSignal, timeoutOf } from './limits.ts';
import { renderersOf } from './open-run.ts';
import type { RenderOptions } from './options.ts';
import { renderedMesh } from './reporting/render.ts';
import { liveMeshOf, refuseContradictions, type SessionState } from './session.ts';

/** What an apply would write, as objects with their paths in a folder; keys, tokens and addresses are not among them. */
export async function renderUseCase(state: SessionState, options: RenderOptions): Promise<RenderedMesh> {
  const mesh = liveMeshOf(state);
  refuseContradictions(state);
  const renderers = renderersOf(mesh, options, state.ports);
  const signal = limitedSignal(state.ports, timeoutOf(options));
  return renderedMesh(mesh.name, await renderMesh(mesh, { renderers, signal }));
}
