import { spanText, useNow } from '../state/time.ts';

/** How long it is until a moment, once a second. */
export function Countdown({ until }: { readonly until: string }) {
  const left = Date.parse(until) - useNow();
  return <span role="timer">{spanText(left)}</span>;
}
