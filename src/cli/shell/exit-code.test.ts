import { expect, test } from 'vitest';
import { commonExitCode, exitCodeOf } from './exit-code.ts';

test('what no wait would end has failed, and what may still come has timed out', () => {
  expect(exitCodeOf({ code: 'rollout-stuck' })).toBe(4);
  expect(exitCodeOf({ code: 'timeout' })).toBe(9);
  expect(commonExitCode([{ code: 'rollout-stuck' }, { code: 'rollout-stuck' }])).toBe(4);
  expect(commonExitCode([{ code: 'timeout' }, { code: 'rollout-stuck' }])).toBe(4);
});
