/** Where the days until an end stand on a line on which days, months and years are all to be seen: each part of it is as wide. */

/** The ends of the parts, in days. */
export const marks = [
  { days: 1, text: '1 day' },
  { days: 7, text: '1 week' },
  { days: 30, text: '1 month' },
  { days: 90, text: '3 months' },
  { days: 365, text: '1 year' },
  { days: 3650, text: '10 years' },
] as const;

/** In percent of the line: 0 for what has ended, 100 for what is further away than its end. */
export function placeOf(days: number): number {
  const part = 100 / marks.length;
  const at = marks.findIndex((mark) => days <= mark.days);
  if (days <= 0) return 0;
  if (at < 0) return 100;
  const [from, to] = [marks[at - 1]?.days ?? 0, marks[at]?.days ?? 0];
  return part * (at + (days - from) / (to - from));
}
