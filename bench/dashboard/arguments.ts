import { IsthmusError } from '../../src/base/error.ts';
import { parseOptions } from '../options.ts';
import { wholeNumber } from '../whole-number.ts';

export interface DashboardArguments {
  /** How many clusters the meshes have, one measurement for each. */
  readonly clusters: readonly number[];
  readonly services: number;
  readonly endpoints: number;
}

export const dashboardUsage = `npm run bench -- dashboard [options]

isthmus dashboard of made snapshots of meshes that work, in Debian's Chromium: bytes, first paint, clicks, frames and the
model's time while the slider of a split moves, memory of the server and of the tab.

  --clusters 2,10,50  --services 500  --endpoints 2 (of a service, in each cluster)`;

/** Understands the words after `dashboard`, or throws a usage error. */
export function parseDashboardArguments(words: readonly string[]): DashboardArguments {
  const options = {
    clusters: { type: 'string', default: '2,10,50' },
    services: { type: 'string', default: '500' },
    endpoints: { type: 'string', default: '2' },
  } as const;
  const { values } = parseOptions(words, { options }, dashboardUsage);
  const remedy = dashboardUsage;
  const number = (text: string, flag: keyof typeof values, max: number): number =>
    wholeNumber(text, { flag: `--${flag}`, min: 1, max, remedy });
  const clusters = values.clusters.split(',').map((one) => number(one, 'clusters', 200));
  if (clusters.some((count) => count < 2)) {
    throw new IsthmusError('usage', 'a split needs two clusters at least', { remedy });
  }
  return {
    clusters,
    services: number(values.services, 'services', 4000),
    endpoints: number(values.endpoints, 'endpoints', 15),
  };
}
