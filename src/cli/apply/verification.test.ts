import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { VerifyReport } from '../../report/verify.ts';
import { exitCodes } from '../shell/exit-code.ts';
import type { ApplyFlags } from '../shell/flags.ts';
import { afterApply } from './text.ts';
import { codeWithVerification, verifyOptions, withVerification } from './verification.ts';

function recorded(name: string): VerifyReport {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../../../test/golden/reports/${name}.json`), 'utf8'));
}

const passed = recorded('verify');
const untested = recorded('verify-not-tested');
const failed: VerifyReport = {
  ...passed,
  ok: false,
  pairs: passed.pairs.map((pair, index) => (index === 0 ? { ...pair, ok: false } : pair)),
};

test.each([
  ['nothing was asked for', exitCodes.done, undefined, exitCodes.done],
  ['every check passed', exitCodes.done, passed, exitCodes.done],
  ['a check failed', exitCodes.done, failed, exitCodes.answerIsNo],
  ['a check could not be made', exitCodes.done, untested, exitCodes.unknown],
  ['the apply is not complete', exitCodes.partial, failed, exitCodes.partial],
] as const)('the exit code where %s', (_, code, verification, expected) => {
  expect(codeWithVerification(code, verification === undefined ? {} : { verification })).toBe(expected);
});

test('the table of the checks stands below what the apply did', () => {
  const text = withVerification(
    'mesh shop: done\n',
    { verification: passed },
    { source: '-f mesh.yaml', color: false },
  );
  expect(text).toMatch(/^mesh shop: done\n\nPAIR +RESULT[\s\S]*checks passed in /);
  expect(withVerification('done\n', {}, { source: '', color: false })).toBe('done\n');
});

test('its flags go to the verification, and to the command that resumes', () => {
  const flags = { verify: true, probeImage: 'registry/isthmus:1', timeout: 90_000 } as ApplyFlags;
  expect(verifyOptions(flags)).toEqual({ probeImage: 'registry/isthmus:1', timeoutMs: 90_000 });
  expect(verifyOptions({ ...flags, verify: false })).toBeUndefined();
  expect(afterApply('-f mesh.yaml', true).resume).toBe('isthmus apply --verify -f mesh.yaml');
  expect(afterApply('-f mesh.yaml').resume).toBe('isthmus apply -f mesh.yaml');
});
