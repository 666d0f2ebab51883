import { expect, test } from 'vitest';
import { createCounters, outcomeOf } from './counters.ts';

test('events are added up by their labels', () => {
  const { count, values } = createCounters();
  expect(values()).toEqual([]);
  count({ counter: 'Requests', cluster: 'west', method: 'GET', outcome: 'Success' });
  count({ counter: 'Requests', cluster: 'west', method: 'GET', outcome: 'NoAnswer' });
  count({ counter: 'Requests', cluster: 'west', method: 'GET', outcome: 'Success' });
  count({ counter: 'Reconnects', cluster: 'west' });
  count({ counter: 'ThrottledRetries', cluster: 'west' });
  expect(values()).toEqual([
    { counter: 'Requests', labels: { cluster: 'west', method: 'GET', outcome: 'Success' }, value: 2 },
    { counter: 'Requests', labels: { cluster: 'west', method: 'GET', outcome: 'NoAnswer' }, value: 1 },
    { counter: 'Reconnects', labels: { cluster: 'west' }, value: 1 },
    { counter: 'ThrottledRetries', labels: { cluster: 'west' }, value: 1 },
  ]);
});

test.each([
  [101, 'Success'],
  [200, 'Success'],
  [304, 'Redirect'],
  [429, 'ClientError'],
  [503, 'ServerError'],
])('status %i is %s', (status, outcome) => {
  expect(outcomeOf(status)).toBe(outcome);
});
