import { conceal } from './conceal.ts';

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

/** One thing that happened, for the person who runs Isthmus: no key, no token, no body of a request or an answer. */
export interface LogEntry {
  readonly level: LogLevel;
  /** A sentence without a full stop; what varies stands in the fields. */
  readonly message: string;
  /** The cluster it is about, by the name that the mesh gives it. */
  readonly cluster?: string;
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

/** Takes what happens. It must neither throw nor wait. */
export type Logger = (entry: LogEntry) => void;

/** A logger that covers every run of characters that may be a key or a token before `write` gets the entry. */
export function concealingLogger(write: Logger): Logger {
  return ({ fields, ...entry }) =>
    write({
      ...entry,
      message: conceal(entry.message),
      ...(fields === undefined ? {} : { fields: concealed(fields) }),
    });
}

function concealed(fields: NonNullable<LogEntry['fields']>): NonNullable<LogEntry['fields']> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? conceal(value) : value]),
  );
}
