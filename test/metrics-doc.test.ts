import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { MeshClusterStatus } from '../src/api/mesh-cluster-status.ts';
import { createMetrics } from '../src/operator/metrics.ts';
import { exercised } from './support/metrics.ts';

const root = join(import.meta.dirname, '..');

/** The labels that each metric has, by its name. */
let exposed: ReadonlyMap<string, ReadonlySet<string>>;

beforeAll(async () => {
  exposed = labelsOf(await exercised(createMetrics()).text());
});

function labelsOf(exposition: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const line of exposition.split('\n')) {
    const [, name, labels = ''] = /^([a-z_]+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined) continue;
    const known = found.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/([a-z_]+)="/g)) known.add(label);
    found.set(name, known);
  }
  return found;
}

/** The name of a metric, without what a histogram adds. */
function family(name: string): string {
  return name.replace(/_(bucket|sum|count)$/, '');
}

function text(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
}

function rules(): readonly Rule[] {
  const file = parse(text('deploy/prometheus/isthmus-alerts.yaml')) as {
    groups: readonly { rules: readonly Rule[] }[];
  };
  return file.groups.flatMap((group) => group.rules);
}

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string; readonly legendFormat?: string }[];
}

function queries(): readonly (readonly [string, string])[] {
  const { panels, templating } = JSON.parse(text('deploy/grafana/isthmus.json')) as {
    readonly panels: readonly Panel[];
    readonly templating: {
      readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[];
    };
  };
  const variables = templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, query }) => [name, query] as const);
  return [...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)), ...variables];
}

/** What of a query the operator does not expose: a metric, or a label of one. */
function missing(query: string): readonly string[] {
  return [...query.matchAll(/\b((?:isthmus|process)_[a-z_]+)(?:\{([^}]*)\})?/g)].flatMap(
    ([, name = '', labels = '']) => {
      const known = exposed.get(name);
      if (known === undefined) return [name];
      return [...labels.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)\s*"/g)].flatMap(([, label = '']) =>
        known.has(label) ? [] : [`${name}{${label}}`],
      );
    },
  );
}

test('docs/metrics.md names every metric with its labels', () => {
  const rows = [...text('docs/metrics.md').matchAll(/^- `(isthmus_[a-z_]+)` \(\w+(?:; ([^)]*))?\): /gm)];
  const documented = new Map(
    rows.map(([, name = '', labels = '']) => [
      name,
      [...labels.matchAll(/`([a-z]+)`/g)].map(([, label]) => label).toSorted(),
    ]),
  );
  const real = new Map<string, readonly string[]>();
  for (const [name, labels] of exposed) {
    if (!name.startsWith('isthmus_')) continue;
    const own = [...(real.get(family(name)) ?? []), ...labels].filter((label) => label !== 'le');
    real.set(family(name), [...new Set(own)].toSorted());
  }
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(real));
});

test('docs/metrics.md names every alert with its severity', () => {
  const rows = [...text('docs/metrics.md').matchAll(/^\| `([A-Z]\w+)` \| (\w+) \| /gm)];
  expect(rows.map(([, name, severity]) => `${name} ${severity}`)).toEqual(
    rules().map(({ alert, labels }) => `${alert} ${labels.severity}`),
  );
});

describe('every query asks for what the operator exposes', () => {
  test('of an alert', () => {
    expect(rules().length).toBeGreaterThan(10);
    expect(rules().flatMap(({ expr }) => missing(expr))).toEqual([]);
  });

  test('of the dashboard', () => {
    expect(queries().length).toBeGreaterThan(10);
    expect(queries().flatMap(([, expr]) => missing(expr))).toEqual([]);
  });

  test('and what it does not expose is found', () => {
    expect(missing('sum(isthmus_nothing) / isthmus_probes_total{colour="red", to=~"a"}')).toEqual([
      'isthmus_nothing',
      'isthmus_probes_total{colour}',
    ]);
  });
});

test('what is reported of a cluster goes with it', async () => {
  const metrics = exercised(createMetrics());
  metrics.keepOnly(['west']);
  const left = await metrics.text();
  expect(left).toContain('cluster="west"');
  expect(left).not.toContain('"east"');
  metrics.told('west', { conditions: [] } as MeshClusterStatus);
  expect(await metrics.text()).toContain('cluster="west"');
});
