import { concealingLogger, type LogEntry, type Logger } from '../../base/logger.ts';
import { visible } from './foreign-text.ts';
import { paint, type Terminal } from './terminal.ts';

/**
 * Writes what the engine tells of requests and connections as lines on stderr, `west  GET /api/v1/pods 200 12 ms`. They hold
 * no body, no header and no query.
 */
export function createRequestLog({ stderr, color }: Terminal): Logger {
  return concealingLogger((entry) => stderr(`${paint(logLine(entry), 'dim', color)}\n`));
}

function logLine({ cluster, message, fields = {} }: LogEntry): string {
  const { method, path, status, durationMs, action: _action, ...others } = fields;
  const words =
    method === undefined
      ? [message, ...Object.entries(others).map(([name, value]) => `${name}=${value}`)]
      : [method, path, status ?? 'no answer', `${durationMs} ms`];
  const named = cluster === undefined ? words : [cluster, '', ...words];
  return visible(named.join(' '));
}
