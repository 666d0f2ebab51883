import { describe, expect, test } from 'vitest';
import { fuzz } from './fuzz/fuzz.ts';
import { targets } from './fuzz/targets.ts';

/** Another one each time; `npm run fuzz -- TARGET:SEED` repeats what failed. */
const seed = Math.floor(Math.random() * 100_000_000);
const runs = 60;

describe(`damaged inputs of others, seed ${seed}`, () => {
  process.stdout.write(`fuzz seed ${seed}\n`);

  test.each(targets)('$name: the reader ends, and refuses only in words for its user', async (target) => {
    await fuzz(target, { seed, runs });
  });

  test.each(targets)('$name: the reader understands what is damaged then', async ({ whole, read }) => {
    for (const text of whole) await read(text);
  });

  test('have names of their own, which npm run fuzz takes', () => {
    expect(targets.length).toBe(new Set(targets.map(({ name }) => name)).size);
    expect(targets.every(({ name }) => /^[a-z-]+$/.test(name))).toBe(true);
  });
});
