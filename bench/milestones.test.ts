import { expect, test } from 'vitest';
import { applyMilestones, asSteps, scriptMilestones, type TimedLine } from './milestones.ts';

function timed(text: string): readonly TimedLine[] {
  return text.split('\n').map((line, index) => ({ text: line, seconds: index }));
}

test('a milestone of an apply is the last cluster’s', () => {
  const lines = timed(`c1  namespaces: 1 created
c2  namespaces: 1 created
c1  waiting: Deployment istio-system/istiod available
c2  certificates: 1 created, 2 configured
c1  Deployment istio-system/istiod available (4.2 s)
c1  istiod has synced c2 (1.0 s)
c2  istiod has synced c1 (1.1 s)
c9  namespaces: 1 created
mesh bench: 2 of 2 clusters are as declared`);
  expect([...applyMilestones(lines, ['c1', 'c2'])]).toEqual([
    ['namespaces: written', 1],
    ['certificates: written', 3],
    ['Deployment istio-system/istiod available', 4],
    ['every istiod has synced its peers', 6],
  ]);
});

test('a script marks its own', () => {
  expect([...scriptMilestones(timed('noise\n@ certificates\n@ c1: control plane'))]).toEqual([
    ['certificates', 1],
    ['c1: control plane', 2],
  ]);
});

test('steps are the times between milestones', () => {
  const milestones = new Map(Object.entries({ a: 2, b: 5, c: 5 }));
  expect([...asSteps(milestones)]).toEqual([
    ['a', 2],
    ['b', 3],
    ['c', 0],
  ]);
});
