import { groupOf, type ObjectRef } from '../objects/object.ts';

/** How many objects of a cluster one apply may delete. */
export interface DeletionGuard {
  /** Objects that would be deleted. */
  readonly deletions: number;
  /** Objects that the inventory names. */
  readonly inventory: number;
  readonly limit: number;
  /** Kinds that would lose half of their objects or more, three at least. */
  readonly halved: readonly HalvedKind[];
  /**
   * `KindHalved`: within the limit, but a kind of which several are there would lose half of them or all, which is how a part of a mesh
   * file that was lost looks. `Everything`: nothing that the mesh has there would be left, which no limit allows.
   */
  readonly verdict: 'Allowed' | 'OverLimit' | 'KindHalved' | 'Everything';
}

export interface HalvedKind {
  readonly kind: string;
  readonly deletions: number;
  readonly inventory: number;
}

export interface DeletionCounts {
  readonly deletions: readonly ObjectRef[];
  readonly inventory: readonly ObjectRef[];
  /** Objects of this mesh that are there and stay. */
  readonly remaining: number;
  /** Those of the deletions that are of a control plane which another one has followed and which no longer serves anything. */
  readonly followed?: readonly ObjectRef[];
  /** What the user allows; left out, 5 objects or a tenth of the inventory, whichever is more, and the followed ones. */
  readonly maxDelete?: number | undefined;
}

const leastLimit = 5;
const share = 0.1;
/** A kind of which fewer go goes with a setting. */
const leastHalved = 3;

export function guardDeletions({
  deletions,
  inventory,
  remaining,
  followed = [],
  maxDelete,
}: DeletionCounts): DeletionGuard {
  const limit = maxDelete ?? Math.max(leastLimit, Math.ceil(inventory.length * share)) + followed.length;
  const halved = halvedKinds(
    deletions.filter((ref) => !followed.includes(ref)),
    inventory,
  );
  const counts = { deletions: deletions.length, inventory: inventory.length, limit, halved };
  if (deletions.length > 0 && remaining === 0) return { ...counts, verdict: 'Everything' };
  if (deletions.length > limit) return { ...counts, verdict: 'OverLimit' };
  // Who gives a limit has looked at what goes.
  const isHalved = maxDelete === undefined && halved.length > 0;
  return { ...counts, verdict: isHalved ? 'KindHalved' : 'Allowed' };
}

/** `4 of its 4 objects of the kind DestinationRule` */
export function halvedText(halved: readonly HalvedKind[]): string {
  return halved
    .map(({ kind, deletions, inventory }) => `${deletions} of its ${inventory} objects of the kind ${kind}`)
    .join(', ');
}

function halvedKinds(deletions: readonly ObjectRef[], inventory: readonly ObjectRef[]): readonly HalvedKind[] {
  const held = Map.groupBy(inventory, kindKey);
  return [...Map.groupBy(deletions, kindKey)].flatMap(([key, gone]) => {
    const all = held.get(key)?.length ?? 0;
    const [{ kind } = { kind: key }] = gone;
    const isHalved = gone.length >= leastHalved && gone.length * 2 >= all;
    return isHalved ? [{ kind, deletions: gone.length, inventory: all }] : [];
  });
}

function kindKey({ apiVersion, kind }: ObjectRef): string {
  return `${groupOf(apiVersion)}/${kind}`;
}
