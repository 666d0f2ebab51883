import type { FieldChange, PlannedChange } from '../../../src/report/plan.ts';
import partsCss from '../parts/parts.module.css';
import css from './plan.module.css';

interface ValuesProps {
  readonly fields: readonly FieldChange[];
  /** Who changed them, where that is known. */
  readonly drift?: PlannedChange['drift'];
}

/** Each value that differs, before and after. */
export function Values({ fields, drift = [] }: ValuesProps) {
  if (fields.length === 0) return '';
  const managers = new Map(drift.map(({ field, managers: names }) => [field, names.join(', ')]));
  return (
    <details className={css.values}>
      <summary>
        {fields.length} {fields.length === 1 ? 'value' : 'values'}
      </summary>
      <dl>
        {fields.map((one) => (
          <div key={one.field}>
            <dt>
              <code>{one.field}</code>
              {managers.get(one.field) ? (
                <span className={partsCss.dim}> changed by {managers.get(one.field)}</span>
              ) : (
                ''
              )}
            </dt>
            <dd>
              <Value mark="−" value={one.before} isThere={'before' in one} />
              <Value mark="+" value={one.after} isThere={'after' in one} />
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

interface ValueProps {
  readonly mark: '−' | '+';
  readonly value: FieldChange['before'];
  readonly isThere: boolean;
}

function Value({ mark, value, isThere }: ValueProps) {
  if (!isThere) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1);
  return (
    <pre className={mark === '−' ? css.before : css.after}>
      <span>{mark === '−' ? 'now ' : 'then '}</span>
      {text}
    </pre>
  );
}
