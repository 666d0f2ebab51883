import type { Mesh } from '../../api/mesh.ts';
import type { InTurn } from '../../base/concurrency.ts';
import { createHelm, istioCharts } from './helm.ts';
import type { RenderCache } from './renderer.ts';
import { createIstioctls, type Renderers, renderersAmong, renderersByVersion } from './renderers.ts';

export interface RendererChoice {
  readonly istio: Mesh['spec']['istio'];
  /** The programs as the user named them. */
  readonly istioctl?: readonly string[] | undefined;
  readonly helm?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cache?: RenderCache | undefined;
  /** Shared with other renderers; left out, these have turns of their own. */
  readonly inTurn?: InTurn | undefined;
}

/** The renderers that a mesh asks for. */
export function createRenderers({ istio, istioctl, helm, environment, cache, inTurn }: RendererChoice): Renderers {
  switch (istio.renderer) {
    // What is there is left as it is; istioctl renders the gateways that are missing.
    case 'Installed':
    case 'Istioctl':
      return renderersAmong(createIstioctls({ paths: istioctl, environment, cache, inTurn }));
    case 'Helm':
      return renderersByVersion((version) =>
        createHelm({ charts: istio.charts ?? istioCharts, version, path: helm, environment, cache, inTurn }),
      );
  }
}
