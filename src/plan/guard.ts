/** How many objects of a cluster one apply may delete. */
export interface DeletionGuard {
  /** Objects that would be deleted. */
  readonly deletions: number;
  /** Objects that the inventory names. */
  readonly inventory: number;
  readonly limit: number;
  /** `Everything`: nothing that the mesh has there would be left, which no limit allows. */
  readonly verdict: 'Allowed' | 'OverLimit' | 'Everything';
}

export interface DeletionCounts {
  readonly deletions: number;
  readonly inventory: number;
  /** Objects of this mesh that are there and stay. */
  readonly remaining: number;
  /** Of the deletions those of a control plane that another one has followed and that serves nobody any more. */
  readonly followed?: number;
  /** What the user allows; left out, 5 objects or a tenth of the inventory, whichever is more, and the followed ones. */
  readonly maxDelete?: number | undefined;
}

const leastLimit = 5;
const share = 0.1;

export function guardDeletions({
  deletions,
  inventory,
  remaining,
  followed = 0,
  maxDelete,
}: DeletionCounts): DeletionGuard {
  const limit = maxDelete ?? Math.max(leastLimit, Math.ceil(inventory * share)) + followed;
  const verdict = deletions > 0 && remaining === 0 ? 'Everything' : deletions > limit ? 'OverLimit' : 'Allowed';
  return { deletions, inventory, limit, verdict };
}
