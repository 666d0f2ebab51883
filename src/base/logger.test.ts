import { expect, test } from 'vitest';
import { concealingLogger, type LogEntry } from './logger.ts';

test('what may be a key or a token is covered in the message and in the fields', () => {
  const entries: LogEntry[] = [];
  const log = concealingLogger((entry) => entries.push(entry));
  const token = 'x'.repeat(80);
  log({ level: 'warning', message: `refused ${token}`, cluster: 'west', fields: { path: `/a/${token}`, status: 401 } });
  log({ level: 'info', message: 'connected' });
  expect(JSON.stringify(entries)).not.toContain(token);
  expect(entries).toMatchObject([
    { level: 'warning', cluster: 'west', fields: { status: 401 } },
    { level: 'info', message: 'connected' },
  ]);
  expect(entries[1]).not.toHaveProperty('fields');
});
