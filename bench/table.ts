/** Rows as columns two spaces apart: the first one flush left, numbers and what stands above them flush right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((known, row) => {
    row.forEach((cell, column) => {
      known[column] = Math.max(known[column] ?? 0, cell.length);
    });
    return known;
  }, []);
  const align = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    const numeric = rows.some((row) => /^\d[\d.]*$/.test(row[column] ?? ''));
    return column > 0 && numeric ? cell.padStart(width) : cell.padEnd(width);
  };
  return rows.map((row) => row.map(align).join('  ').trimEnd()).join('\n');
}
