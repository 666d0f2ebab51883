import { apiGroup } from '../../api/crd.ts';
import type { Decision } from '../../apply/decide/decide.ts';
import { digest } from '../../apply/read/digest.ts';
import { refusedGuard } from '../../guard/context.ts';
import type { GuardedChange } from '../../guard/put-back.ts';
import type { ObjectEdit } from '../../objects/edit.ts';
import { describeRef, groupOf, type KubeObject, refKey, refOf } from '../../objects/object.ts';
import { appliedAnnotation } from '../../objects/ownership.ts';
import { appliedObject } from '../../plan/change.ts';
import { ownedObject } from '../../plan/desired.ts';
import { inventoryObject, inventoryRef, parseInventory, unionOf } from '../../plan/inventory.ts';
import { decidesTraffic } from '../../snapshot/edit.ts';
import { isGatewayDeployment } from '../gateways-in-the-making.ts';

/** The groups of what steers requests, and of the documents that ask for it. */
const steering: ReadonlySet<string> = new Set(['networking.istio.io', 'security.istio.io', apiGroup]);

/**
 * What of an apply is put back where it harms: what steers requests, and the documents behind it. Throws `guard-refused` where
 * something else of it decides about requests: that could not be put back by writing one object.
 */
export function guardedChanges(decisions: readonly Decision[], mesh: string): readonly GuardedChange[] {
  return decisions.flatMap((decision) => {
    const cluster = decision.part.topology.name;
    const written = decision.changes.map(({ change }): GuardedChange => {
      const { object } = change;
      return { cluster, action: 'Write', object, digests: isInventory(object) ? inventoryForms(decision, mesh) : [] };
    });
    const deleted = decision.prune.deletions.map(
      ({ live }): GuardedChange => ({ cluster, action: 'Delete', object: live, digests: [] }),
    );
    const all = [...written, ...deleted];
    const kept = all.filter((one) => isSteering(one.object));
    const other = all.find((one) => !kept.includes(one) && decides(one));
    if (other !== undefined) throw refusedGuard(textOf(other), 'apply that without a guard first');
    // The inventory names what is put back, where it was about to forget it.
    const inventory = deleted.some(({ object }) => isSteering(object))
      ? all.filter(({ object }) => isInventory(object))
      : [];
    return [...inventory, ...kept];
  });
}

function textOf({ cluster, object }: GuardedChange): string {
  return `${describeRef(refOf(object))} of ${cluster} would change too, and a guard could not put it back`;
}

function isSteering(object: KubeObject): boolean {
  return steering.has(groupOf(object.apiVersion)) || isMeshConfig(object);
}

/** istiod's own ConfigMap of a revision, whose settings say which services stay in their cluster. */
function isMeshConfig({ kind, metadata }: KubeObject): boolean {
  return kind === 'ConfigMap' && /^istio(-|$)/.test(metadata.name) && metadata.namespace === 'istio-system';
}

function isInventory(object: KubeObject): boolean {
  return refKey(refOf(object)) === refKey(inventoryRef);
}

function decides(change: GuardedChange): boolean {
  const edit = editOf(change);
  return decidesTraffic(edit) || isGatewayDeployment(edit.object);
}

/** As the model lays it over what is there. */
export function editOf({ cluster, action, object }: GuardedChange): ObjectEdit {
  if (action === 'Delete') return { cluster, action, object };
  return { cluster, action: steering.has(groupOf(object.apiVersion)) ? 'Put' : 'Lay', object };
}

/** The inventory while the apply is at work: what was there and what comes. */
function inventoryForms({ part, wanted }: Decision, mesh: string): readonly string[] {
  const stored = parseInventory(part.observed.whole.get(refKey(inventoryRef)));
  const present = ownedObject(inventoryObject(mesh, unionOf(stored, wanted)), mesh);
  return [appliedObject(present.object, digest).metadata.annotations?.[appliedAnnotation] ?? ''];
}
