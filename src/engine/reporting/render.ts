import type { MissingObject } from '../../apply/render-mesh.ts';
import type { RenderReport } from '../../report/render.ts';
import { apiVersion } from '../../report/schema.ts';

/** What a render wrote, and what it left out in each cluster. */
export interface Rendering {
  readonly mesh: string;
  readonly folder: string;
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  readonly removed: readonly string[];
  readonly clusters: readonly { readonly cluster: string; readonly missing: readonly MissingObject[] }[];
}

export function renderReport({ mesh, folder, written, unchanged, removed, clusters }: Rendering): RenderReport {
  const missing = clusters.flatMap((part) =>
    part.missing.map(({ ref, why }) => ({ cluster: part.cluster, ref, message: why })),
  );
  return { apiVersion, kind: 'RenderReport', mesh, folder, written, unchanged, removed, missing };
}
