import { expect, test } from 'vitest';
import { atMost } from './concurrency.ts';

test('atMost starts no more than the limit, then one for each that ends, in whichever way', async () => {
  const inTurn = atMost(2);
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const run = (name: string): Promise<string> => {
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    return inTurn(async () => {
      started.push(name);
      return await end.promise;
    });
  };
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(run);
  expect(started).toEqual(['a', 'b']);
  ends.get('b')?.reject(new Error('b failed'));
  await expect(b).rejects.toThrow('b failed');
  expect(started).toEqual(['a', 'b', 'c']);
  for (const name of ['a', 'c', 'd']) ends.get(name)?.resolve(name);
  expect(await Promise.all([a, c, d])).toEqual(['a', 'c', 'd']);
  expect(started).toEqual(['a', 'b', 'c', 'd']);
});
