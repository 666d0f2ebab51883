import { expect, test } from 'vitest';
import { createReporter } from './event-text.ts';
import { createRequestLog } from './request-log.ts';

function written(show: (stderr: (text: string) => void) => void): string {
  let text = '';
  show((part) => {
    text += part;
  });
  return text;
}

const noOutput = (): void => undefined;

test('each request is a line, and so is what becomes of a connection', () => {
  const text = written((stderr) => {
    const log = createRequestLog({ stdout: noOutput, stderr, color: false });
    const request = { method: 'GET', path: '/api/v1/pods', action: 'list Pods', durationMs: 12 };
    log({ level: 'debug', message: 'a request was answered', cluster: 'west', fields: { ...request, status: 200 } });
    log({ level: 'debug', message: 'a request got no answer', cluster: 'east', fields: request });
    log({ level: 'info', message: 'connected', cluster: 'west', fields: { version: 'v1.36.3' } });
  });
  expect(text).toBe(
    [
      'west  GET /api/v1/pods 200 12 ms\n',
      'east  GET /api/v1/pods no answer 12 ms\n',
      'west  connected version=v1.36.3\n',
    ].join(''),
  );
});

test('a line holds no token and steers no terminal', () => {
  const token = `ey${'J'.repeat(80)}`;
  const text = written((stderr) => {
    const log = createRequestLog({ stdout: noOutput, stderr, color: false });
    log({ level: 'warning', message: `refused\u001b[2J ${token}`, cluster: 'west\nerror: none' });
  });
  expect(text).not.toContain(token);
  expect(text.slice(0, -1)).not.toMatch(/[\p{Cc}]/u);
});

test('quiet leaves progress out, not warnings', () => {
  const server = 'https://west:6443';
  const details = { server, kubernetes: 'v1.36.3', user: 'ada' };
  const shown = (quiet: boolean): string =>
    written((stderr) => {
      const { show } = createReporter({ stdout: noOutput, stderr, color: false }, { quiet });
      const event = { operation: 'plan', cluster: 'west', at: '2026-11-29T12:00:00Z' } as const;
      show({ ...event, level: 'info', type: 'Connected', details });
      show({ ...event, level: 'warning', type: 'Unverified', details: { server } });
    });
  expect(shown(false)).toMatch(/^west {2}https:\/\/west:6443, Kubernetes v1\.36\.3, as ada\nwest {2}warning: /);
  expect(shown(true)).toMatch(/^west {2}warning: the certificate of https:\/\/west:6443 is not checked/);
});
