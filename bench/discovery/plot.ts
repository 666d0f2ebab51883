export interface Point {
  readonly label: string;
  readonly value: number;
}

const width = 40;

/** Bars whose length is the value, the longest one 40 characters. */
export function plot(title: string, points: readonly Point[], unit: string): string {
  const most = Math.max(...points.map(({ value }) => value));
  const labelWidth = Math.max(...points.map(({ label }) => label.length));
  const bars = points.map(({ label, value }) => {
    const length = most > 0 ? Math.max(1, Math.round((value / most) * width)) : 0;
    return `${label.padStart(labelWidth)} ${'█'.repeat(length).padEnd(width)} ${value.toPrecision(3)} ${unit}`;
  });
  return [title, ...bars].join('\n');
}
