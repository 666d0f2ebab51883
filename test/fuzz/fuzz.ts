import fc from 'fast-check';
import { IsthmusError } from '../../src/base/error.ts';
import { deeds, mutated, repeats, swapped, swaps } from './damage.ts';
import type { Target } from './target.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly runs: number;
}

/**
 * Gives the reader so many damaged inputs. Throws, with seed and smallest input, where one makes it fail otherwise than by
 * an error for the user, makes it repeat a secret, or changes what all objects inherit.
 */
export async function fuzz(target: Target, { seed, runs }: FuzzOptions): Promise<void> {
  await fc.assert(
    fc.asyncProperty(inputsOf(target), async (text) => {
      const said = await saidBy(() => target.read(text));
      if (repeats(said, 12)) throw new Error(`an error repeats a secret: ${said}`);
      if (Reflect.get({}, 'polluted') !== undefined) throw new Error('the prototype of all objects was changed');
    }),
    { seed, numRuns: runs },
  );
}

function inputsOf({ form, whole }: Target): fc.Arbitrary<string> {
  const text = fc.tuple(fc.constantFrom(...whole), deeds).map(([original, list]) => mutated(original, list));
  if (form === 'Text') return text;
  const value = fc.tuple(fc.constantFrom(...whole), swaps).map(([original, list]) => swapped(original, list));
  return fc.oneof({ arbitrary: value, weight: 4 }, { arbitrary: text, weight: 1 });
}

/** What the user reads; any other error than those for users is thrown. */
async function saidBy(work: () => unknown): Promise<string> {
  try {
    await work();
    return '';
  } catch (error) {
    if (!(error instanceof IsthmusError) || error.code === 'internal') throw error;
    return `${error.message}\n${JSON.stringify(error.remedy ?? '')}`;
  }
}
