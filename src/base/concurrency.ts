/**
 * Runs `work` over `items` with at most `limit` at a time and gives the results in the order of the items.
 * The first rejection rejects the whole and no further item is started; use it where items stand or fall together.
 */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next;
      next += 1;
      try {
        results[index] = await work(items[index] as T, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/** Runs the work when its turn comes, and gives its result. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** Everybody's turn is now. */
export const atOnce: InTurn = async (work) => await work();

/** A function that runs what it is given, at most `limit` at a time; the others wait for their turn in their order. */
export function atMost(limit: number): InTurn {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    // Whoever ends hands its place over, so that nobody comes in between.
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
