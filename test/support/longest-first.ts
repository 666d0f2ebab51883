import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, so that none of them runs alone at the end. CONTRIBUTING.md has their minutes. */
export const longest: readonly string[] = [
  'truth',
  'services',
  'two-istios',
  'predict',
  'upgrade',
  'blue-green',
  'two-networks',
  'library',
  'join-leave',
  'adopt',
  'interrupted',
  'topologies',
  'bookinfo',
  'operator',
  'uninstall',
  'wrong',
  'release',
  'operator-run',
  'faults',
  'model',
];

/** Begins with the longest files also where no earlier run is remembered, as in a fresh clone; then the usual order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = longest.indexOf(basename(moduleId, '.test.ts'));
  return rank === -1 ? longest.length : rank;
}
