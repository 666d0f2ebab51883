import type { Clock } from './clock.ts';
import type { LogEntry, Logger, LogLevel } from './logger.ts';
import type { Operation } from './remedy.ts';

/**
 * Something that happened during an operation. The envelope is the same whatever it is about, so that a log or a stream
 * of server-sent events carries it without knowing its type. `details` holds JSON and never a key or a token.
 */
export interface MeshEvent<Type extends string = string, Details extends object = object> {
  /** RFC 3339, in UTC. */
  readonly at: string;
  readonly operation: Operation;
  /** The cluster that it is about, by the name that the mesh gives it. */
  readonly cluster?: string;
  readonly level: LogLevel;
  readonly type: Type;
  readonly details: Details;
}

/** What an event says by itself; its time, operation and level come from the operation that reports it. */
export type EventContent<Event extends MeshEvent> = Event extends MeshEvent
  ? Omit<Event, 'at' | 'operation' | 'level'>
  : never;

/** The part of an event that does not depend on what it says. */
export type EventStamp = Pick<MeshEvent, 'at' | 'operation' | 'level'>;

export function stampOf(clock: Pick<Clock, 'now'>, operation: Operation, level: LogLevel): EventStamp {
  return { at: new Date(clock.now()).toISOString(), operation, level };
}

/** Gives an event of any operation to a logger. */
export function logEvent(logger: Logger, event: MeshEvent): void {
  const { at, operation, cluster, level, type, details } = event;
  logger({
    level,
    message: `${operation}: ${type.replaceAll(/(?<=.)[A-Z]/g, ' $&').toLowerCase()}`,
    ...(cluster === undefined ? {} : { cluster }),
    fields: { at, operation, type, ...fieldsOf(details) },
  });
}

/** The details as a log takes them: what is not a single value becomes JSON text. */
function fieldsOf(details: object): NonNullable<LogEntry['fields']> {
  const known = Object.entries(details).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(known.map(([key, value]) => [key, isScalar(value) ? value : JSON.stringify(value)]));
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
