import type { KeptObject } from '../../report/object-ref.ts';
import { refText } from '../shell/ref-text.ts';

/** How many objects that stay for one reason are named one by one. */
const namedAlone = 3;

/** What stays, and why: many objects with one reason are one line. */
export function keptLines(kept: readonly KeptObject[]): readonly string[] {
  return [...Map.groupBy(kept, ({ reason }) => reason)].flatMap(([reason, all]) => {
    const names = all.map(({ ref }) => refText(ref));
    if (names.length <= namedAlone) return names.map((name) => `${name}: ${reason}`);
    return [`${names.slice(0, namedAlone).join(', ')} and ${names.length - namedAlone} more: ${reason}`];
  });
}
