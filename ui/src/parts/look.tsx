import type { ReactNode } from 'react';
import type { Look, Shown } from '../../../src/dashboard/messages.ts';
import { useAbout } from '../state/ask.ts';
import { momentText, spanText, useNow } from '../state/time.ts';
import css from './parts.module.css';
import { ProblemNotice } from './problem.tsx';

interface LookViewProps<Report> {
  /** What it is, for the words around it. */
  readonly what: string;
  readonly look: Look<Report> | undefined;
  readonly children: (shown: Shown<Report>) => ReactNode;
}

/** A report with its age, or that it is being read, or why it cannot be read; what was read before stays with its age. */
export function LookView<Report>({ what, look, children }: LookViewProps<Report>) {
  const shown = look?.shown;
  return (
    <>
      {look?.problem === undefined ? null : (
        <ProblemNotice
          title={
            shown === undefined ? `${what} cannot be read` : `${what} could not be read again: what follows is older`
          }
          problem={look.problem}
        />
      )}
      {look === undefined ? <p role="status">reading {what} …</p> : null}
      {shown === undefined ? null : children(shown)}
    </>
  );
}

/** How old something is. */
export function Age({ readAt }: { readonly readAt: string | undefined }) {
  const now = useNow();
  const about = useAbout();
  if (readAt === undefined || about === undefined) return null;
  const age = now - Date.parse(readAt);
  if (about.source === 'Snapshot') return <span className={css.dim}>a snapshot of {momentText(readAt)}</span>;
  const isOld = age > about.intervalMs * 3 + 60_000;
  return (
    <span className={isOld ? css.Unknown : css.dim}>
      read {spanText(age)} ago{isOld ? ', which is old' : ''}
    </span>
  );
}
