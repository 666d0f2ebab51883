import type { Finding } from '../../../src/report/finding.ts';
import css from './parts.module.css';
import { State, type Verdict } from './state.tsx';
import { Words } from './words.tsx';

export type Remedies = Readonly<Record<string, string>>;

const states = { error: 'No', warning: 'Unknown', info: 'Unknown' } as const satisfies Record<
  Finding['severity'],
  Verdict
>;

interface FindingProps {
  readonly finding: Finding;
  readonly remedies: Remedies;
}

/** What is wrong, where, how that is known, and what to do about it. */
export function FindingView({ finding, remedies }: FindingProps) {
  const { severity, code, message, cluster, peer, impact, evidence = [], remedy, confidence } = finding;
  const words = remedies[JSON.stringify(remedy)];
  return (
    <div className={css.finding}>
      <p>
        <State of={confidence === 'Unknown' ? 'Unknown' : states[severity]}>{severity}</State>{' '}
        {placeText(cluster, peer)}
        {message} <span className={css.dim}>[{code}]</span>
      </p>
      {impact === undefined ? null : <p>breaks {impact}</p>}
      {evidence.length === 0 ? null : (
        <ul className={css.dim}>
          {evidence.map(({ fact, source }) => (
            <li key={`${source} ${fact}`}>
              {fact} ({source})
            </li>
          ))}
        </ul>
      )}
      {words === undefined || words === '' ? null : (
        <p>
          To do: <Words text={words} />
        </p>
      )}
    </div>
  );
}

function placeText(cluster: string | undefined, peer: string | undefined): string {
  if (cluster === undefined) return '';
  return peer === undefined ? `${cluster}: ` : `${cluster} to ${peer}: `;
}
