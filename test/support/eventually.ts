import { setTimeout as delay } from 'node:timers/promises';
import { onThisMachine } from './patience.ts';
import { timed } from './steps.ts';

/**
 * Looks again until `look` gives no problem, a rejection being one too; an error with the last one when it is late.
 * A busy machine gets more time.
 */
export async function eventually(
  look: () => Promise<string | undefined>,
  { timeoutMs, everyMs = 300 }: { readonly timeoutMs: number; readonly everyMs?: number },
): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const problem = await look().catch(String);
    if (problem === undefined) return;
    const waitedMs = performance.now() - begun;
    if (waitedMs > onThisMachine(timeoutMs)) throw new Error(`still so after ${waitedMs.toFixed()} ms: ${problem}`);
    await timed('pause', () => delay(everyMs));
  }
}
