import { describe, expect, test } from 'vitest';
import type { ProcReader } from '../process/proc.ts';
import { liveness } from './liveness.ts';
import { type LabState, parseLabState } from './schema.ts';

const state: LabState = {
  version: 1,
  name: 'lab',
  index: 0,
  bootId: 'boot-1',
  createdAt: '2026-01-01T00:00:00.000Z',
  phase: 'up',
  owner: { pid: 10, startTime: 100 },
  controlPlaneOnly: false,
  fsync: false,
  audit: false,
  bin: '/cache/bin/key',
  istios: [],
  clusters: [{ name: 'west', network: 'us', index: 1, parts: { etcd: { pid: 20, startTime: 200 } } }],
  cuts: [],
  delays: [],
  delayLines: [],
};

function proc(running: Readonly<Record<number, number>>, bootId = 'boot-1'): ProcReader {
  return { bootId: () => bootId, startTime: (pid) => running[pid] };
}

describe('liveness', () => {
  test('a lab whose processes run is up, without the process that started it', () => {
    expect(liveness(state, proc({ 20: 200 }))).toBe('up');
  });

  test('a pid that another process has now counts as dead', () => {
    expect(liveness(state, proc({ 20: 999 }))).toBe('stale');
  });

  test('a lab of an earlier boot is stale even where a pid and its start time agree', () => {
    expect(liveness(state, proc({ 20: 200 }, 'boot-2'))).toBe('stale');
  });

  test('a lab is starting while the process that starts it lives', () => {
    const starting: LabState = { ...state, phase: 'starting' };
    expect(liveness(starting, proc({ 10: 100, 20: 200 }))).toBe('starting');
    expect(liveness(starting, proc({ 10: 101, 20: 200 }))).toBe('stale');
  });

  test('a lab whose removal was interrupted is stale though parts run', () => {
    expect(liveness({ ...state, phase: 'stopping' }, proc({ 20: 200 }))).toBe('stale');
  });
});

describe('state file', () => {
  test('comes back as it was written', () => {
    expect(parseLabState(JSON.stringify(state))).toEqual(state);
  });

  test.each([
    ['nothing', ''],
    ['a torn file', JSON.stringify(state).slice(0, 80)],
    ['another version', JSON.stringify({ ...state, version: 2 })],
    ['a foreign document', '{"kind": "Config"}'],
    ['an index out of range', JSON.stringify({ ...state, index: 8 })],
  ])('%s is no state', (_, text) => {
    expect(parseLabState(text)).toBeUndefined();
  });
});
