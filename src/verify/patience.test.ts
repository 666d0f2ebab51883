import { expect, test } from 'vitest';
import { onlyService } from './checks.ts';
import { type ClusterRun, newClusterRun } from './cluster-run.ts';
import { isOver } from './patience.ts';
import { absentPod } from './pod-state.ts';

const limits = { podPatienceMs: 60_000, patienceMs: 20_000 };

function runOf(name: string, readyAt: number, calls: readonly string[] = []): ClusterRun {
  const spec = {
    mesh: 'shop',
    namespace: 'isthmus-verify-x',
    cluster: name,
    clusters: ['west', 'east'],
    image: 'isthmus',
    args: [],
    injectionLabels: {},
    expires: '',
    clientSeconds: 120,
    lifetimeSeconds: 240,
  };
  const targets = calls.map((to) => ({ service: onlyService(to), port: 80, requests: 20, groups: [[to]] }));
  const readAt = '2030-01-01T00:00:00.000Z';
  const run = newClusterRun({ name, network: name }, undefined, spec, readAt);
  const server = { ...absentPod, exists: true, ready: true };
  run.record({ type: 'Planned', targets });
  run.record({ type: 'PodsCreated', at: 0 });
  run.record({ type: 'PodsSeen', server, client: absentPod, at: readyAt, readAt });
  run.record({ type: 'Sidecar', sidecar: { state: 'Ready', detail: '' }, at: readyAt });
  return run;
}

test.each([
  { startedIn: 4_000, over: [false, true] },
  { startedIn: 50_000, over: [false, false] },
])('requests may fail as long as the pods took to start, and never less than the limit: $startedIn ms', (given) => {
  const west = runOf('west', 3_000, ['east']);
  const runs = [west, runOf('east', given.startedIn)];
  const isOverAfter = (ms: number): boolean => isOver(west, runs, { ...limits, now: given.startedIn + ms });
  expect([isOverAfter(19_000), isOverAfter(21_000)]).toEqual(given.over);
  expect(isOverAfter(51_000)).toBe(true);
});
