import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { renderersAmong } from '../../src/istio/render/renderers.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import type { Stored } from '../support/etcd.ts';
import { type HeldState, heldState } from '../support/held-state.ts';
import { applyUnder, killEverywhere, passing, problems, undisturbedWrites } from '../support/killing.ts';
import { type ApplyOptions, memoryRoots, meshOf, type OneCluster, startOneCluster } from '../support/one-cluster.ts';
import { say } from './seed.ts';

let one: OneCluster;
let whole: HeldState;
let writes: readonly string[];
/** As an uninstall leaves the cluster: with the definitions. */
let defined: Stored;

beforeAll(async () => {
  one = await startOneCluster('soak-kills');
  writes = await undisturbedWrites(one);
  whole = await heldState(one);
  const definitions = [...(await one.etcd.read())].filter(([key]) => key.startsWith('/registry/apiextensions.k8s.io/'));
  defined = new Map([...one.empty, ...definitions]);
});
afterAll(async () => {
  await one?.[Symbol.asyncDispose]();
});
beforeEach(() => one.proxy.begin());

test('an apply that is killed at any write is completed by the next one', async () => {
  const count = await killEverywhere(one, { from: defined, expected: whole });
  expect(count).toBeGreaterThan(30);
  say(`killed at each of ${count} writes`);
});

test('an apply that is killed at any write of a definition is completed by the next one', async () => {
  const isDefinition = (resource: string): boolean => resource === 'customresourcedefinitions';
  const [first, last] = [writes.findIndex(isDefinition), writes.findLastIndex(isDefinition)];
  await killEverywhere(one, { from: one.empty, expected: whole, first, last });
  say(`killed at each of ${last - first + 1} writes of definitions`);
});

test('a change that removes and is killed at any write is completed by the next one', async () => {
  const roots = memoryRoots();
  const { renderer } = one;
  const leftOvers = ['a', 'b', 'c'].map((name): KubeObject => {
    const metadata = { name: `left-over-${name}`, namespace: 'istio-system' };
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { by: 'the mesh' } };
  });
  const earlier: ApplyOptions = {
    declared: meshOf('{network: us, injectNamespaces: [sample, extra]}'),
    renderers: renderersAmong([
      { ...renderer, render: async (...call) => [...(await renderer.render(...call)), ...leftOvers] },
    ]),
  };
  await one.etcd.restore(defined);
  expect(problems(await applyUnder(one, passing, { roots, ...earlier }))).toEqual([]);
  const from = await one.etcd.read();
  expect(problems(await applyUnder(one, passing, { roots }))).toEqual([]);
  const expected = await heldState(one);
  const count = await killEverywhere(one, { from, expected }, { roots });
  expect(count).toBeGreaterThan(6);
  say(`killed at each of ${count} writes of a change`);
});
