import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chartFiles } from '../scripts/docs/operator-chart.ts';

const folder = join(import.meta.dirname, '../charts/isthmus-operator');

test('the chart of the operator is as npm run docs writes it', () => {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const written = new Map(found.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')] as const));
  const wanted = chartFiles();
  expect([...written.keys()].toSorted()).toEqual([...wanted.keys()].toSorted());
  for (const [path, text] of wanted) expect(written.get(path), path).toBe(text);
});

test('nothing of the chart is a template but what its values are for', () => {
  const templates = [...chartFiles().values()].join('').match(/\{\{[^}]*\}\}/g);
  expect(templates).toEqual([
    '{{ .Values.replicas }}',
    '{{- with .Values.probeImage }}',
    '{{ printf "--probe-image=%s" . | quote }}',
    '{{- end }}',
    '{{ .Values.image | quote }}',
  ]);
});
