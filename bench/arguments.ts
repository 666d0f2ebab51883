import { IsthmusError } from '../src/base/error.ts';
import { parseOptions } from './options.ts';
import { wholeNumber } from './whole-number.ts';

/** How a mesh is made in a run. */
export const contenders = ['isthmus', 'manual', 'isthmus-warm', 'manual-documented'] as const;
export type Contender = (typeof contenders)[number];

/** A mesh size, and how often each contender makes such a mesh. */
export interface Course {
  readonly clusters: number;
  readonly rounds: number;
}

export interface BenchArguments {
  readonly courses: readonly Course[];
  readonly contenders: readonly Contender[];
  /** Unchanged applies after the last run of ours. */
  readonly repeats: number;
  /** Share of the machine, 0 to 1, that other programs may use during a run that counts. */
  readonly quiet: number;
}

export const usage = `npm run bench -- apply [options]

From empty clusters of the lab to the first answered cross-cluster request: isthmus apply --verify against the
documented way by hand as a script without a pause, in the same run, in alternating order. Then an apply without changes.

  --clusters 2,5     sizes of the mesh
  --runs 2           runs of each contender for the first size; the others get half as many, at least one
  --repeats 5        unchanged applies
  --contenders LIST  of ${contenders.join(', ')}; default isthmus,manual,isthmus-warm
                     isthmus-warm has the cache of istioctl's output from an earlier run,
                     manual-documented makes the sample at the end, as the documentation does
  --quiet PERCENT    wait before each run until other programs use less of the machine than that, and make a run
                     again where they used more meanwhile; default 100`;

/** Understands the words after `npm run bench --`, or throws a usage error. */
export function parseBenchArguments(words: readonly string[]): BenchArguments {
  const options = {
    clusters: { type: 'string', default: '2,5' },
    runs: { type: 'string', default: '2' },
    repeats: { type: 'string', default: '5' },
    contenders: { type: 'string', default: 'isthmus,manual,isthmus-warm' },
    quiet: { type: 'string', default: '100' },
  } as const;
  const { values, positionals } = parseOptions(words, { allowPositionals: true, options }, usage);
  if (positionals.join(' ') !== 'apply')
    throw wrong('the benchmarks are called apply, credentials, discovery, objects, operator, pki, plan and traffic');
  const sizes = values.clusters
    .split(',')
    .map((text) => wholeNumber(text, { flag: '--clusters', min: 2, max: 9, remedy: usage }));
  const runs = wholeNumber(values.runs, { flag: '--runs', min: 1, max: 50, remedy: usage });
  return {
    courses: sizes.map((clusters, index) => ({ clusters, rounds: index === 0 ? runs : Math.ceil(runs / 2) })),
    contenders: chosen(values.contenders),
    repeats: wholeNumber(values.repeats, { flag: '--repeats', min: 0, max: 100, remedy: usage }),
    quiet: wholeNumber(values.quiet, { flag: '--quiet', min: 1, max: 100, remedy: usage }) / 100,
  };
}

/** In the order of the table above, so that a run without istioctl's output goes before the one that has it. */
function chosen(text: string): readonly Contender[] {
  const words = text.split(',');
  const unknown = words.find((word) => !contenders.some((name) => name === word));
  if (unknown !== undefined) throw wrong(`--contenders: there is no "${unknown}"`);
  if (words.includes('isthmus-warm') && !words.includes('isthmus')) {
    throw wrong('--contenders: isthmus-warm takes the cache of isthmus, which must run too');
  }
  return contenders.filter((name) => words.includes(name));
}

function wrong(message: string): IsthmusError {
  return new IsthmusError('usage', message, { remedy: usage });
}
