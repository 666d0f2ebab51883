import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { atMost, type InTurn } from '../../base/concurrency.ts';
import type { RenderCache } from './renderer.ts';

// The letter changes when the form of what is kept changes.
const keyPrefix = 'c';

/**
 * A function that produces a text once for each `what`: whoever asks while it is under way shares it, later it is found
 * in the cache, and a failure is not kept. What is read or produced waits for its turn, as many at a time as the machine
 * has processors where the caller gives no turns: a text takes half a megabyte, the programs behind it compute and take a
 * hundred each, and their time limits count from their start. Without a cache every text is kept.
 */
export function createMemory(
  cache: RenderCache | undefined,
  inTurn: InTurn = atMost(availableParallelism()),
): (what: string, produce: () => Promise<string>) => Promise<string> {
  const running = new Map<string, Promise<string>>();
  const keep = async (key: string, produce: () => Promise<string>): Promise<string> =>
    await inTurn(async () => {
      const kept = await cache?.get(key);
      if (kept !== undefined) return kept;
      const value = await produce();
      await cache?.put(key, value);
      return value;
    });
  return async (what, produce) => {
    const key = createHash('sha256').update(`${keyPrefix}\n${what}`).digest('hex');
    const started = running.get(key) ?? keep(key, produce);
    running.set(key, started);
    try {
      const text = await started;
      if (cache !== undefined) running.delete(key);
      return text;
    } catch (error) {
      running.delete(key);
      throw error;
    }
  };
}
