import type { ReactNode } from 'react';
import css from './parts.module.css';

export interface Row {
  readonly key: string;
  /** The first one is the row's own name. */
  readonly cells: readonly ReactNode[];
}

interface TableProps {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** In the place of the rows, where there are none. */
  readonly empty: string;
}

/** A real table, which scrolls by itself where it is too wide for the window. */
export function Table({ caption, columns, rows, empty }: TableProps) {
  if (rows.length === 0) return <p className={css.dim}>{empty}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be scrolled by keyboard too
    <section className={css.scroll} aria-label={caption} tabIndex={0}>
      <table className={css.table}>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells: [first, ...cells] }) => (
            <tr key={key}>
              <th scope="row">{first}</th>
              {cells.map((cell, index) => (
                <td key={columns[index + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
