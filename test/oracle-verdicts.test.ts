import { expect, test } from 'vitest';
import { answer } from '../src/discovery/endpoints/query.ts';
import { buildIstiodView } from '../src/discovery/registry/view.ts';
import { trace } from '../src/predict/request/trace.ts';
import type { Caller } from '../src/predict/world/caller.ts';
import { worldOf } from '../src/predict/world/world.ts';
import { generateCase } from './oracle/generate.ts';

interface Judged {
  /** istiod has endpoints for the question, or what it says in their place. */
  readonly answered: string;
  readonly verdict: string;
  /** Why it is not judged. */
  readonly codes: readonly string[];
}

/** What trace says of requests for what the oracle asks about in a mesh, from the sidecars that ask. */
function judged(seed: number): readonly Judged[] {
  const { snapshot, askings } = generateCase(seed);
  const world = worldOf(snapshot);
  const views = new Map(snapshot.istiods.map((one) => [one.cluster, buildIstiodView(snapshot, one)]));
  return askings.flatMap(({ istiod, proxy, queries }) => {
    const view = views.get(istiod);
    if (view === undefined || proxy.type !== 'sidecar') return [];
    const { cluster, namespace, name } = proxy;
    const place = { cluster, namespace, workload: name, pod: name, serviceAccount: 'default' };
    const caller: Caller = { ...place, proxy, capturesDns: true };
    return queries
      .filter(({ mode }) => mode === 'outbound')
      .map((query) => {
        const { host, port, subset } = query;
        const found = answer(view, proxy, query);
        const request = { host, port, subset, path: '/', method: 'GET', headers: {} };
        const { verdict, findings } = trace(world, caller, request);
        const codes = verdict === 'NotJudged' ? findings.map(({ code }) => code) : [];
        return { answered: found.outcome === 'None' ? found.code : 'Endpoints', verdict, codes };
      });
  });
}

test('"not judged" is no refuge: what istiod has endpoints for is judged, unless it goes past the mesh', () => {
  const all = Array.from({ length: 25 }, (_, seed) => judged(seed + 40)).flat();
  const withEndpoints = all.filter(({ answered }) => answered === 'Endpoints');
  expect(withEndpoints.length).toBeGreaterThan(500);
  expect(withEndpoints.filter(({ verdict }) => verdict === 'Delivered').length).toBeGreaterThan(100);
  expect([...new Set(withEndpoints.flatMap(({ codes }) => codes))].filter((code) => code !== 'passed-through')).toEqual(
    [],
  );
  expect(withEndpoints.filter(({ verdict }) => verdict === 'NotJudged').length).toBeLessThan(
    withEndpoints.length / 100,
  );
  // Of the others it is left open only what Envoy resolves itself or passes through.
  expect([...new Set(all.flatMap(({ codes }) => codes))].toSorted()).toEqual(['not-eds', 'passed-through']);
});
