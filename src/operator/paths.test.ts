import { describe, expect, test } from 'vitest';
import type { PathProbe } from '../engine/home-session.ts';
import { createPaths, pathStaleMs } from './paths.ts';

const start = Date.parse('2030-01-01T00:00:00Z');
const quarterMs = 15_000;

function probe(count: number, more: Partial<PathProbe> = {}): PathProbe {
  return {
    to: 'east',
    count,
    outcome: 'Answered',
    hop: undefined,
    latencyMs: 2,
    finding: undefined,
    gateways: [],
    ...more,
  };
}

const failed: Partial<PathProbe> = {
  outcome: 'Failed',
  latencyMs: null,
  finding: {
    code: 'verify-connect',
    severity: 'error',
    message: 'the gateway of east does not answer',
    remedy: ['look at it'],
  },
};

const silent = { address: '198.51.100.7:15443', answers: 'No' as const };

/** The data path of west after these requests, each a quarter of a minute after the one before. */
function judgedAfter(outcomes: readonly Partial<PathProbe>[], waitMs = 0) {
  const paths = createPaths();
  outcomes.forEach((more, index) => {
    const reading = { pod: 'p', obstacle: undefined, probes: [probe(index + 1, more)] };
    paths.note('west', reading, start + index * quarterMs);
  });
  return paths.dataPath('west', ['east'], start + (outcomes.length - 1) * quarterMs + waitMs);
}

describe('the data path', () => {
  test.each([
    ['nothing was sent', [], 'Unknown NotLooked'],
    ['one answer', [{}], 'True Confirmed'],
    ['the first request failed', [failed], 'Unknown NotConfirmed'],
    ['one of three failed', [{}, failed, {}], 'True Confirmed'],
    ['two of three failed', [failed, {}, failed], 'False PairFailing'],
    ['two failed long ago', [failed, failed, {}, failed], 'False PairFailing'],
    ['it could not be sent', [{}, { outcome: 'Untested' as const }], 'Unknown ProbeNotReady'],
  ])('%s', (_, outcomes, expected) => {
    const { status, reason } = judgedAfter(outcomes);
    expect(`${status} ${reason}`).toBe(expected);
  });

  test('the message says why, and what to do', () => {
    expect(judgedAfter([failed, failed]).message).toBe(
      'Requests of west to east fail. The gateway of east does not answer. Look at it.',
    );
  });

  test.each([
    ['nothing was sent', [], false],
    ['it was answered', [{}], true],
    ['it failed once', [{}, failed], false],
    ['it fails', [failed, failed], false],
    ['it was answered, and the gateway gave no handshake', [{}, { gateways: [silent] }], false],
    ['it was answered, and the gateway gives none', [{ gateways: [silent] }, { gateways: [silent] }], true],
  ])('is read again soon or not: %s', (_, outcomes, isSettled) => {
    const paths = createPaths();
    outcomes.forEach((more, index) => {
      paths.note('west', { pod: 'p', obstacle: undefined, probes: [probe(index + 1, more)] }, start);
    });
    expect(paths.isSettled('west', ['east'], start)).toBe(isSettled);
  });

  test('silence is no answer', () => {
    expect(judgedAfter([{}], pathStaleMs)).toMatchObject({ status: 'True' });
    expect(judgedAfter([{}], pathStaleMs + 1)).toMatchObject({ status: 'Unknown', reason: 'Outdated', seenAt: start });
  });

  test('one peer of many is enough', () => {
    const paths = createPaths();
    const probes = [probe(1), probe(1, { to: 'north', ...failed }), probe(2, { to: 'north', ...failed })];
    paths.note('west', { pod: 'p', obstacle: undefined, probes }, start);
    expect(paths.dataPath('west', ['east'], start).status).toBe('True');
    expect(paths.dataPath('west', ['east', 'north'], start)).toMatchObject({ status: 'False' });
    expect(paths.dataPath('west', ['east', 'south'], start)).toMatchObject({ status: 'Unknown' });
    paths.keepOnly(['west', 'east']);
    expect(paths.dataPath('west', ['north'], start).status).toBe('Unknown');
  });

  test('a request that was read twice counts once, and another pod counts from one', () => {
    const paths = createPaths();
    const reading = { pod: 'p', obstacle: undefined, probes: [probe(1), probe(2, failed)] };
    expect(paths.note('west', reading, start).map(({ count }) => count)).toEqual([1, 2]);
    expect(paths.note('west', reading, start)).toEqual([]);
    expect(paths.dataPath('west', ['east'], start)).toMatchObject({ status: 'True', reason: 'NotConfirmed' });
    expect(paths.note('west', { ...reading, pod: 'q' }, start)).toHaveLength(2);
  });

  test('a pod that does not start is the reason', () => {
    const paths = createPaths();
    paths.noteObstacle('west', 'The image cannot be pulled.');
    expect(paths.dataPath('west', ['east'], start)).toMatchObject({
      status: 'Unknown',
      reason: 'ProbeNotReady',
      message: 'The image cannot be pulled.',
    });
  });
});

describe('the gateway', () => {
  const gateways = (answers: 'Yes' | 'No' | 'Unknown') => [
    { address: '198.51.100.7:15443', answers: 'Yes' as const },
    { address: '198.51.100.8:15443', answers, detail: 'TCP: Refused' },
  ];

  test('an address that gives no handshake twice is a problem, whatever the others give', () => {
    const paths = createPaths();
    const note = (count: number, answers: 'Yes' | 'No' | 'Unknown') =>
      paths.note(
        'west',
        { pod: 'p', obstacle: undefined, probes: [probe(count, { gateways: gateways(answers) })] },
        start,
      );
    note(1, 'No');
    expect(paths.gatewayProblem('east', start)).toBeUndefined();
    note(2, 'No');
    expect(paths.gatewayProblem('east', start)).toMatchObject({
      status: 'False',
      reason: 'GatewayNotReached',
      message: expect.stringContaining('at 198.51.100.8:15443 (TCP: Refused)'),
    });
    expect(paths.gatewayProblem('west', start)).toBeUndefined();
    expect(paths.gatewayProblem('east', start + pathStaleMs + 1)).toBeUndefined();
    note(3, 'Yes');
    expect(paths.gatewayProblem('east', start)).toBeUndefined();
    note(4, 'Unknown');
    expect(paths.gatewayProblem('east', start)).toBeUndefined();
  });
});
