import { expect, test } from 'vitest';
import { whatifReport } from '../../engine/reporting/whatif.ts';
import { whatif } from '../../predict/scenario/whatif.ts';
import { fakeSnapshot, twoNetworks } from '../../predict/testing/fake-mesh.ts';
import { whatifText } from './text.ts';

const options = { color: false, source: '-f mesh.yaml' };
const nothing = { downs: [], changes: [] };

test('without a scenario the mesh as it is lists its single points, or states that there are none', () => {
  expect(whatifText(whatifReport(whatif(twoNetworks(), nothing)), options)).toContain('what is left hangs on');
  const pods = { reviews: { a: '10.1.0.1' } };
  const flat = fakeSnapshot({
    west: { network: 'us', pods },
    east: { network: 'us', pods: { reviews: { b: '10.2.0.1' } } },
  });
  const text = whatifText(whatifReport(whatif(flat, nothing)), options);
  expect(text).toContain('no single point of failure');
  expect(text).not.toContain('already failing');
});

test('what fails already is shown before what changes', () => {
  const snapshot = twoNetworks();
  const clusters = snapshot.clusters.map(({ cluster, objects }) => ({
    cluster,
    objects: objects.filter(({ metadata }) => cluster !== 'east' || metadata.name !== 'eastwest-1'),
  }));
  const text = whatifText(whatifReport(whatif({ ...snapshot, clusters }, nothing)), options);
  expect(text).toMatch(
    /already failing now\n.*SERVICE +FROM +NOW\n.*details.*\n +reviews\S+ +west +west 50%, lost 50%/,
  );
});

test('assumptions are counted, and listed where that is wanted', () => {
  const report = whatifReport(whatif(twoNetworks(), nothing));
  expect(whatifText(report, options)).toMatch(/^\d+ assumptions \(--assumptions lists them\)$/m);
  expect(whatifText(report, options)).not.toContain('assumes: ');
  const listed = whatifText(report, { ...options, lists: 'Assumptions' });
  expect(listed.match(/^assumes: /gm)).toHaveLength(report.assumptions.length);
});
