import { IsthmusError } from '../../src/base/error.ts';
import { parseOptions } from '../options.ts';
import { wholeNumber } from '../whole-number.ts';

/** What is measured, in the order in which all of it runs. */
export const parts = ['restore', 'rotate', 'idle'] as const;
export type Part = (typeof parts)[number];

export interface OperatorArguments {
  readonly parts: readonly Part[];
  readonly deletions: number;
  readonly rotations: number;
  /** Rotations by istioctl. */
  readonly peer: number;
  readonly idleSeconds: number;
}

export const operatorUsage = `npm run bench -- operator [PART...] [options]

An operator, as a process of its own, that keeps a mesh. Each part has fresh clusters; all of them run where none is named.

  restore    how long a deleted object of the other cluster is away           --deletions 100
  rotate     requests that are lost while tokens are exchanged, 200 a second  --rotations 100
             and the same by istioctl, as it is documented                    --peer 20
  idle       what is asked of the API servers while there is nothing to do    --idle 300 (seconds)`;

/** Understands the words after `operator`, or throws a usage error. */
export function parseOperatorArguments(words: readonly string[]): OperatorArguments {
  const options = {
    deletions: { type: 'string', default: '100' },
    rotations: { type: 'string', default: '100' },
    peer: { type: 'string', default: '20' },
    idle: { type: 'string', default: '300' },
  } as const;
  const { values, positionals } = parseOptions(words, { allowPositionals: true, options }, operatorUsage);
  const remedy = operatorUsage;
  const unknown = positionals.find((word) => !parts.some((part) => part === word));
  if (unknown !== undefined) throw new IsthmusError('usage', `there is no part "${unknown}"`, { remedy });
  const upTo = (max: number, flag: keyof typeof values, min = 1): number =>
    wholeNumber(values[flag], { flag: `--${flag}`, min, max, remedy });
  return {
    parts: positionals.length === 0 ? parts : parts.filter((part) => positionals.includes(part)),
    deletions: upTo(1000, 'deletions'),
    rotations: upTo(1000, 'rotations'),
    peer: upTo(1000, 'peer', 0),
    idleSeconds: upTo(3600, 'idle', 10),
  };
}
