import { describe, expect, test } from 'vitest';
import type { Finding } from '../base/finding.ts';
import type { TargetEvidence } from '../probe/protocol.ts';
import { type ClusterState, type Observation, observe, unobserved } from './cluster-state.ts';
import { absentPod } from './pod-state.ts';

const readAt = '2030-01-01T00:00:00.000Z';
const ready = { ...absentPod, exists: true, ready: true, started: true };

function shown(...seen: readonly Observation[]): ClusterState {
  return seen.reduce(observe, unobserved(readAt));
}

function evidence(name: string): TargetEvidence {
  return { name } as unknown as TargetEvidence;
}

describe('what a cluster has shown', () => {
  test('is refused for the first reason', () => {
    const [first, second] = ['first', 'second'].map((message) => ({ message }) as unknown as Finding);
    const refused = (problem: Finding | undefined): Observation => ({ type: 'Refused', problem: problem as Finding });
    expect(shown(refused(first), refused(second)).problem).toBe(first);
  });

  test('keeps when pods and sidecar were ready first', () => {
    const pods = (at: number, client = ready): Observation => ({ type: 'PodsSeen', server: ready, client, at, readAt });
    const sidecar = (at: number, state: 'Waiting' | 'Ready'): Observation => {
      return { type: 'Sidecar', sidecar: { state, detail: '' }, at };
    };
    expect(
      shown(pods(1, absentPod), pods(2), pods(3), sidecar(1, 'Waiting'), sidecar(2, 'Ready'), sidecar(3, 'Ready')),
    ).toMatchObject({ serverReadyAt: 1, podsReadyAt: 2, sidecarReadyAt: 2 });
  });

  test('stays measured when an older line comes again', () => {
    const pending: Observation = { type: 'Pending', service: 'east', evidence: evidence('early') };
    const measured: Observation = { type: 'Measured', service: 'east', evidence: evidence('late') };
    expect(shown(pending).targets.get('east')?.state).toBe('Pending');
    expect(shown(pending, measured, pending).targets.get('east')).toEqual({
      state: 'Result',
      evidence: measured.evidence,
    });
  });

  test('says that it could not be read only until it is read again', () => {
    const unread = { type: 'Unread', problem: 'timed out' } as const;
    const [log, seen]: readonly Observation[] = [
      { ...unread, what: 'Log' },
      { ...unread, what: 'Pods' },
    ];
    if (log === undefined || seen === undefined) throw new Error('there are two');
    expect(shown(log)).toMatchObject({ logProblem: 'timed out', podsProblem: undefined });
    expect(shown(log, { type: 'LogRead', readAt }).logProblem).toBeUndefined();
    expect(shown(seen)).toMatchObject({ podsProblem: 'timed out', logProblem: undefined });
    const again = { type: 'PodsSeen', server: ready, client: ready, at: 1, readAt } as const;
    expect(shown(seen, again).podsProblem).toBeUndefined();
  });

  test('leaves earlier states as they were', () => {
    const earlier = shown({ type: 'Reached', service: 'east' }, { type: 'Swept', namespace: 'one' });
    const later = [
      { type: 'Reached', service: 'west' },
      { type: 'Swept', namespace: 'two' },
    ] as const satisfies readonly Observation[];
    expect(later.reduce<ClusterState>(observe, earlier)).toMatchObject({
      reached: new Set(['east', 'west']),
      swept: ['one', 'two'],
    });
    expect(earlier).toMatchObject({ reached: new Set(['east']), swept: ['one'] });
  });
});
