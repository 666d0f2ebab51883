import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ActualAnswer, ActualCluster, ActualEds } from '../../lab/src/oracle/answer.ts';
import type { Query } from '../../src/discovery/values/answer.ts';
import type { ProxyNode } from '../../src/discovery/values/model.ts';
import type { Snapshot } from '../../src/discovery/values/snapshot.ts';
import { readSnapshotFolder, writeSnapshotFolder } from '../../src/snapshot/folder.ts';
import { clusterName } from './compare.ts';

/** A question and what a real istiod answered. */
export interface FixtureAnswer {
  readonly istiod: string;
  readonly proxy: ProxyNode;
  readonly query: Query;
  readonly actual: { readonly cluster: ActualCluster | null; readonly eds: ActualEds | null };
}

export interface Fixture {
  readonly snapshot: Snapshot;
  readonly answers: readonly FixtureAnswer[];
}

/** The folder with one fixture a subfolder: a snapshot with answers.json beside it. */
export const fixtureRoot: string = join(import.meta.dirname, '..', 'fixtures', 'discovery');

/** An answer of the oracle as a fixture keeps it, and back. */
export function pinned(actual: ActualAnswer, query: Query): FixtureAnswer['actual'] {
  const name = clusterName(query);
  return { cluster: actual.clusters.get(name) ?? null, eds: actual.eds.get(name) ?? null };
}

export function unpinned({ query, actual }: FixtureAnswer): ActualAnswer {
  const name = clusterName(query);
  return {
    clusters: new Map(actual.cluster === null ? [] : [[name, actual.cluster]]),
    eds: new Map(actual.eds === null ? [] : [[name, actual.eds]]),
    pushes: 0,
  };
}

export async function writeFixture(name: string, { snapshot, answers }: Fixture): Promise<string> {
  const folder = join(fixtureRoot, name);
  await writeSnapshotFolder(folder, { snapshot, takenAt: undefined, gaps: [] });
  writeFileSync(join(folder, 'answers.json'), `${JSON.stringify(answers, undefined, 2)}\n`);
  return folder;
}

const records = z.array(z.looseObject({}));

export async function readFixture(name: string): Promise<Fixture> {
  const folder = join(fixtureRoot, name);
  const answers = records.parse(JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8')));
  const { snapshot } = await readSnapshotFolder(folder);
  return { snapshot, answers: answers as unknown as readonly FixtureAnswer[] };
}

export function fixtureNames(): string[] {
  return readdirSync(fixtureRoot, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
