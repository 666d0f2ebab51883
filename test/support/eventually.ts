import { setTimeout as delay } from 'node:timers/promises';
import { timed } from './steps.ts';

/** Looks again until `look` gives no problem, a rejection being one too; an error with the last one when it is late. */
export async function eventually(
  look: () => Promise<string | undefined>,
  { timeoutMs, everyMs = 300 }: { readonly timeoutMs: number; readonly everyMs?: number },
): Promise<void> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const problem = await look().catch(String);
    if (problem === undefined) return;
    if (performance.now() > until) throw new Error(`still so after ${timeoutMs} ms: ${problem}`);
    await timed('pause', () => delay(everyMs));
  }
}
