import { stripVTControlCharacters } from 'node:util';
import type { Step } from './support/steps.ts';

/** When a test file ran, in milliseconds of one clock. */
export interface Timed {
  readonly project: string;
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

/** Files that took less are one line together: a run has hundreds of unit tests of some milliseconds. */
const shownFromMs = 6_000;

/**
 * Lines with the minutes of each project, and of each of its files, the largest first; beside them the minutes that
 * processors worked for the file, commands and labs included.
 */
export function timeTable(times: readonly Timed[], steps: readonly Step[]): readonly string[] {
  const projects = Object.entries(Object.groupBy(times, ({ project }) => project));
  const processor = (file: string): string => {
    const found = steps.filter((step) => step.kind === 'processor' && step.file?.endsWith(file) === true);
    return found.length === 0 ? ''.padStart(9) : minutes(found.reduce((sum, { ms }) => sum + ms, 0)).padStart(9);
  };
  const rows = projects.flatMap(([project, files = []]) => {
    const from = Math.min(...files.map((file) => file.from));
    const to = Math.max(...files.map((file) => file.to));
    const shown = files.filter((file) => lasted(file) >= shownFromMs).toSorted((a, b) => lasted(b) - lasted(a));
    const others = files.length - shown.length;
    return [
      `${minutes(to - from)}             ${project}`,
      ...shown.map((file) => `${minutes(lasted(file))}  ${processor(file.file)}    ${file.file}`),
      ...(others === 0
        ? []
        : [`                    ${others} ${others === 1 ? 'file' : 'files'} of less than 0.1 minutes`]),
    ];
  });
  return rows.length === 0 ? [] : ['', 'minutes  processor  file', ...rows];
}

/** Lines with what the tests spent their time on; steps side by side count each. */
export function stepTable(steps: readonly Step[]): readonly string[] {
  const kinds = Object.groupBy(
    steps.filter(({ file }) => file === undefined),
    ({ kind }) => kind,
  );
  const rows = Object.entries(kinds)
    .map(([kind, all = []]) => ({ kind, times: all.length, ms: all.reduce((sum, { ms }) => sum + ms, 0) }))
    .filter(({ ms }) => ms >= shownFromMs)
    .toSorted((a, b) => b.ms - a.ms)
    .map(({ kind, times, ms }) => `${minutes(ms)}  ${String(times).padStart(5)}  ${kind}`);
  return rows.length === 0 ? [] : ['', 'minutes  times  step', ...rows];
}

/** A test, or a file that could not be run, and why. */
export interface Failed {
  readonly test: string;
  readonly message: string;
}

/** So much of a failure's message is shown: the runner's own report, further up, has all of it. */
const shownLetters = 600;

/** Lines with what failed and why, then the names alone: where only the last lines of a run are kept, they tell. */
export function failureTable(failed: readonly Failed[]): readonly string[] {
  const rows = failed.flatMap(({ test, message }) => [
    `failed: ${test}`,
    ...stripVTControlCharacters(message)
      .slice(0, shownLetters)
      .split('\n')
      .map((line) => `  ${line}`.trimEnd()),
  ]);
  return rows.length === 0 ? [] : ['', ...rows, '', ...failed.map(({ test }) => `failed: ${test}`)];
}

function lasted({ from, to }: Timed): number {
  return to - from;
}

function minutes(ms: number): string {
  return (ms / 60_000).toFixed(1).padStart(7);
}
