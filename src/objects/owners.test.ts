import { describe, expect, test } from 'vitest';
import type { KubeObject } from './object.ts';
import { following } from './owners.ts';

function made(name: string, owners: readonly string[] = [], namespace: string | undefined = 'shop'): KubeObject {
  const ownerReferences = owners.map((owner) => ({ kind: 'ConfigMap', name: owner, uid: `uid-${owner}` }));
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...(namespace === '' ? {} : { namespace }), uid: `uid-${name}`, ownerReferences },
  };
}

/** The names of those that follow when the objects of these names go. */
function names(objects: readonly KubeObject[], ...going: readonly string[]): readonly string[] {
  const own = objects.filter(({ metadata: { name } }) => going.includes(name));
  return [...following(objects, own)].map(({ metadata: { name } }) => name).toSorted();
}

describe('an object follows its owners', () => {
  test('where every one of them goes, at any distance', () => {
    const chain = [made('c', ['b']), made('b', ['a']), made('a'), made('d', ['a', 'b'])];
    expect(names(chain, 'a')).toEqual(['b', 'c', 'd']);
    expect(names(chain, 'b')).toEqual(['c']);
  });

  test('and stays where one lives on, or nothing is known of one', () => {
    expect(names([made('a'), made('b'), made('x', ['a', 'b'])], 'a')).toEqual([]);
    expect(names([made('a'), made('x', ['a', 'nobody'])], 'a')).toEqual([]);
  });

  test('of which one in another namespace is none, and one without a namespace is one', () => {
    expect(names([made('a', [], 'other'), made('x', ['a'])], 'a')).toEqual([]);
    expect(names([made('a'), made('b', [], 'other'), made('x', ['a', 'b'])], 'a')).toEqual(['x']);
    expect(names([made('a', [], ''), made('x', ['a'])], 'a')).toEqual(['x']);
  });

  test('and not one whose UID it states under another name', () => {
    const reference = { kind: 'ConfigMap', name: 'other', uid: 'uid-a' };
    const liar = { ...made('x'), metadata: { ...made('x').metadata, ownerReferences: [reference] } };
    expect(names([made('a'), liar], 'a')).toEqual([]);
  });

  test('once, whatever circles they go in, and goes for its own sake where nothing goes before it', () => {
    expect(names([made('a', ['b']), made('b', ['a'])])).toEqual([]);
    expect(names([made('a', ['a'])], 'a')).toEqual([]);
    expect(names([made('a', ['b']), made('b', ['a'])], 'a', 'b')).toEqual([]);
    expect(names([made('a'), made('b', ['a'])], 'a', 'b')).toEqual(['b']);
    expect(names([made('a', ['nobody']), made('b', ['a'])], 'a')).toEqual(['b']);
  });

  test('in as many steps as there are references, in the worst order', () => {
    const length = 100_000;
    const chain = Array.from({ length }, (_, index) => made(`${index}`, index === length - 1 ? [] : [`${index + 1}`]));
    expect(following(chain, chain.slice(-1)).size).toBe(length - 1);
  });
});
