import { expect } from 'vitest';
import type { Oracle } from '../../lab/src/oracle/oracle.ts';
import { answer } from '../../src/discovery/endpoints/query.ts';
import { refusedServices } from '../../src/discovery/endpoints/refusal.ts';
import { buildIstiodViews } from '../../src/discovery/registry/view.ts';
import type { EdsAnswer } from '../../src/discovery/values/answer.ts';
import type { Snapshot } from '../../src/discovery/values/snapshot.ts';
import type { Asking } from './ask.ts';
import { effectiveHosts, queryOf } from './effective.ts';
import { generateCase } from './generate.ts';
import { judge } from './judge.ts';
import { draftRequests, sentRequest } from './requests.ts';
import { generateRoutes, judgeRoutes } from './routes.ts';
import { actualServerNames, generateServers, predictedServerNames } from './server-names.ts';

export type Answer = Extract<EdsAnswer, { outcome: 'Answer' }>;

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
export async function askEnvoy(oracle: Oracle, snapshot: Snapshot, { istiod, proxy }: Asking) {
  const view = buildIstiodViews(snapshot).find((one) => one.istiod.cluster === istiod);
  if (view === undefined) throw new Error(`the snapshot has no istiod ${istiod}`);
  const found = await oracle.envoyHosts(istiod, proxy);
  const isRefused = refusedServices(view, proxy).length > 0;
  return [...found].flatMap(([name, hosts]) => {
    const query = queryOf(name);
    const predicted = query === undefined ? undefined : answer(view, proxy, query);
    if (predicted === undefined || predicted.outcome === 'None') return [];
    const both = effectiveHosts(isRefused ? { ...predicted, effective: [] } : predicted, hosts);
    return both === undefined ? [] : [{ at: `${proxy.name} ${name}`, answer: predicted, both }];
  });
}

/** Holds real Envoys against the model for the meshes of these seeds; gives the features that no answer had. */
export async function judgeHosts(oracle: Oracle, seeds: readonly number[]): Promise<readonly string[]> {
  const answers: Answer[] = [];
  for (const seed of seeds) {
    const { snapshot, askings } = generateCase(seed);
    expect((await judge(oracle, { snapshot, askings: askings.slice(0, 1) })).disagreements).toEqual([]);
    const asked = await Promise.all(askings.slice(0, 4).map((asking) => askEnvoy(oracle, snapshot, asking)));
    for (const { at, answer: predicted, both } of asked.flat()) {
      expect({ seed, at, hosts: both.actual }).toEqual({ seed, at, hosts: both.predicted });
      answers.push(predicted);
    }
  }
  return Object.keys(features).filter((feature) => !answers.some((one) => features[feature]?.(one)));
}

/** Holds the server names of gateways' listeners against the model, for the meshes of these seeds; gives how many there were. */
export async function judgeServerNames(oracle: Oracle, seeds: readonly number[]): Promise<number> {
  let count = 0;
  for (const seed of seeds) {
    const { snapshot, askings } = generateServers(seed);
    const routers = askings.filter(({ proxy }) => proxy.type === 'router').slice(0, 3);
    expect((await judge(oracle, { snapshot, askings: routers.slice(0, 1) })).disagreements).toEqual([]);
    const views = buildIstiodViews(snapshot);
    for (const { istiod, proxy } of routers) {
      const view = views.find((one) => one.istiod.cluster === istiod);
      if (view === undefined) throw new Error(`the snapshot has no istiod ${istiod}`);
      const actual = actualServerNames(await oracle.serverNames(istiod, proxy));
      expect({ seed, proxy: proxy.name, names: predictedServerNames(view, proxy) }).toEqual({
        seed,
        proxy: proxy.name,
        names: actual,
      });
      count += actual.length;
    }
  }
  return count;
}

/** How many requests went where the model said. */
export interface Routed {
  readonly routed: number;
  /** Of routes that split by weight. */
  readonly split: number;
}

/** Sends requests through real Envoys and holds where they go against the model, for the meshes of these seeds. */
export async function judgeRequests(oracle: Oracle, seeds: readonly number[]): Promise<Routed> {
  let [routed, split] = [0, 0];
  for (const seed of seeds) {
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
  return { routed, split };
}
