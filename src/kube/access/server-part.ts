import { isLoopback } from '../transport/proxy.ts';
import type { ClusterAccess } from './access.ts';
import { invalid, type Where } from './entry-error.ts';
import type { Placed } from './kubeconfig.ts';
import type { ClusterEntry } from './kubeconfig-schema.ts';
import { source } from './text-source.ts';

export type ServerPart = Pick<ClusterAccess, 'server' | 'authority' | 'tlsServerName' | 'skipVerification' | 'proxy'>;

export function serverPart({ entry }: Placed<ClusterEntry>, where: Where): ServerPart {
  const proxy = entry['proxy-url'];
  if (proxy !== undefined) parseUrl(proxy, ['http:', 'https:', 'socks5:'], { where, field: 'proxy-url' });
  const url = parseUrl(entry.server, ['https:', 'http:'], { where, field: 'server' });
  if (url.username !== '' || url.password !== '') {
    const problem = 'has a user name or password in its server address, which would be shown and is never used';
    throw invalid(where, problem, 'take it out of the address; use a client certificate, a token or exec');
  }
  requireOneTrust(entry, where);
  return {
    server: url.href.replace(/\/+$/, ''),
    authority: source(where, {
      field: 'certificate-authority',
      data: entry['certificate-authority-data'],
      path: entry['certificate-authority'],
    }),
    tlsServerName: entry['tls-server-name'],
    skipVerification: entry['insecure-skip-tls-verify'] ?? false,
    proxy,
  };
}

/** As client-go has it: whoever gives an authority wants it to be checked. */
function requireOneTrust(entry: ClusterEntry, where: Where): void {
  const hasAuthority =
    entry['certificate-authority'] !== undefined || entry['certificate-authority-data'] !== undefined;
  if (entry['insecure-skip-tls-verify'] !== true || !hasAuthority) return;
  const problem = 'gives a certificate authority and insecure-skip-tls-verify, which takes its effect away';
  throw invalid(where, problem, 'take insecure-skip-tls-verify out');
}

type Credentials = Pick<ClusterAccess, 'server' | 'token' | 'certificate' | 'exec'>;

/** Plain http is for proxies on this machine, which have credentials of their own: anybody on another way can read it. */
export function requireSafeWay({ server, token, certificate, exec }: Credentials, where: Where): void {
  const { protocol, hostname } = new URL(server);
  if (protocol !== 'http:') return;
  if (!isLoopback(hostname.replace(/^\[|\]$/g, ''))) {
    throw invalid(
      where,
      'is reached over plain http, which anybody on the way can read and change',
      'give an https server',
    );
  }
  if (token === undefined && certificate === undefined && exec === undefined) return;
  const problem = 'is reached over plain http, and credentials are not sent over that';
  throw invalid(where, problem, 'give an https server, or take the credentials out of the user');
}

function parseUrl(
  text: string,
  protocols: readonly string[],
  at: { readonly where: Where; readonly field: string },
): URL {
  // `host:6443` is what kubectl accepts as a short form of an http URL; we ask for the whole URL instead.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !protocols.includes(url.protocol)) {
    const schemes = protocols.map((protocol) => `${protocol}//`).join(' or ');
    // socks5h leaves names to the proxy, which is what we do with socks5 too.
    const remedy = url?.protocol === 'socks5h:' ? `write socks5:// in ${at.field}` : `correct ${at.field}`;
    throw invalid(at.where, `${at.field} is not a URL that starts with ${schemes}`, remedy);
  }
  return url;
}
