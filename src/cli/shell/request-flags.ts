import { IsthmusError } from '../../base/error.ts';

export interface Destination {
  readonly host: string;
  readonly port: number;
}

/** `reviews.shop:9080` */
export function parseDestination(text: string): Destination {
  const match = /^([A-Za-z0-9._-]+):(\d{1,5})$/.exec(text);
  const [, host = '', port = ''] = match ?? [];
  if (match !== null && Number(port) <= 65_535) return { host, port: Number(port) };
  throw new IsthmusError('usage', `expected HOST:PORT, not "${text}"`, {
    remedy: 'write for example reviews.shop:9080',
  });
}

/** `name=value` or `name: value` */
export function parseHeader(text: string): readonly [string, string] {
  const match = /^([^=:\s]+)\s*[=:]\s*(.*)$/.exec(text);
  if (match !== null) return [match[1] ?? '', match[2] ?? ''];
  throw new IsthmusError('usage', `"${text}" is not a header`, { remedy: 'write name=value' });
}

/** `/cart?item=1` */
export function parsePath(text: string): string {
  if (/^\/[^\s#]*$/.test(text)) return text;
  throw new IsthmusError('usage', `"${text}" is not the path of a request`, { remedy: 'write for example /cart' });
}

/** `GET` */
export function parseMethod(text: string): string {
  if (/^[A-Za-z][A-Za-z-]{0,31}$/.test(text)) return text;
  throw new IsthmusError('usage', `"${text}" is not the method of a request`, { remedy: 'write for example POST' });
}

/** A number of flows that may not be more. */
export interface Assertion {
  readonly what: 'unreachable' | 'degraded';
  readonly most: number;
}

/** `unreachable=0` */
export function parseAssertion(written: string): Assertion {
  const match = /^(unreachable|degraded)=(\d{1,6})$/.exec(written);
  if (match !== null) return { what: match[1] === 'degraded' ? 'degraded' : 'unreachable', most: Number(match[2]) };
  throw new IsthmusError('usage', `expected unreachable=N or degraded=N, not "${written}"`, {
    remedy: 'write unreachable=0 or degraded=0',
  });
}
