import { parseOptions } from '../options.ts';
import { wholeNumber } from '../whole-number.ts';

export interface PlanArguments {
  readonly clusters: number;
  readonly runs: number;
  /** Whether the way by hand is measured too. */
  readonly hand: 'Measured' | 'LeftOut';
}

export const planUsage = `npm run bench -- plan [options]

isthmus plan of a mesh of empty clusters: seconds, memory and requests, with and without istioctl's output in the cache;
and what comes nearest to it by hand, istioctl manifest generate | kubectl diff --server-side for each cluster.

  --clusters 20  control planes of the lab, at most 31; 20 of them need 5.3 GB
  --runs 3       plans of each kind
  --no-hand      leave the way by hand out`;

/** Understands the words after `plan`, or throws a usage error. */
export function parsePlanArguments(words: readonly string[]): PlanArguments {
  const options = {
    clusters: { type: 'string', default: '20' },
    runs: { type: 'string', default: '3' },
    'no-hand': { type: 'boolean' },
  } as const;
  const { values } = parseOptions(words, { options }, planUsage);
  const limits = { remedy: planUsage };
  return {
    clusters: wholeNumber(values.clusters, { flag: '--clusters', min: 1, max: 31, ...limits }),
    runs: wholeNumber(values.runs, { flag: '--runs', min: 1, max: 50, ...limits }),
    hand: values['no-hand'] === true ? 'LeftOut' : 'Measured',
  };
}
