/** A field that we applied and that is not ours any longer. */
export interface DriftedField {
  /** As messages show it. */
  readonly field: string;
  /** The field managers that set it since; none where it was removed, because nobody holds a field that is not there. */
  readonly managers: readonly string[];
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
