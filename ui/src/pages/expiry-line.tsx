import { State } from '../parts/state.tsx';
import css from './expiry-line.module.css';
import { marks, placeOf } from './expiry-scale.ts';

export interface Ending {
  readonly key: string;
  readonly name: string;
  readonly days: number;
}

/** When certificates end, each on a line of its own; the table below says the same. */
export function ExpiryLine({ endings }: { readonly endings: readonly Ending[] }) {
  if (endings.length === 0) return null;
  return (
    <section className={css.lines} aria-label="When certificates end; the table below says the same">
      <div className={css.row} aria-hidden="true">
        <span className={css.name}>now</span>
        <span className={css.scale}>
          {marks.map(({ text }) => (
            <span key={text}>{text}</span>
          ))}
        </span>
      </div>
      {endings.map(({ key, name, days }) => (
        <div key={key} className={css.row}>
          <span className={css.name}>{name}</span>
          <span className={css.track}>
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
              {marks.map((mark, index) => (
                <line
                  key={mark.text}
                  className={css.mark}
                  x1={(100 * (index + 1)) / marks.length}
                  x2={(100 * (index + 1)) / marks.length}
                  y1={0}
                  y2={10}
                />
              ))}
              <rect
                className={days < 0 ? css.ended : css.bar}
                x={0}
                y={3}
                width={Math.max(placeOf(days), 0.5)}
                height={4}
              />
            </svg>
          </span>
          <span className={css.days}>{days < 0 ? <State of="No">expired</State> : `${days} days`}</span>
        </div>
      ))}
    </section>
  );
}
