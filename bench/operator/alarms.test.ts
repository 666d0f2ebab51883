import { expect, test } from 'vitest';
import type { Condition } from '../../src/api/mesh-cluster-status.ts';
import { createAlarms } from './alarms.ts';
import type { Fleet } from './conditions.ts';

function fleet(statuses: Readonly<Record<string, Condition['status']>>): Fleet {
  const conditions = Object.entries(statuses).map(([type, status]) => {
    const one = { type, status, reason: 'Confirmed', message: 'why', lastTransitionTime: '', observedGeneration: 1 };
    return [type, one as Condition] as const;
  });
  return new Map([['west', new Map(conditions)]]);
}

test('a condition that becomes wrong or unknown is an alarm, once, and the sum of all is none', () => {
  const alarms = createAlarms();
  const well = { Available: 'True', DataPath: 'True', Drifted: 'False' } as const;
  alarms.note(fleet(well));
  expect(alarms.seen()).toEqual({ false: [], unknown: [] });
  for (let time = 0; time < 2; time += 1) alarms.note(fleet({ ...well, Available: 'False', DataPath: 'False' }));
  alarms.note(fleet({ ...well, DataPath: 'Unknown' }));
  alarms.note(fleet({ ...well, Drifted: 'True' }));
  const { false: wrong, unknown } = alarms.seen();
  expect(wrong.map((text) => text.replace(/^minute \S+ /, ''))).toEqual([
    'west: DataPath=False Confirmed (why)',
    'west: Drifted=True Confirmed',
  ]);
  expect(unknown).toHaveLength(1);
});
