import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Cause, doctorReport } from '../../report/doctor.ts';
import { exitCodes } from '../shell/exit-code.ts';
import { fixPlanOf } from './fix.ts';
import { settled } from './settle.ts';

const file = join(import.meta.dirname, '../../../test/golden/reports/doctor.json');
const report = doctorReport.parse(JSON.parse(readFileSync(file, 'utf8')));
const [first] = report.findings;
if (first === undefined) throw new Error('the report has no finding');
const { fix: _, undo: __, ...cause } = first;

const denied: Cause = { ...cause, code: 'policy-denies', cluster: 'west' };
const starting: Cause = { ...cause, code: 'gateway-not-ready', cluster: 'east' };
const syncing: Cause = { ...cause, code: 'peer-sync', cluster: 'west', severity: 'warning' };
const plan = fixPlanOf({ ...report, findings: [denied] });

/** Looks, one after the other, the last of them for ever; a clock that only pauses move. */
async function waited(looks: readonly (readonly Cause[])[], limitMs = 60_000) {
  const lines: string[] = [];
  let now = 0;
  let count = 0;
  const { report: seen } = await settled({
    look: async () => {
      const findings = looks[Math.min(count, looks.length - 1)] ?? [];
      count += 1;
      return { report: { ...report, findings }, text: '', readAt: report.readAt, code: exitCodes.done };
    },
    plan,
    clock: {
      monotonic: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    },
    signal: new AbortController().signal,
    limitMs,
    tell: (line) => void lines.push(line),
  });
  return { lines, looks: count, left: seen.findings.map(({ code }) => code) };
}

describe('what a fix changed is looked at until it has settled', () => {
  test('once, where nothing is found but what was left to the reader', async () => {
    expect(await waited([[denied]])).toEqual({ lines: [], looks: 1, left: ['policy-denies'] });
  });

  test('telling what is awaited, and whatever comes up on the way', async () => {
    expect(await waited([[starting, denied], [starting, denied], [syncing, denied], [denied]])).toEqual({
      lines: [
        'waiting until it has settled, for 0 s: east: gateway-not-ready\n',
        'waiting until it has settled, for 4 s: west: peer-sync\n',
      ],
      looks: 4,
      left: ['policy-denies'],
    });
  });

  test('up to a limit, where it stays', async () => {
    const { lines, looks, left } = await waited([[starting]], 24_000);
    expect(lines.map((line) => /\d+ s/.exec(line)?.[0])).toEqual(['0 s', '10 s', '20 s']);
    expect(looks).toBe(13);
    expect(left).toEqual(['gateway-not-ready']);
  });

  test('and no longer where nothing changes for a minute', async () => {
    expect((await waited([[starting]], 300_000)).looks).toBe(31);
    const later = Array.from({ length: 20 }, () => [syncing]);
    expect((await waited([[starting], ...later, [denied]], 300_000)).left).toEqual(['policy-denies']);
  });

  test('a note is nothing to wait for', async () => {
    expect((await waited([[{ ...starting, severity: 'info' }]])).looks).toBe(1);
  });
});
