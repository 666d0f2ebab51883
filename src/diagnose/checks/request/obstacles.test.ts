import { expect, test } from 'vitest';
import type { PodFacts, ProbeFacts } from '../../facts/probe.ts';
import { callerObstacle, serverObstacle } from './obstacles.ts';

const running: PodFacts = { ready: true, started: true, waitsForSidecar: false, blocked: false, detail: '' };

function probe(change: Partial<ProbeFacts>): ProbeFacts {
  return {
    member: { name: 'west', network: 'us' },
    problem: undefined,
    server: running,
    client: running,
    sidecar: { state: 'Ready', detail: '' },
    logProblem: undefined,
    readAt: '2030-01-01T00:00:00Z',
    ...change,
  };
}

test('a pod whose image cannot be had leaves the mesh untested; one that waits for something else is a failure', () => {
  const waiting = { ...running, ready: false, started: false };
  for (const blocked of [true, false]) {
    const pod = { ...waiting, blocked };
    expect(callerObstacle(probe({ client: pod }))).toMatchObject({ hop: 'ClientPod', tested: !blocked });
    expect(serverObstacle(probe({ server: pod }))).toMatchObject({ hop: 'ServerPod', tested: !blocked });
  }
  expect(callerObstacle(probe({}))).toBeUndefined();
});

test('pods that could not be read are neither ready nor at fault: it is unknown', () => {
  const absent = { ...running, ready: false, started: false };
  const podsProblem = 'ann may not list pods';
  const failures = [
    callerObstacle(probe({ client: absent, podsProblem })),
    serverObstacle(probe({ server: absent, podsProblem })),
  ];
  expect(failures.map((failure) => [failure?.hop, failure?.tested])).toEqual([
    ['ClientPod', false],
    ['ServerPod', false],
  ]);
  for (const failure of failures) expect(JSON.stringify(failure)).toContain(podsProblem);
  expect(callerObstacle(probe({ podsProblem }))).toBeUndefined();
  expect(serverObstacle(probe({ podsProblem }))).toBeUndefined();
});
