import { parseOptions } from '../options.ts';
import { wholeNumber } from '../whole-number.ts';

export interface OperatorArguments {
  readonly deletions: number;
  readonly idleSeconds: number;
}

export const operatorUsage = `npm run bench -- operator [options]

An operator, as a process of its own, that keeps a mesh of two clusters: how long a deleted object of the other cluster is
away, and what the operator asks the API servers for while there is nothing to do.

  --deletions 100  objects that are deleted, one after the other
  --idle 300       seconds over which idle requests are counted`;

/** Understands the words after `operator`, or throws a usage error. */
export function parseOperatorArguments(words: readonly string[]): OperatorArguments {
  const options = {
    deletions: { type: 'string', default: '100' },
    idle: { type: 'string', default: '300' },
  } as const;
  const { values } = parseOptions(words, { options }, operatorUsage);
  const limits = { remedy: operatorUsage };
  return {
    deletions: wholeNumber(values.deletions, { flag: '--deletions', min: 1, max: 1000, ...limits }),
    idleSeconds: wholeNumber(values.idle, { flag: '--idle', min: 10, max: 3600, ...limits }),
  };
}
