import type { EnginePorts } from './ports.ts';

const defaultTimeoutMs = 300_000;

/** The limit of a use case in milliseconds. */
export function timeoutOf({ timeoutMs }: { readonly timeoutMs?: number | undefined }): number {
  return timeoutMs ?? defaultTimeoutMs;
}

/** Aborts when the shell ends the work, or when the limit is over. */
export function limitedSignal(ports: EnginePorts, limitMs: number): AbortSignal {
  const limit = AbortSignal.timeout(limitMs);
  return ports.signal === undefined ? limit : AbortSignal.any([ports.signal, limit]);
}

/** The shell's own signal, or one that never aborts. */
export function signalOf({ signal }: EnginePorts): AbortSignal {
  return signal ?? new AbortController().signal;
}
