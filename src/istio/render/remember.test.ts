import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { atMost } from '../../base/concurrency.ts';
import { createMemory } from './remember.ts';

function cacheOf(texts: Map<string, string>) {
  const seen = { reads: 0, atOnce: 0, most: 0 };
  const cache = {
    get: async (key: string): Promise<string | undefined> => {
      seen.reads += 1;
      seen.atOnce += 1;
      seen.most = Math.max(seen.most, seen.atOnce);
      await new Promise((end) => setImmediate(end));
      seen.atOnce -= 1;
      return texts.get(key);
    },
    put: async (key: string, value: string): Promise<void> => void texts.set(key, value),
  };
  return { cache, seen };
}

test('no more texts are read at a time than there are processors', async () => {
  const { cache, seen } = cacheOf(new Map());
  const remembered = createMemory(cache);
  const wanted = Array.from({ length: 4 * availableParallelism() }, (_, index) => `text ${index}`);
  expect(await Promise.all(wanted.map((what) => remembered(what, async () => what)))).toEqual(wanted);
  expect(seen).toEqual({ reads: wanted.length, atOnce: 0, most: availableParallelism() });
});

test('a text that is in the cache is produced once, and read again by whoever asks later', async () => {
  const { cache, seen } = cacheOf(new Map());
  const remembered = createMemory(cache);
  let produced = 0;
  const ask = async (): Promise<string> =>
    await remembered('text', async () => {
      produced += 1;
      return 'made';
    });
  expect(await Promise.all([ask(), ask()])).toEqual(['made', 'made']);
  expect(await ask()).toBe('made');
  expect({ produced, reads: seen.reads }).toEqual({ produced: 1, reads: 2 });
});

test('without a cache it is kept, and a failure is not', async () => {
  const remembered = createMemory(undefined);
  const failing = async (): Promise<string> => {
    throw new Error('no such program');
  };
  await expect(remembered('text', failing)).rejects.toThrow('no such program');
  expect(await remembered('text', async () => 'made')).toBe('made');
  expect(await remembered('text', failing)).toBe('made');
});

test('those that share turns wait for each other, and find what the other one produced', async () => {
  const { cache } = cacheOf(new Map());
  const inTurn = atMost(1);
  const made: string[] = [];
  const ask = async (): Promise<string> =>
    await createMemory(cache, inTurn)('text', async () => {
      made.push('text');
      return 'made';
    });
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(['made', 'made', 'made']);
  expect(made).toHaveLength(1);
});
