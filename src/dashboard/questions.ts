import { IsthmusError } from '../base/error.ts';
import type { MeshSession } from '../engine/mesh-session.ts';
import type { LookOptions } from './looking.ts';
import type { AskedReports } from './messages.ts';

type Ask = (
  session: MeshSession,
  query: URLSearchParams,
  options: LookOptions,
) => Promise<AskedReports[keyof AskedReports]>;

/** The reports that answer a question, by their paths. The query has the names of the command's options. */
export const questions: Readonly<Record<string, Ask>> = {
  '/api/trace': (session, query, { timeoutMs }) =>
    session.trace({
      from: needed(query, 'from'),
      to: destinationOf(needed(query, 'to')),
      ...requestOf(query),
      timeoutMs,
    }),
  '/api/plan': (session, _query, { timeoutMs, istioctl, helm }) => session.plan({ timeoutMs, istioctl, helm }),
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
