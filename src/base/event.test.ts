import { expect, test } from 'vitest';
import { logEvent, type MeshEvent, stampOf } from './event.ts';
import type { LogEntry } from './logger.ts';

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5) };

function logged(event: MeshEvent): readonly LogEntry[] {
  const entries: LogEntry[] = [];
  logEvent((entry) => void entries.push(entry), event);
  return entries;
}

test('an event of any type becomes a structured entry', () => {
  const event = {
    ...stampOf(clock, 'uninstall', 'warning'),
    cluster: 'west',
    type: 'NamespaceRemoved',
    details: { namespace: 'shop', by: ['a', 'b'], count: 2, left: undefined },
  };
  expect(logged(event)).toEqual([
    {
      level: 'warning',
      message: 'uninstall: namespace removed',
      cluster: 'west',
      fields: {
        at: '2026-01-02T03:04:05.000Z',
        operation: 'uninstall',
        type: 'NamespaceRemoved',
        namespace: 'shop',
        by: '["a","b"]',
        count: 2,
      },
    },
  ]);
});

test('an event about no cluster has none in the log', () => {
  const [entry] = logged({ ...stampOf(clock, 'verify', 'info'), type: 'Started', details: {} });
  expect(entry).not.toHaveProperty('cluster');
});
