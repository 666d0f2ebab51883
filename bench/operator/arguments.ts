import { IsthmusError } from '../../src/base/error.ts';
import { parseOptions } from '../options.ts';
import { wholeNumber } from '../whole-number.ts';

/** What is measured, in the order in which all of it runs. */
export const parts = ['restore', 'rotate', 'detect', 'available', 'idle', 'idle20', 'churn'] as const;
export type Part = (typeof parts)[number];

export interface OperatorArguments {
  readonly parts: readonly Part[];
  readonly deletions: number;
  readonly rotations: number;
  /** Rotations by istioctl. */
  readonly peer: number;
  readonly rounds: number;
  readonly runs: number;
  readonly idleSeconds: number;
  /** Of `idle20`. */
  readonly clusters: number;
  readonly churnMinutes: number;
}

export const operatorUsage = `npm run bench -- operator [PART...] [options]

An operator, as a process of its own, that keeps a mesh. Each part has fresh clusters; all of them run where none is named.

  restore    how long a deleted object of the other cluster is away           --deletions 100
  rotate     requests that are lost while tokens are exchanged, 200 a second  --rotations 100
             and the same by istioctl, as it is documented                    --peer 20
  detect     how long twelve faults take to be in the right condition         --rounds 1
  available  from kubectl apply of a MeshCluster until it is Available,
             beside isthmus apply of the same                                 --runs 3
  idle       what is asked of the API servers while there is nothing to do    --idle 300 (seconds)
  idle20     memory, processor and requests with many clusters without nodes  --clusters 20
  churn      false alarms while pods and services come and go                 --minutes 60`;

/** Understands the words after `operator`, or throws a usage error. */
export function parseOperatorArguments(words: readonly string[]): OperatorArguments {
  const options = {
    deletions: { type: 'string', default: '100' },
    rotations: { type: 'string', default: '100' },
    peer: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '1' },
    runs: { type: 'string', default: '3' },
    idle: { type: 'string', default: '300' },
    clusters: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '60' },
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
    rounds: upTo(50, 'rounds'),
    runs: upTo(50, 'runs'),
    idleSeconds: upTo(3600, 'idle', 10),
    clusters: upTo(20, 'clusters', 2),
    churnMinutes: upTo(600, 'minutes'),
  };
}
