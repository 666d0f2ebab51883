/** Delays between attempts, in milliseconds: doubled each time, capped, spread by half so that clients do not march in step. */
export interface Backoff {
  readonly firstMs: number;
  readonly capMs: number;
}

/** The delay before attempt `failures + 1`, given `random` in [0, 1). */
export function backoffMs({ firstMs, capMs }: Backoff, failures: number, random: () => number): number {
  const whole = Math.min(capMs, firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return whole * (0.5 + random() / 2);
}
