import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { atMost } from '../../base/concurrency.ts';
import type { RenderCache } from './renderer.ts';

// The letter changes when the form of what is kept changes.
const keyPrefix = 'c';

/**
 * A function that produces a text once for each `what`: whoever asks while it is under way shares it, later runs find it
 * in the cache, and a failure is not kept. No more is produced at a time than the machine has processors: the programs
 * behind it compute and take a hundred megabytes each, and their time limits count from their start.
 */
export function createMemory(
  cache: RenderCache | undefined,
): (what: string, produce: () => Promise<string>) => Promise<string> {
  const inTurn = atMost(availableParallelism());
  const running = new Map<string, Promise<string>>();
  const keep = async (key: string, produce: () => Promise<string>): Promise<string> => {
    const kept = await cache?.get(key);
    if (kept !== undefined) return kept;
    const value = await inTurn(produce);
    await cache?.put(key, value);
    return value;
  };
  return async (what, produce) => {
    const key = createHash('sha256').update(`${keyPrefix}\n${what}`).digest('hex');
    const started = running.get(key) ?? keep(key, produce);
    running.set(key, started);
    try {
      return await started;
    } catch (error) {
      running.delete(key);
      throw error;
    }
  };
}
