import { type Lock, type LockOptions, openLock } from './lock.ts';

export interface SharedLockOptions {
  /** Ends the taking of the lock; what holds it is the process, and not one of its runs. */
  readonly signal: AbortSignal;
  /** Throws where this process may not write any longer; called before each write. */
  readonly fence: () => void;
}

interface Entry {
  readonly lock: Lock;
  users: number;
}

/**
 * The lock of a mesh for a process that has several runs at once, one for each cluster: they are one writer. It is taken at
 * the first write of any of them and given up when none is left.
 */
export function shareLock({ signal, fence }: SharedLockOptions): (options: LockOptions) => Lock {
  let shared: Entry | undefined;
  return (options) => {
    const live = shared?.lock.signal.aborted === false ? shared : undefined;
    const entry: Entry = live ?? { lock: openLock({ ...options, signal }), users: 0 };
    shared = entry;
    entry.users += 1;
    return {
      signal: AbortSignal.any([options.signal, entry.lock.signal]),
      hold: async (seen) => {
        fence();
        const held = await entry.lock.hold(seen);
        // Taking it may have lasted.
        fence();
        return held;
      },
      async [Symbol.asyncDispose]() {
        entry.users -= 1;
        if (entry.users > 0) return;
        if (shared === entry) shared = undefined;
        await entry.lock[Symbol.asyncDispose]();
      },
    };
  };
}
