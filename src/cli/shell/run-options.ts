import type { ApplyOptions, UseCaseOptions } from '../../engine/options.ts';
import type { MeshFlags, RunFlags } from './flags.ts';

/** The options of every use case, as the flags give them. */
export function useCaseOptions({ clusters, timeout }: Pick<MeshFlags, 'clusters' | 'timeout'>): UseCaseOptions {
  return { clusters, timeoutMs: timeout };
}

/** The options of what plans or applies. */
export function applyOptions(flags: Omit<RunFlags, 'output'>): ApplyOptions {
  const { istioctl, helm, maxDelete } = flags;
  return { ...useCaseOptions(flags), istioctl, helm, maxDelete };
}
