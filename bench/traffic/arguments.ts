import { IsthmusError } from '../../src/base/error.ts';
import { parseOptions } from '../options.ts';
import { wholeNumber } from '../whole-number.ts';

/** What is measured, in the order in which all of it runs. */
export const parts = ['move'] as const;
export type Part = (typeof parts)[number];

export interface TrafficArguments {
  readonly parts: readonly Part[];
  readonly moves: number;
  /** Moves by kubectl. */
  readonly peer: number;
}

export const trafficUsage = `npm run bench -- traffic [PART...] [options]

Two clusters on two networks, with a service in both under a steady load. Each part has fresh clusters.

  move  requests that are lost while the service moves in steps, and the old cluster leaves   --moves 3
        and the same steps by kubectl, as Istio documents the objects                        --peer 3`;

/** Understands the words after `traffic`, or throws a usage error. */
export function parseTrafficArguments(words: readonly string[]): TrafficArguments {
  const options = {
    moves: { type: 'string', default: '3' },
    peer: { type: 'string', default: '3' },
  } as const;
  const remedy = trafficUsage;
  const { values, positionals } = parseOptions(words, { allowPositionals: true, options }, remedy);
  const unknown = positionals.find((word) => !parts.some((part) => part === word));
  if (unknown !== undefined) throw new IsthmusError('usage', `there is no part "${unknown}"`, { remedy });
  const upTo = (max: number, flag: keyof typeof values, min = 1): number =>
    wholeNumber(values[flag], { flag: `--${flag}`, min, max, remedy });
  return {
    parts: positionals.length === 0 ? parts : parts.filter((part) => positionals.includes(part)),
    moves: upTo(100, 'moves'),
    peer: upTo(100, 'peer', 0),
  };
}
