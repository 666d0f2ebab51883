import { IsthmusError } from './error.ts';
import { type Remedy, remedy, set } from './remedy.ts';

/** What to do where the clusters hold another mesh than the declared one. */
export function otherMeshRemedy(other: string): Remedy {
  return remedy`where that is a typing error, ${set('metadata.name', { kind: 'Mesh' }, other)}; otherwise uninstall mesh ${other} first, with its own mesh file`;
}

/** Nothing of another mesh is touched: `conflict`. */
export function otherMeshError(
  clusters: readonly string[],
  meshes: { readonly holds: string; readonly declared: string },
): IsthmusError {
  const { holds, declared } = meshes;
  const these = clusters.length === 1 ? `cluster ${clusters.join('')} holds` : `clusters ${clusters.join(', ')} hold`;
  return new IsthmusError('conflict', `${these} mesh ${holds}; the file names ${declared}; nothing was changed`, {
    remedy: otherMeshRemedy(holds),
  });
}
