import { parseOptions } from '../options.ts';
import { wholeNumber } from '../whole-number.ts';

export interface CredentialsArguments {
  readonly clusters: number;
  /** Runs of ours. */
  readonly runs: number;
  /** How many ordered pairs the loop connects; all of them where it is the whole. */
  readonly pairs: number;
}

export const credentialsUsage = `npm run bench -- credentials [options]

Every cluster gets a remote secret of every other one: by what isthmus apply does for it, and by the documented loop
istioctl create-remote-secret | kubectl apply, which takes minutes.

  --clusters 20  control planes of the lab, at most 31; 20 of them need 5.3 GB
  --runs 3       runs of ours; the loop runs once, last
  --pairs N      only so many pairs of the loop, whose time is then scaled to all; default all`;

/** Understands the words after `credentials`, or throws a usage error. */
export function parseCredentialsArguments(words: readonly string[]): CredentialsArguments {
  const options = {
    clusters: { type: 'string', default: '20' },
    runs: { type: 'string', default: '3' },
    pairs: { type: 'string' },
  } as const;
  const { values } = parseOptions(words, { options }, credentialsUsage);
  const number = (flag: string, text: string, limits: { readonly min: number; readonly max: number }): number =>
    wholeNumber(text, { flag, remedy: credentialsUsage, ...limits });
  const clusters = number('--clusters', values.clusters, { min: 2, max: 31 });
  const all = clusters * (clusters - 1);
  return {
    clusters,
    runs: number('--runs', values.runs, { min: 1, max: 50 }),
    pairs: values.pairs === undefined ? all : number('--pairs', values.pairs, { min: 1, max: all }),
  };
}
