import { IsthmusError } from '../../src/base/error.ts';
import { parseOptions } from '../options.ts';
import { wholeNumber } from '../whole-number.ts';

/** What is measured, in the order in which all of it runs. */
export const parts = ['faults', 'pairs', 'seconds', 'snapshot'] as const;
export type Part = (typeof parts)[number];

export interface DoctorArguments {
  readonly parts: readonly Part[];
  readonly runs: number;
  readonly clusters: number;
  readonly services: number;
  readonly endpoints: number;
}

export const doctorUsage = `npm run bench -- doctor [PART...] [options]

isthmus doctor of meshes with and without faults; all parts run where none is named.

  faults    each fault of the soak families doctor, -inside and -quiet: how often its cause stands first, what else is
            named, what --fix mends, and what Istio's own tools say in the same run
  pairs     the same of the pairs of doctor-drawn and doctor-drawn-more, without Istio's tools
  seconds   a mesh of three clusters on three networks, and the same with one of them out of reach  --runs 5
  snapshot  a made snapshot of a mesh that works: seconds and memory             --runs 5
            --clusters 50  --services 500  --endpoints 2 (of a service, in each cluster)`;

/** Understands the words after `doctor`, or throws a usage error. */
export function parseDoctorArguments(words: readonly string[]): DoctorArguments {
  const options = {
    runs: { type: 'string', default: '5' },
    clusters: { type: 'string', default: '50' },
    services: { type: 'string', default: '500' },
    endpoints: { type: 'string', default: '2' },
  } as const;
  const { values, positionals } = parseOptions(words, { allowPositionals: true, options }, doctorUsage);
  const remedy = doctorUsage;
  const unknown = positionals.find((word) => !parts.some((part) => part === word));
  if (unknown !== undefined) throw new IsthmusError('usage', `there is no part "${unknown}"`, { remedy });
  const upTo = (max: number, flag: keyof typeof values): number =>
    wholeNumber(values[flag], { flag: `--${flag}`, min: 1, max, remedy });
  return {
    parts: positionals.length === 0 ? parts : parts.filter((part) => positionals.includes(part)),
    runs: upTo(50, 'runs'),
    clusters: upTo(200, 'clusters'),
    services: upTo(4000, 'services'),
    endpoints: upTo(15, 'endpoints'),
  };
}
