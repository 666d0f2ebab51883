import { expect, test } from 'vitest';
import { clusterName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { objectsAt } from '../../base/json.ts';
import { createFake, type FakeOptions } from '../../kube/testing/fake.ts';
import { type KubeObject, refKey, refOf } from '../../objects/object.ts';
import { ownedObject } from '../../plan/desired.ts';
import { virtualClock } from '../../probe/virtual-clock.ts';
import { introduceSubsets } from './introduce-subsets.ts';
import { createWriter } from './writer.ts';

const named = (kind: string, spec: object): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind,
  metadata: { name: 'isthmus-sample-reviews', namespace: 'istio-system' },
  spec: { host: 'reviews.sample.svc.cluster.local', ...spec },
});
const rule = (...subsets: readonly string[]): KubeObject =>
  named('DestinationRule', { subsets: subsets.map((name) => ({ name, labels: { cluster: name } })) });
const route = (...subsets: readonly string[]): KubeObject =>
  named('VirtualService', { http: [{ route: subsets.map((subset) => ({ destination: { subset } })) }] });
const ruleKey = refKey(refOf(rule()));

/** A cluster that holds some objects of the mesh and wants others; what holds of the rule afterwards, and how long it took. */
async function introduced(
  { held, wanted }: { readonly held: readonly KubeObject[]; readonly wanted: readonly KubeObject[] },
  intercept: FakeOptions['intercept'] = () => undefined,
) {
  const clock = virtualClock();
  const { signal } = new AbortController();
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } };
  let isSetUp = false;
  const client = createFake({
    // Its kinds are known.
    objects: [
      namespace,
      ...[rule(), route()].map((one) => ({ ...one, metadata: { name: 'other', namespace: 'other' } })),
    ],
    intercept: async (call) => (isSetUp ? await intercept(call) : undefined),
  });
  const writerOver = (live: ReadonlyMap<string, KubeObject>) =>
    createWriter({
      ...{ cluster: clusterName.parse('west'), client, mesh: 'shop', drift: 'Repair', signal, live },
      digest: (text) => text,
      beforeWrite: async () => undefined,
    });
  const owned = (objects: readonly KubeObject[]) => objects.map((object) => ownedObject(object, 'shop'));
  await writerOver(new Map()).ensure(owned(held));
  isSetUp = true;
  const live = new Map<string, KubeObject>();
  for (const object of held) {
    const found = await client.get(refOf(object));
    if (found !== undefined) live.set(refKey(refOf(object)), found);
  }
  const writer = writerOver(live);
  const topology = { name: clusterName.parse('west') };
  const started = clock.monotonic();
  const shrinking = await introduceSubsets({
    ...{ topology, objects: owned(wanted), writer, client, clock, signal, report: () => undefined },
  });
  const found = await client.get(refOf(rule()));
  return {
    subsets: found === undefined ? undefined : objectsAt(found, ['spec', 'subsets']).map(({ name }) => name),
    hasRoute: (await client.get(refOf(route()))) !== undefined,
    waited: clock.monotonic() - started,
    shrinking: [...shrinking],
    counts: writer.counts(),
  };
}

test('the subsets of a new split are there some seconds before its route, and are not counted twice', async () => {
  expect(await introduced({ held: [], wanted: [rule('west', 'east'), route('west', 'east')] })).toEqual({
    subsets: ['west', 'east'],
    hasRoute: false,
    waited: 5_000,
    shrinking: [],
    counts: { created: 0, configured: 0, unchanged: 0 },
  });
});

test('a split by something else has both kinds of subsets until its route is taken', async () => {
  const held = [rule('west', 'east'), route('west', 'east')];
  const found = await introduced({ held, wanted: [rule('v1', 'east'), route('v1', 'east')] });
  expect(found).toMatchObject({ subsets: ['v1', 'east', 'west'], waited: 5_000, shrinking: [ruleKey] });
});

test.each([
  ['other weights of the same subsets', [rule('west', 'east'), route('east', 'west')]],
  ['a rule without a route', [rule('west', 'north')]],
  ['what is there already', [rule('west', 'east'), route('west', 'east')]],
])('%s are not waited for', async (_, wanted) => {
  const held = [rule('west', 'east'), ...(wanted.length === 1 ? [] : [route('west', 'east')])];
  expect(await introduced({ held, wanted })).toMatchObject({ subsets: ['west', 'east'], waited: 0, shrinking: [] });
});

test('a rule that is refused is left to its stage', async () => {
  const wanted = [rule('west', 'east'), route('west', 'east')];
  const found = await introduced({ held: [], wanted }, ({ verb }) => {
    if (verb === 'apply') throw new IsthmusError('conflict', 'not here');
  });
  expect(found).toMatchObject({ subsets: undefined, waited: 0, shrinking: [] });
});
