import { expect, test } from 'vitest';
import type { FlowCount } from '../shift/requests.ts';
import { judgeFlow, type WatchedFlow } from './judge.ts';

const [from, host] = ['west', 'helloworld.sample.svc.cluster.local'];

function count(answered: FlowCount['answered'], errors = 0): FlowCount {
  const requests = Object.values(answered).reduce((sum, one) => sum + one, errors);
  return { from, host, requests, errors, answered };
}

function watched(after: FlowCount, more: Partial<WatchedFlow> = {}): WatchedFlow {
  const predicted = { from, host, before: { west: 100 }, after: { west: 50, east: 50 }, hasShares: true };
  return { from, host, before: count({ west: 200 }), after, settled: after, predicted, ...more };
}

test.each([
  ['all as predicted', watched(count({ west: 100, east: 103 })), 'Advance', /203 requests .* as the model says/],
  ['too few requests', watched(count({ west: 5, east: 5 })), 'Hold', /10 requests/],
  ['failures', watched(count({ west: 40, east: 2 }, 30)), 'Back', /30 of 72 requests failed.*0 of 200 before/],
  ['nothing but failures, soon', watched(count({}, 4)), 'Back', /4 of 4 requests failed/],
  ['two failures', watched(count({ west: 50, east: 50 }, 2)), 'Advance', /as the model says/],
  [
    'failures as before',
    watched(count({ west: 50, east: 50 }, 12), { before: count({ west: 180 }, 20) }),
    'Advance',
    /./,
  ],
  [
    'a cluster that the model does not name',
    watched(count({ west: 50, north: 20, east: 50 })),
    'Back',
    /^north answered 20/,
  ],
  [
    'such a cluster that answered before',
    watched(count({ west: 60, east: 60, north: 3 }), { before: count({ west: 100, north: 3 }) }),
    'Advance',
    /./,
  ],
])('%s', (_, flow, verdict, reason) => {
  const judged = judgeFlow(flow, 'AtTheEnd');
  expect(judged.verdict).toBe(verdict);
  expect(judged.reason).toMatch(reason);
});

test('shares that are not as predicted are harm at the end alone: proxies take a change one after the other', () => {
  const flow = watched(count({ west: 200, east: 10 }));
  expect(judgeFlow(flow, 'Meanwhile').verdict).toBe('Hold');
  expect(judgeFlow(flow, 'AtTheEnd')).toEqual({
    verdict: 'Back',
    reason: 'west answered 95.2% of 210 requests, and 50% by the model',
  });
});

test('shares of what the change is not about are not compared: the model has a rule of thumb for them', () => {
  const predicted = { from, host, before: { west: 50, east: 50 }, after: { west: 50, east: 50 }, hasShares: true };
  expect(judgeFlow(watched(count({ west: 200, east: 1 }), { predicted }), 'AtTheEnd').verdict).toBe('Advance');
});

test('failures before the proxies took the change count, and where they answered then does not', () => {
  const flow = watched(count({ west: 190 }, 30), { settled: count({ west: 50, east: 51 }) });
  expect(judgeFlow(flow, 'Meanwhile').verdict).toBe('Back');
  const moving = watched(count({ west: 300, east: 51 }), { settled: count({ west: 50, east: 51 }) });
  expect(judgeFlow(moving, 'AtTheEnd').verdict).toBe('Advance');
});
