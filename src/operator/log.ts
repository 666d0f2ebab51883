import { pino } from 'pino';
import { concealingLogger, type Logger, type LogLevel } from '../base/logger.ts';

const levels = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' } as const;

/** A line of JSON for each thing that happens, without keys and tokens. */
export function createLog(level: LogLevel, write: (line: string) => void): Logger {
  const logger = pino({ level: levels[level], base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
  return concealingLogger(({ level: of, message, cluster, fields = {} }) => {
    logger[levels[of]]({ ...fields, ...(cluster === undefined ? {} : { cluster }) }, message);
  });
}
