import type { Finding } from '../../../base/finding.ts';
import { otherMeshRemedy } from '../../../base/other-mesh.ts';
import { type Reading, seen } from '../../facts/reading.ts';

/** A cluster that belongs to another mesh than the declared one; `holds`: the mesh that its istiod's label names. */
export function meshFindings(
  { cluster, holds, mesh }: { readonly cluster: string; readonly holds: string | undefined; readonly mesh: string },
  { at }: Pick<Reading, 'at'>,
): readonly Finding[] {
  if (holds === undefined || holds === mesh) return [];
  return [
    {
      code: 'mesh-differs',
      severity: 'error',
      category: 'Config',
      cluster,
      message: `it holds mesh ${holds}, and the Mesh is called ${mesh}`,
      remedy: otherMeshRemedy(holds),
      evidence: seen(`it carries the label isthmus.dev/mesh=${holds}`, `${cluster}: Deployment istiod`, at),
    },
  ];
}
