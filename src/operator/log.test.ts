import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createLog } from './log.ts';

function logged(
  level: 'debug' | 'info' | 'warning' | 'error',
  entries: readonly Parameters<ReturnType<typeof createLog>>[0][],
) {
  const lines: string[] = [];
  const log = createLog(level, (line) => lines.push(line));
  for (const entry of entries) log(entry);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('each thing is a line of JSON with its time, cluster and fields', () => {
  const [line] = logged('info', [
    { level: 'warning', cluster: 'east', message: 'the status changed', fields: { phase: 'Degraded' } },
  ]);
  expect(line).toEqual({
    level: 40,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    cluster: 'east',
    phase: 'Degraded',
    msg: 'the status changed',
  });
});

test('what is less than the level is left out', () => {
  const lines = logged('warning', [
    { level: 'info', message: 'a' },
    { level: 'error', message: 'b' },
  ]);
  expect(lines.map(({ msg }) => msg)).toEqual(['b']);
});

test('no token and no key comes into it', () => {
  const token = `${randomBytes(24).toString('base64url')}.${randomBytes(48).toString('base64url')}`;
  const key = randomBytes(48).toString('base64');
  const lines = logged('info', [{ level: 'info', message: `said ${token}`, fields: { why: key } }]);
  expect(JSON.stringify(lines)).not.toContain(token);
  expect(JSON.stringify(lines)).not.toContain(key);
});
