import { isJsonObject, type JsonObject, objectsAt } from '../base/json.ts';
import type { KubeObject, ManagedFieldsEntry } from '../objects/object.ts';
import { fieldManager } from '../objects/ownership.ts';
import { type FieldAt, fieldText, isHeld } from './fields.ts';

/** A field that we applied and that is not ours any more. */
export interface DriftedField {
  /** As messages show it. */
  readonly field: string;
  /** The field managers that set it since; none where it was removed, because nobody holds a field that is not there. */
  readonly managers: readonly string[];
}

/** The entries of metadata.managedFields. */
export function managedFieldsOf(live: KubeObject): readonly ManagedFieldsEntry[] {
  return objectsAt(live, ['metadata', 'managedFields']).filter(isEntry);
}

function isEntry(entry: JsonObject): entry is JsonObject & ManagedFieldsEntry {
  const { manager, operation, subresource, fieldsV1 } = entry;
  const texts = [manager, operation, subresource];
  return (
    texts.every((text) => text === undefined || typeof text === 'string') &&
    (fieldsV1 === undefined || isJsonObject(fieldsV1))
  );
}

/** True for the entry of our own applies. */
export function isOurs({ manager, operation, subresource }: ManagedFieldsEntry): boolean {
  return manager === fieldManager && operation === 'Apply' && !subresource;
}

/** Who holds a field of `object`, by the managedFields of what is there. */
export function driftedField(object: KubeObject, live: KubeObject, at: FieldAt): DriftedField {
  const managers = managedFieldsOf(live).flatMap((entry) =>
    !isOurs(entry) && entry.manager !== undefined && isHeld(object, entry.fieldsV1, at) ? [entry.manager] : [],
  );
  return { field: fieldText(object, at), managers: [...new Set(managers)] };
}

const fieldsShown = 3;

/** `spec.type changed by kubectl-edit; data.mesh removed`. */
export function driftText(drift: readonly DriftedField[]): string {
  const groups = Map.groupBy(drift, ({ managers }) => managers.join(', '));
  return [...groups].map(([managers, fields]) => `${listed(fields)} ${deed(managers)}`).join('; ');
}

function deed(managers: string): string {
  return managers === '' ? 'removed' : `changed by ${managers}`;
}

function listed(fields: readonly DriftedField[]): string {
  const shown = fields.slice(0, fieldsShown).map(({ field }) => field);
  const more = fields.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
