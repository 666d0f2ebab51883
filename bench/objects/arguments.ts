import { IsthmusError } from '../../src/base/error.ts';
import { parseOptions } from '../options.ts';
import { wholeNumber } from '../whole-number.ts';

/** Who writes the objects. */
export const writers = ['isthmus', 'kubectl', 'helm'] as const;
export type Writer = (typeof writers)[number];

export interface ObjectsArguments {
  /** A multiple of 100. */
  readonly objects: number;
  /** Round-trip times, in milliseconds. */
  readonly roundTrips: readonly number[];
  readonly rounds: number;
  readonly writers: readonly Writer[];
}

export const objectsUsage = `npm run bench -- objects [options]

Objects of nine kinds into one empty cluster, then the same again with nothing to change: what isthmus apply does with a
cluster's objects, kubectl apply --server-side, and helm upgrade --install of a chart of the same objects.

  --objects 1000   how many, in hundreds
  --rtt 0,20       round-trip times to the API server, in milliseconds and even
  --rounds 1       how often each writer does it
  --writers LIST   of ${writers.join(', ')}; default all`;

/** Understands the words after `objects`, or throws a usage error. */
export function parseObjectsArguments(words: readonly string[]): ObjectsArguments {
  const options = {
    objects: { type: 'string', default: '1000' },
    rtt: { type: 'string', default: '0,20' },
    rounds: { type: 'string', default: '1' },
    writers: { type: 'string', default: writers.join(',') },
  } as const;
  const { values } = parseOptions(words, { options }, objectsUsage);
  const number = (flag: string, text: string, limits: { readonly min: number; readonly max: number }): number =>
    wholeNumber(text, { flag, remedy: objectsUsage, ...limits });
  const objects = number('--objects', values.objects, { min: 100, max: 10_000 });
  if (objects % 100 !== 0) throw wrong('--objects takes a multiple of 100');
  const roundTrips = values.rtt.split(',').map((text) => number('--rtt', text, { min: 0, max: 1000 }));
  // The lab delays each way by whole milliseconds.
  if (roundTrips.some((ms) => ms % 2 !== 0)) throw wrong('--rtt takes even numbers');
  return {
    objects,
    roundTrips,
    rounds: number('--rounds', values.rounds, { min: 1, max: 50 }),
    writers: chosen(values.writers),
  };
}

function chosen(text: string): readonly Writer[] {
  const words = text.split(',');
  const unknown = words.find((word) => !writers.some((name) => name === word));
  if (unknown !== undefined) throw wrong(`--writers: there is no "${unknown}"`);
  return writers.filter((name) => words.includes(name));
}

function wrong(message: string): IsthmusError {
  return new IsthmusError('usage', message, { remedy: objectsUsage });
}
