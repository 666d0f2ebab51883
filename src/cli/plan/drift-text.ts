import type { DriftedField } from '../../report/plan.ts';

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
