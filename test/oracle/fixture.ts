import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import type { ActualAnswer, ActualCluster, ActualEds } from '../../lab/src/oracle/answer.ts';
import type { Query } from '../../src/discovery/answer.ts';
import type { Proxy as MeshProxy } from '../../src/discovery/model.ts';
import type { ClusterObjects, IstiodSettings, Snapshot } from '../../src/discovery/snapshot.ts';
import { asKubeObject } from '../../src/objects/object.ts';
import { clusterName } from './compare.ts';

/** A question and what a real istiod answered. */
export interface FixtureAnswer {
  readonly istiod: string;
  readonly proxy: MeshProxy;
  readonly query: Query;
  readonly actual: { readonly cluster: ActualCluster | null; readonly eds: ActualEds | null };
}

export interface Fixture {
  readonly snapshot: Snapshot;
  readonly answers: readonly FixtureAnswer[];
}

/** The folder with one fixture a subfolder: CLUSTER/objects.yaml, istiods.yaml and answers.json. */
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

export function writeFixture(name: string, { snapshot, answers }: Fixture): string {
  const folder = join(fixtureRoot, name);
  for (const { cluster, objects } of snapshot.clusters) {
    mkdirSync(join(folder, cluster), { recursive: true });
    const text = objects.map((object) => stringify(object)).join('---\n');
    writeFileSync(join(folder, cluster, 'objects.yaml'), text);
  }
  writeFileSync(join(folder, 'istiods.yaml'), stringify(snapshot.istiods, { aliasDuplicateObjects: false }));
  writeFileSync(join(folder, 'answers.json'), `${JSON.stringify(answers, undefined, 2)}\n`);
  return folder;
}

const records = z.array(z.looseObject({}));

export function readFixture(name: string): Fixture {
  const folder = join(fixtureRoot, name);
  const clusters = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => readCluster(join(folder, entry.name, 'objects.yaml'), entry.name));
  const istiods = records.parse(parse(readFileSync(join(folder, 'istiods.yaml'), 'utf8')));
  const answers = records.parse(JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8')));
  return {
    snapshot: { clusters, istiods: istiods as unknown as readonly IstiodSettings[] },
    answers: answers as unknown as readonly FixtureAnswer[],
  };
}

function readCluster(file: string, cluster: string): ClusterObjects {
  const objects = parseAllDocuments(readFileSync(file, 'utf8')).flatMap((document) => {
    const object = asKubeObject(document.toJS());
    return object === undefined ? [] : [object];
  });
  return { cluster, objects };
}

export function fixtureNames(): string[] {
  return readdirSync(fixtureRoot, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
