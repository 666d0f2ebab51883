import { asIsthmusError } from '../base/error.ts';
import type { StatusPart, Unread } from '../diagnose/facts/status.ts';

/** Reads the parts of a status, each for itself. */
export interface PartReader {
  /** What could not be read so far. */
  readonly unread: readonly Unread[];
  /**
   * The value, or null where it could not be read: a right that is missing costs what depends on it and no more. Throws
   * where the cluster itself is gone.
   */
  read<T>(part: StatusPart, reading: () => Promise<T>): Promise<T | null>;
}

export function partReader(signal: AbortSignal): PartReader {
  const unread: Unread[] = [];
  return {
    unread,
    async read(part, reading) {
      try {
        return await reading();
      } catch (thrown) {
        signal.throwIfAborted();
        const error = asIsthmusError(thrown);
        if (error.code === 'internal' || error.code === 'cluster-unreachable') throw error;
        unread.push({ part, error });
        return null;
      }
    },
  };
}
