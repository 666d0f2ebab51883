import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Oracle, startOracle } from '../../lab/src/oracle/oracle.ts';
import { answer } from '../../src/discovery/endpoints/query.ts';
import { buildIstiodViews } from '../../src/discovery/registry/view.ts';
import type { EdsAnswer } from '../../src/discovery/values/answer.ts';
import type { Snapshot } from '../../src/discovery/values/snapshot.ts';
import type { Asking } from '../oracle/ask.ts';
import { effectiveHosts, queryOf } from '../oracle/effective.ts';
import { generateCase } from '../oracle/generate.ts';
import { judge } from '../oracle/judge.ts';
import { draftRequests, generateRoutes, judgeRoutes, sentRequest } from '../oracle/routes.ts';

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle({ name: 'oracle', clusters: 5 });
});
afterAll(async () => {
  await oracle?.[Symbol.asyncDispose]();
});

test('real istiods answer hundreds of random questions as predicted', async () => {
  let asked = 0;
  for (let seed = 1; asked < 300; seed += 1) {
    const one = generateCase(seed);
    const { disagreements, tally } = await judge(oracle, one);
    expect(disagreements.map(({ query, difference }) => ({ seed, query, difference }))).toEqual([]);
    asked += tally.asked;
  }
  expect(asked).toBeGreaterThanOrEqual(300);
});

type Answer = Extract<EdsAnswer, { outcome: 'Answer' }>;

/** What the answers of the chosen meshes must have among them, so that the comparison is worth its time. */
const features: Readonly<Record<string, (answer: Answer) => boolean>> = {
  'addresses that Envoy drops as duplicates': ({ excluded }) =>
    excluded.some(({ reason }) => reason === 'envoy-duplicate'),
  priorities: ({ effective }) => effective.some(({ priority }) => priority > 0),
  'hosts that are not healthy': ({ effective }) => effective.some(({ health }) => health !== 'HEALTHY'),
  gateways: ({ effective }) => effective.some(({ via }) => via === 'gateway'),
  'weights of their own': ({ effective }) => new Set(effective.map(({ weight }) => weight)).size > 1,
  'server names of another network': ({ envoyCluster, effective }) =>
    envoyCluster.name.startsWith('outbound_.') && effective.length > 0,
};

/** The clusters of a real Envoy that the model has an answer for, with the hosts that it predicts and those that are there. */
async function askEnvoy(snapshot: Snapshot, { istiod, proxy }: Asking) {
  const view = buildIstiodViews(snapshot).find((one) => one.istiod.cluster === istiod);
  if (view === undefined) throw new Error(`the snapshot has no istiod ${istiod}`);
  const found = await oracle.envoyHosts(istiod, proxy);
  return [...found].flatMap(([name, hosts]) => {
    const query = queryOf(name);
    const predicted = query === undefined ? undefined : answer(view, proxy, query);
    if (predicted === undefined || predicted.outcome === 'None') return [];
    const both = effectiveHosts(predicted, hosts);
    return both === undefined ? [] : [{ at: `${proxy.name} ${name}`, answer: predicted, both }];
  });
}

test('real Envoys hold the hosts that were predicted, with their weights, priorities, localities and health', async () => {
  const answers: Answer[] = [];
  for (const seed of [3, 20, 102]) {
    const { snapshot, askings } = generateCase(seed);
    expect((await judge(oracle, { snapshot, askings: askings.slice(0, 1) })).disagreements).toEqual([]);
    const asked = await Promise.all(askings.slice(0, 4).map((asking) => askEnvoy(snapshot, asking)));
    for (const { at, answer: predicted, both } of asked.flat()) {
      expect({ seed, at, hosts: both.actual }).toEqual({ seed, at, hosts: both.predicted });
      answers.push(predicted);
    }
  }
  const missing = Object.keys(features).filter((feature) => !answers.some((one) => features[feature]?.(one)));
  expect(missing).toEqual([]);
});

test('real Envoys send requests where they were predicted to go, in the same shares', async () => {
  let [routed, split] = [0, 0];
  for (const seed of [3, 5, 6, 8]) {
    const { snapshot, askings } = generateRoutes(seed);
    const sidecars = askings.filter(({ proxy }) => proxy.type === 'sidecar').slice(0, 4);
    expect((await judge(oracle, { snapshot, askings: sidecars.slice(0, 1) })).disagreements).toEqual([]);
    const views = buildIstiodViews(snapshot);
    for (const [index, { istiod, proxy }] of sidecars.entries()) {
      const view = views.find((one) => one.istiod.cluster === istiod);
      if (view === undefined) throw new Error(`the snapshot has no istiod ${istiod}`);
      const requests = draftRequests(view, proxy, 100 * seed + index);
      const routing = await oracle.envoyRoutes(istiod, proxy, requests.map(sentRequest));
      const judged = judgeRoutes({ view, proxy }, requests, routing);
      expect(judged.differences.map((difference) => ({ seed, proxy: proxy.name, ...difference }))).toEqual([]);
      routed += judged.routed;
      split += judged.split;
    }
  }
  expect(routed).toBeGreaterThan(50);
  expect(split).toBeGreaterThan(0);
});

test('a new Envoy has no endpoints of any service where one endpoint has no address', async () => {
  const { snapshot, askings } = generateCase(2);
  const [first] = askings;
  if (first === undefined) throw new Error('nobody asks');
  expect((await judge(oracle, { snapshot, askings: [first] })).disagreements).toEqual([]);
  const asked = await askEnvoy(snapshot, first);
  const isRefused = ({ excluded }: Answer): boolean => excluded.some(({ reason }) => reason === 'envoy-refused');
  expect(asked.some((one) => isRefused(one.answer) && one.both.predicted.length === 0)).toBe(true);
  expect(asked.some((one) => one.both.predicted.length > 0)).toBe(true);
  expect(asked.flatMap((one) => one.both.actual)).toEqual([]);
});
