import type { ReactNode } from 'react';
import css from './parts.module.css';

export type Verdict = 'Yes' | 'No' | 'Unknown';

/** `Note`: neither good nor bad. */
const marks = { Yes: '✓', No: '✕', Unknown: '?', Note: '•' } as const satisfies Record<Verdict | 'Note', string>;

/** A state in a colour, with a mark and words: the colour says nothing by itself. */
export function State({ of, children }: { readonly of: keyof typeof marks; readonly children: ReactNode }) {
  return (
    <span className={`${css.state} ${css[of]}`}>
      <span aria-hidden="true">{marks[of]}</span> {children}
    </span>
  );
}
