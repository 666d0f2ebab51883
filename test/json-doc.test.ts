import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ClusterName, clusterName } from '../src/api/name.ts';
import { IsthmusError } from '../src/base/error.ts';
import type { KubeObject } from '../src/objects/object.ts';
import type { Verdict } from '../src/remove/classify.ts';
import type { Proof } from '../src/remove/proof.ts';
import type { RemovalReport, RemovedFacts } from '../src/remove/report.ts';
import { joinJson } from '../src/report/join-json.ts';
import { removalPlanJson, removalReportJson } from '../src/report/removal-json.ts';

const text = readFileSync(join(import.meta.dirname, '../docs/json.md'), 'utf8');

/** The fields of each table of a section. */
function tablesOf(title: string): readonly (readonly string[])[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
  return section
    .split(/^\| field .*$/m)
    .slice(1)
    .map((table) => {
      const end = table.search(/^(?!\|)./m);
      const rows = (end === -1 ? table : table.slice(0, end)).matchAll(/^\| `(\w+)` /gm);
      return [...rows].map(([, field]) => field ?? '').toSorted();
    });
}

/** Every field that one of the values has. */
function fieldsOf(...values: readonly unknown[]): readonly string[] {
  return [...new Set(values.flatMap((value) => Object.keys(value as object)))].toSorted();
}

const west: ClusterName = clusterName.parse('west');
const error = new IsthmusError('timeout', 'no answer', { remedy: 'try again' });
const definition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gateways.networking.istio.io' },
};

const proof: Proof = {
  kinds: 1,
  objects: 1,
  left: {},
  finalizers: 0,
  webhooks: 0,
  definitionsKept: 0,
  definitionsClaimed: [],
  namespacesKept: [],
  unreleased: [],
  unread: [],
};

const facts: RemovedFacts = { removed: {}, released: [], stripped: [], stuck: [], sidecars: {} };

const report: RemovalReport = {
  mesh: 'shop',
  clusters: [
    { cluster: west, outcome: 'Removed', ...facts, proof },
    { cluster: west, outcome: 'Failed', ...facts, error },
  ],
  peerSecrets: [],
  peerFailures: [],
  seconds: 1,
};

const verdict: Verdict = {
  remove: [],
  release: [],
  namespaces: [],
  keptDefinitions: [{ definition, usedBy: [] }],
  claimed: [definition],
  foreignIstio: [],
  sidecars: {},
};

interface WithClusters {
  readonly clusters: readonly object[];
}

test('docs/json.md has every field of what join gives, and no other', () => {
  const given = joinJson({ mesh: 'shop', cluster: west, members: [], findings: [], error }, { ok: false });
  expect(tablesOf('join')).toEqual([fieldsOf(given)]);
});

test('docs/json.md has every field of what uninstall gives, and no other', () => {
  const done = removalReportJson(report) as WithClusters;
  const planned = removalPlanJson({
    mesh: 'shop',
    clusters: [
      { cluster: west, state: 'Read', examined: { survey: { kinds: [], objects: [], silent: [] }, verdict } },
      { cluster: west, state: 'Failed', error },
    ],
    peerSecrets: [],
  }) as WithClusters;
  expect(tablesOf('uninstall')).toEqual([
    fieldsOf(done),
    fieldsOf(...done.clusters),
    fieldsOf(proof),
    fieldsOf(planned),
    fieldsOf(...planned.clusters),
  ]);
});
