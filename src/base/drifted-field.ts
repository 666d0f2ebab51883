/** A field that we applied and that is not ours any longer. */
export interface DriftedField {
  /** As messages show it. */
  readonly field: string;
  /** The field managers that set it since; none where nobody holds it, mostly because it was removed. */
  readonly managers: readonly string[];
  /** Its number, where it is there though nobody holds it: `kubectl scale` to 0 leaves no manager. */
  readonly value?: number;
}

const fieldsShown = 3;

/** `spec.type changed by kubectl-edit; data.mesh removed; spec.replicas set to 0`. */
export function driftText(drift: readonly DriftedField[]): string {
  const groups = Map.groupBy(drift, deed);
  return [...groups].map(([done, fields]) => `${listed(fields)} ${done}`).join('; ');
}

function deed({ managers, value }: DriftedField): string {
  if (managers.length > 0) return `changed by ${managers.join(', ')}`;
  return value === undefined ? 'removed' : `set to ${value}`;
}

function listed(fields: readonly DriftedField[]): string {
  const shown = fields.slice(0, fieldsShown).map(({ field }) => field);
  const more = fields.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
