import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type MeshWideService, serviceReport } from '../../report/service.ts';
import { serviceText } from './text.ts';

const file = join(import.meta.dirname, '../../../test/golden/reports/service.json');
const report = serviceReport.parse(JSON.parse(readFileSync(file, 'utf8')));

function measuredText(measured: NonNullable<MeshWideService['measured']>): readonly string[] {
  const services = report.services.slice(0, 1).map((service) => ({ ...service, measured }));
  const lines = serviceText({ ...report, services }, { color: false }).split('\n');
  return lines
    .slice(lines.findIndex((line) => line.includes('P50')))
    .map((line) => line.trim().replace(/ {2,}/g, ' | '));
}

const quantile = (ms: number, fromMs: number, toMs: number | null) => ({ ms, fromMs, toMs, requests: 20 });

test('each cluster that answered has its share and how long it took; a dash where nothing was sampled', () => {
  const latency = [
    { to: 'west', p50: quantile(3.12, 1, 5), p99: quantile(9.9, 5, 10) },
    { to: 'unknown', p50: quantile(1.2, 1, 5), p99: quantile(500, 500, null) },
  ];
  const shares = { east: 25.04, west: 74.96 };
  const lines = measuredText([
    { from: 'east', requests: 3, failed: 3, shares: {}, latency: [] },
    { from: 'west', requests: 80, failed: 1, shares, latency },
  ]);
  expect(lines.slice(0, 5)).toEqual([
    'FROM | REQUESTS | FAILED | TO | MEASURED | P50 | P99',
    'east | 3 | 3 | - | - | - | -',
    'west | 80 | 1 | east | 25% | - | -',
    'west | 75% | 3.1 ms (1 to 5) | 9.9 ms (5 to 10)',
    'unknown | - | 1.2 ms (1 to 5) | 500 ms (over 500)',
  ]);
});
