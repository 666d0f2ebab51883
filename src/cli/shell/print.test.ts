import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { reportText } from './print.ts';

const report = {
  kind: 'X',
  empty: [],
  lines: 'a\nb',
  steers: 'x\u001b[2J\u202ey',
  'key\u001b': [{ n: 1.5, none: null }],
  left: undefined,
};

test('YAML holds the same value as JSON, and nothing that steers a terminal', () => {
  const yaml = reportText(report, 'yaml', () => '');
  expect(yaml).toMatch(/^kind: X\nempty: \[\]\nlines: \|-\n {2}a\n {2}b\n/);
  expect(yaml.match(/[^\P{C}\n]/gu)).toBeNull();
  expect(parse(yaml)).toEqual(JSON.parse(JSON.stringify(report)));
  expect(JSON.parse(reportText(report, 'json', () => ''))).toEqual(parse(yaml));
});
