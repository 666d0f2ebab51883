import { appendFileSync } from 'node:fs';

/** The environment variable with the file that test/summary.ts reads: a step a line, as JSON. */
export const stepsVariable = 'ISTHMUS_TEST_STEPS';

/** What a test spent time on, for the table at the end of a run. */
export interface Step {
  /** Such as `start lab`, `isthmus apply`, `pause`. */
  readonly kind: string;
  readonly ms: number;
  /** The file it is about, where it is about one. */
  readonly file?: string;
}

export function noteStep(step: Step): void {
  const file = process.env[stepsVariable];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(step)}\n`);
}

/** Notes how long some work took, however it ends. */
export async function timed<T>(kind: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  try {
    return await work();
  } finally {
    noteStep({ kind, ms: performance.now() - begun });
  }
}
