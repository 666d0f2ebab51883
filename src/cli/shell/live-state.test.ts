import { expect, test } from 'vitest';
import type { EngineEvent } from '../../engine/events.ts';
import type { LiveState } from './live-block.ts';
import { liveStatesAfter } from './live-state.ts';

/** What is shown of the clusters after some events, as `west 3/15 words`. */
function after(...events: readonly Pick<EngineEvent, 'operation' | 'type' | 'details'>[]): readonly string[] {
  const known = new Map<string, LiveState>();
  for (const event of events) {
    const whole = { cluster: 'west', time: '2026-01-01T00:00:00Z', level: 'info', ...event } as unknown as EngineEvent;
    for (const [cluster, state] of liveStatesAfter(whole, known)) known.set(cluster, state);
  }
  return [...known].map(([cluster, { done, total, text }]) => `${cluster} ${done}/${total} ${text}`);
}

const applied = (stage: string) => ({ operation: 'apply', type: 'Applied', details: { stage } }) as never;
const waiting = (what: string) => ({ operation: 'apply', type: 'Waiting', details: { what } }) as never;

test('an apply goes through its stages, and a late one is no step back', () => {
  expect(after(applied('Namespace'))).toEqual(['west 1/15 namespaces']);
  expect(after(applied('ControlPlane'), applied('Trust'))).toEqual(['west 8/15 certificates']);
  expect(after(applied('Injection'))).toEqual(['west 15/15 injection labels']);
});

test('what is waited for is one thing, however long it takes and whatever keeps it from coming', () => {
  const what = 'Deployment istio-system/istiod available';
  const known = new Map([['west', { done: 8, total: 15, text: 'control plane' }]]);
  const of = (text: string) =>
    liveStatesAfter({ ...(waiting(text) as object), cluster: 'west' } as unknown as EngineEvent, known).get('west');
  expect(of(what)).toEqual({ done: 8, total: 15, text: `waiting: ${what}`, about: what });
  expect(of(`${what}, for 12 s: 0 of 1 available; ErrImagePull`)).toEqual({
    done: 8,
    total: 15,
    text: `waiting: ${what}: 0 of 1 available; ErrImagePull`,
    about: what,
  });
});

test('a verification shows every cluster from its start', () => {
  const started = { operation: 'verify', type: 'Started', details: { namespace: 'n', clusters: ['west', 'east'] } };
  const ready = { operation: 'verify', type: 'PodsReady', details: { afterMs: 10 } };
  expect(after(started as never, ready as never)).toEqual([
    'west 1/4 asking for the first answers',
    'east 0/4 starting the probes',
  ]);
});

test('a removal goes on to namespaces and definitions', () => {
  const removed = { operation: 'uninstall', type: 'Removed', details: { stage: 'Webhooks', count: 3 } };
  const gone = { operation: 'uninstall', type: 'NamespaceRemoved', details: { namespace: 'istio-system' } };
  expect(after(removed as never)[0]).toMatch(/^west 1\/\d+ webhooks$/);
  const [, done, total] = /^west (\d+)\/(\d+) namespace istio-system$/.exec(after(gone as never)[0] ?? '') ?? [];
  expect(Number(total) - Number(done)).toBe(1);
});

test('a shift is one line: what is predicted, what was measured, and how long it has', () => {
  const of = (type: string, details: object) => ({ operation: 'shift', type, details }) as never;
  const predicted = of('Predicted', { steps: [20, 60, 100], callers: ['west'] });
  const written = of('Written', { step: 2, of: 3, weights: { west: 40, east: 60 } });
  const caller = (from: string, target: number, sources: number, errors: number) => ({
    from,
    target: { requests: target, errors },
    sources: { requests: sources, errors: 0 },
    elsewhere: 0,
  });
  const counting = (leftMs: number, ...callers: readonly object[]) =>
    of('Counted', { step: 2, of: 3, share: 60, callers, leftMs, expiresInMs: 590_000 });
  expect(after(predicted)).toEqual(['shift 0/3 starting what puts the old weights back']);
  expect(after(predicted, written)).toEqual([
    'shift 1/3 step 2 of 3: waiting until every sidecar has west 40%, east 60%',
  ]);
  expect(after(written, counting(3000))).toEqual([
    'shift 1/3 step 2 of 3: 60% predicted, no request yet, 0 failed; 3 s left, expires in 10 min',
  ]);
  expect(after(written, counting(0, caller('west', 58, 42, 1), caller('east', 62, 38, 0)))).toEqual([
    'shift 1/3 step 2 of 3: 60% predicted, 60% of 200 requests, 1 failed; due, expires in 10 min',
  ]);
  const target = { ms: 312, fromMs: 250, toMs: 500, requests: 120 };
  const limited = { step: 2, of: 3, share: 60, callers: [], leftMs: 0, expiresInMs: 590_000 };
  expect(after(written, of('Counted', { ...limited, p99: { target, sources: undefined } }))).toEqual([
    'shift 1/3 step 2 of 3: 60% predicted, no request yet, 0 failed, p99 312 ms (250 to 500), not measured elsewhere; due, expires in 10 min',
  ]);
});

test('what says nothing of how far a cluster is changes nothing', () => {
  expect(after({ operation: 'apply', type: 'Notice', details: { message: 'm' } } as never)).toEqual([]);
  expect(after({ operation: 'apply', type: 'Connected', details: {} } as never)).toEqual([]);
});
