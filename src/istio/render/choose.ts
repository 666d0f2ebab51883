import type { Mesh } from '../../api/mesh.ts';
import { createHelm, istioCharts } from './helm.ts';
import { createIstioctl } from './istioctl.ts';
import type { RenderCache, Renderer } from './renderer.ts';

export interface RendererChoice {
  readonly istio: Mesh['spec']['istio'];
  /** The programs as the user named them. */
  readonly istioctl?: string | undefined;
  readonly helm?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cache?: RenderCache | undefined;
}

/** The renderer that a mesh asks for. */
export function createRenderer({ istio, istioctl, helm, environment, cache }: RendererChoice): Renderer {
  switch (istio.renderer) {
    // What is there is left as it is; istioctl renders the gateways that are missing.
    case 'Installed':
    case 'Istioctl':
      return createIstioctl({ path: istioctl, environment, cache });
    case 'Helm':
      return createHelm({
        charts: istio.charts ?? istioCharts,
        version: istio.version,
        path: helm,
        environment,
        cache,
      });
  }
}
