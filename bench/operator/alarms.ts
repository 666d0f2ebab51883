import type { Condition } from '../../src/api/mesh-cluster-status.ts';
import { type Conditions, conditionText, type Fleet } from './conditions.ts';

/** What conditions said against a mesh of which nothing was wrong. */
export interface Alarms {
  note(fleet: Fleet): void;
  /** Each time that a condition became wrong, or unknown. */
  seen(): { readonly false: readonly string[]; readonly unknown: readonly string[] };
}

export function createAlarms(): Alarms {
  const begun = performance.now();
  const before = new Map<string, string>();
  const found = { false: [] as string[], unknown: [] as string[] };
  const noteOne = (cluster: string, condition: Condition): void => {
    const key = `${cluster} ${condition.type}`;
    const status = before.get(key);
    before.set(key, condition.status);
    const wrong = condition.type === 'Drifted' ? 'True' : 'False';
    if (status === condition.status || (condition.status !== wrong && condition.status !== 'Unknown')) return;
    const minute = ((performance.now() - begun) / 60_000).toFixed(1);
    found[condition.status === wrong ? 'false' : 'unknown'].push(
      `minute ${minute}, ${cluster}: ${conditionText(condition)}`,
    );
  };
  return {
    note(fleet) {
      for (const [cluster, conditions] of fleet) for (const one of detailed(conditions)) noteOne(cluster, one);
    },
    seen: () => found,
  };
}

/** Without the one that is all of them together. */
function detailed(conditions: Conditions): readonly Condition[] {
  return [...conditions.values()].filter(({ type }) => type !== 'Available');
}
