import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ObjectRef, refKey } from '../objects/object.ts';
import { inventoryObject, parseInventory } from './inventory.ts';

const reference: fc.Arbitrary<ObjectRef> = fc
  .record(
    {
      apiVersion: fc.constantFrom('v1', 'apps/v1'),
      kind: fc.constantFrom('Secret', 'Deployment'),
      name: fc.string(),
      namespace: fc.string(),
    },
    { requiredKeys: ['apiVersion', 'kind', 'name'] },
  )
  .map((ref) => ref as ObjectRef);

describe('inventory', () => {
  test('what is written is what is read', () => {
    fc.assert(
      fc.property(fc.array(reference), (refs) => {
        const read = parseInventory(inventoryObject('shop', refs)).map(refKey);
        expect(new Set(read)).toEqual(new Set(refs.map(refKey)));
        expect(read.length).toBe(new Set(read).size);
      }),
    );
  });

  test('does not depend on the order of the objects', () => {
    const refs: ObjectRef[] = ['b', 'a'].map((name) => ({ apiVersion: 'v1', kind: 'Secret', namespace: 'n', name }));
    expect(inventoryObject('shop', refs)).toEqual(inventoryObject('shop', refs.toReversed()));
  });

  test('a damaged line costs that line only', () => {
    const stored = inventoryObject('shop', [{ apiVersion: 'v1', kind: 'Secret', name: 'a' }]);
    const data = stored.data as { objects: string };
    expect(parseInventory({ ...stored, data: { objects: `nonsense\n${data.objects}{"kind":1}\n` } })).toHaveLength(1);
    expect(parseInventory(undefined)).toEqual([]);
  });
});
