import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyReport } from '../../report/apply.ts';
import { codeWithGuard, guardLine, guardOptions, isGuardEvent, refuseGuardWith, withGuard } from './guard.ts';

const file = join(import.meta.dirname, '../../../test/golden/reports/apply-guarded.json');
const kept = applyReport.parse(JSON.parse(readFileSync(file, 'utf8')));
const { guard } = kept;
if (guard === undefined) throw new Error('the report has no guard');
const wentBack = { ...kept, guard: { ...guard, outcome: 'WentBack' as const, reason: 'requests failed' } };

test('what was kept stands before what was applied', () => {
  const text = withGuard('applied\n', kept, { color: false });
  expect(text).toMatch(/^guard: kept after 30 s: .*\n/);
  expect(text).toMatch(/^helloworld\.sample +west +0 of 2131 +east 80%, west 20% +east 80%, west 20%$/m);
  expect(text).toMatch(/\napplied\n$/);
  expect(codeWithGuard(0, kept)).toBe(0);
});

test('what went back is not called applied', () => {
  const text = withGuard('applied\n', wentBack, { color: false });
  expect(text).toContain('went back after 30 s: requests failed');
  expect(text).not.toContain('applied');
  expect(codeWithGuard(0, wentBack)).toBe(7);
});

test('an apply without a guard is as ever', () => {
  expect(withGuard('applied\n', { mesh: 'shop' }, { color: false })).toBe('applied\n');
  expect(guardOptions({ output: 'text' } as never)).toBeUndefined();
});

test.each([{ dryRun: true }, { verify: true }])('a guard is refused beside %o', (flags) => {
  expect(() => refuseGuardWith({ guard: 60_000, ...flags } as never)).toThrow(/neither only planned nor verified/);
});

test('its events are lines, those of others are not its own', () => {
  const stamp = { at: '2026-01-01T00:00:00Z', operation: 'apply', level: 'info' } as const;
  const details = { restored: ['a', 'b'], left: ['c was changed meanwhile'] };
  const event = { ...stamp, type: 'PutBack', cluster: 'west', details } as const;
  expect(guardLine(event, { color: false })).toBe('west: 2 objects as before; c was changed meanwhile\n');
  expect(isGuardEvent(event)).toBe(true);
  expect(isGuardEvent({ type: 'Applied' })).toBe(false);
});
