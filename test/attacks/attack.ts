import { visibleIn, withoutSteering } from '../../src/cli/shell/foreign-text.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { fieldManager, managedByLabel, managedByValue, meshLabel } from '../../src/objects/ownership.ts';
import { parseInventory } from '../../src/plan/inventory.ts';
import { classify } from '../../src/remove/classify.ts';
import { object } from '../../src/remove/fake-cluster.ts';

/** What somebody with few rights tries against the commands of somebody with all of them. */
export interface Attack {
  readonly kind: string;
  readonly name: string;
  /** Gives what the attack gained; nothing where it failed. */
  readonly gain: () => readonly string[] | Promise<readonly string[]>;
}

/** Both labels of an object of the mesh `shop`, and the field manager of what we apply. */
export const labels = { [managedByLabel]: managedByValue, [meshLabel]: 'shop' };
export const forged = [{ manager: fieldManager, operation: 'Apply', fieldsV1: { 'f:data': {} } }];

/** An object from text such as `v1/Secret prod/key`; its uid is that text. */
export function one(text: string, metadata: object = {}): KubeObject {
  return object(text, { metadata: { uid: text, ...metadata } });
}

/** What an uninstall would take of these. */
export function taken(
  objects: readonly KubeObject[],
  inventory: Parameters<typeof parseInventory>[0] = undefined,
): string[] {
  const { remove, namespaces } = classify(
    { kinds: [], objects, silent: [], unreadable: [] },
    { mesh: 'shop', reach: 'Mesh', definitions: 'Keep', inventory: parseInventory(inventory) },
  );
  const emptied = namespaces.filter(({ foreign }) => foreign.length === 0).map(({ namespace }) => namespace);
  return [...remove, ...emptied].map(({ kind, metadata: { name } }) => `${kind} ${name} is deleted`);
}

export const isTaken = (kind: string, name: string, objects: readonly KubeObject[]): Attack => ({
  kind,
  name,
  gain: () => taken(objects),
});

/** What reaches a terminal beyond one line of plain text. */
export function steers(text: string): readonly string[] {
  const shown = withoutSteering(visibleIn({ text }).text, { color: true });
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(shown) ? ['the terminal is steered'] : [];
}
