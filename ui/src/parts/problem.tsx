import type { Problem } from '../../../src/dashboard/messages.ts';
import { Unanswered } from '../state/ask.ts';
import css from './parts.module.css';
import { State } from './state.tsx';
import { Words } from './words.tsx';

/** Why something cannot be shown, and what to do about it. */
export function ProblemNotice({ title, problem }: { readonly title: string; readonly problem: Problem }) {
  const { code, message, remedy } = problem;
  return (
    <div role="alert" className={css.notice}>
      <State of="Unknown">{title}</State>
      <p>
        {message} <span className={css.dim}>[{code}]</span>
      </p>
      {remedy === undefined ? null : (
        <p>
          <Words text={remedy} />
        </p>
      )}
    </div>
  );
}

/** The same of what a question ended with. */
export function FailureNotice({ title, error }: { readonly title: string; readonly error: Error }) {
  const problem =
    error instanceof Unanswered ? error.problem : { code: 'unexpected-response' as const, message: error.message };
  return <ProblemNotice title={title} problem={problem} />;
}
