import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commonExitCode, exitCodeMeanings, exitCodeOf } from './exit-code.ts';

test('what no wait would end has failed, and what may still come has timed out', () => {
  expect(exitCodeOf({ code: 'rollout-stuck' })).toBe(4);
  expect(exitCodeOf({ code: 'timeout' })).toBe(9);
  expect(commonExitCode([{ code: 'rollout-stuck' }, { code: 'rollout-stuck' }])).toBe(4);
  expect(commonExitCode([{ code: 'timeout' }, { code: 'rollout-stuck' }])).toBe(4);
});

test('the page of troubleshooting has the meanings that the help has', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/troubleshooting.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(rows).toEqual(Object.entries(exitCodeMeanings));
});
