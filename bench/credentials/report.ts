import { table } from '../table.ts';

export interface CredentialsResult {
  /** Seconds of ours for all. */
  readonly ours: number;
  /** Seconds of the loop for `pairs`. */
  readonly loop: number;
  readonly pairs: number;
  readonly all: number;
}

/** The seconds for all remote secrets and the ratio; where the loop did not connect all pairs, by what it took for each. */
export function resultText({ ours, loop, pairs, all }: CredentialsResult): string {
  const whole = (loop * all) / pairs;
  const note = pairs === all ? '' : `scaled from ${pairs} pairs in ${loop.toFixed(2)} s`;
  return `\n${table([
    ['way', 'seconds', 'to isthmus', 'note'],
    ['isthmus', ours.toFixed(2), '1.0', ''],
    ['loop', whole.toFixed(2), (whole / ours).toFixed(1), note],
  ])}`;
}
