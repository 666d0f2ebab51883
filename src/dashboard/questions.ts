import { IsthmusError } from '../base/error.ts';
import type { MeshSession } from '../engine/mesh-session.ts';
import type { LookOptions } from './looking.ts';
import { type AskedReports, paths } from './messages.ts';
import type { Moments } from './moments.ts';

/** What a question is answered from. */
export interface Asking {
  readonly session: MeshSession;
  readonly moments: Moments;
  readonly options: LookOptions;
}

type Ask = (asking: Asking, query: URLSearchParams) => Promise<AskedReports[keyof AskedReports]>;

/** What answers a question, by its path. The query has the names of the command's options. */
export const questions: Readonly<Record<string, Ask>> = {
  [paths.trace]: ({ session, options: { timeoutMs } }, query) =>
    session.trace({
      from: needed(query, 'from'),
      to: destinationOf(needed(query, 'to')),
      ...requestOf(query),
      timeoutMs,
    }),
  [paths.plan]: ({ session, options: { timeoutMs, istioctl, helm } }) => session.plan({ timeoutMs, istioctl, helm }),
  [paths.moment]: ({ moments, options }, query) => moments.reportsOf(needed(query, 'at'), options),
  [paths.differences]: ({ moments, options }, query) =>
    moments.between(needed(query, 'from'), needed(query, 'to'), options),
};

function requestOf(query: URLSearchParams): { readonly path?: string; readonly method?: string } {
  const [path, method] = [query.get('path'), query.get('method')];
  return { ...(path === null ? {} : { path }), ...(method === null ? {} : { method }) };
}

function needed(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null || value === '') throw new IsthmusError('usage', `the question has no ${name}`);
  return value;
}

function destinationOf(text: string): { readonly host: string; readonly port: number } {
  const at = text.lastIndexOf(':');
  const [host, port] = [text.slice(0, Math.max(at, 0)), Number(text.slice(at + 1))];
  if (host !== '' && Number.isInteger(port) && port > 0 && port <= 65_535) return { host, port };
  throw new IsthmusError('usage', `expected HOST:PORT, not "${text}"`);
}
