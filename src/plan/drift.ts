import type { DriftedField } from '../base/drifted-field.ts';
import { isJsonObject, type JsonObject, objectsAt } from '../base/json.ts';
import type { KubeObject, ManagedFieldsEntry } from '../objects/object.ts';
import { fieldManager } from '../objects/ownership.ts';
import { type FieldAt, fieldAt, fieldText, isHeld } from './fields.ts';

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
  const field = { field: fieldText(object, at), managers: [...new Set(managers)] };
  // Items of lists stand where others do in what is there.
  const isComparable = managers.length === 0 && at.every((step) => typeof step === 'string');
  const value = isComparable ? fieldAt(live, at) : undefined;
  return typeof value === 'number' ? { ...field, value } : field;
}
