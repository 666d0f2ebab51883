/** A request as far as it decides whether it is answered. */
export interface Asked {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`: where a browser says that the request comes from. */
  readonly site: string | undefined;
}

export interface Refusal {
  readonly status: 403 | 405;
  readonly why: string;
}

/**
 * Why a request is not answered at all, whoever sends it; undefined where nothing is against it. A page of another site may
 * point its own name at this address (DNS rebinding): then Host is that name. It may also send requests here from its own
 * origin: then the browser says so.
 */
export function refusalOf(asked: Asked, port: number): Refusal | undefined {
  const { method, path, host, origin, site } = asked;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (host === undefined || !hosts.includes(host)) return refused('this address is not known by that name');
  if (origin !== undefined && origin !== `http://${host}`) return refused('another site may not ask');
  const isPage = !path.startsWith('/api/') && path !== '/entry';
  // The page itself holds nothing of the mesh: a link may lead to it from anywhere.
  if (!isPage && site !== undefined && site !== 'same-origin') return refused('another site may not ask');
  if (path === '/entry') return method === 'POST' && origin !== undefined ? undefined : notTaken;
  return method === 'GET' || method === 'HEAD' ? undefined : notTaken;
}

const notTaken: Refusal = { status: 405, why: 'this is read-only' };

function refused(why: string): Refusal {
  return { status: 403, why };
}
