import { IsthmusError } from '../../base/error.ts';
import { kubectl, type Remedy, remedy, repeat } from '../../base/remedy.ts';

/** How a connection failed: what decides whether to try again, and the words for the user. */
export interface ConnectionProblem {
  readonly kind:
    | 'Refused'
    | 'HostNotFound'
    | 'TimedOut'
    | 'Certificate'
    | 'Tls'
    | 'Reset'
    | 'NoRoute'
    | 'Proxy'
    | 'Other';
  readonly words: string;
}

const byCode: Readonly<Record<string, ConnectionProblem>> = {
  ECONNREFUSED: { kind: 'Refused', words: 'the connection was refused' },
  ENOTFOUND: { kind: 'HostNotFound', words: 'the host name was not found' },
  EAI_AGAIN: { kind: 'HostNotFound', words: 'the host name could not be looked up' },
  EHOSTUNREACH: { kind: 'NoRoute', words: 'there is no route to the host' },
  ENETUNREACH: { kind: 'NoRoute', words: 'there is no route to its network' },
  EADDRNOTAVAIL: { kind: 'NoRoute', words: 'no local address can reach it' },
  ETIMEDOUT: { kind: 'TimedOut', words: 'the connection timed out' },
  UND_ERR_CONNECT_TIMEOUT: { kind: 'TimedOut', words: 'the connection timed out' },
  UND_ERR_HEADERS_TIMEOUT: { kind: 'TimedOut', words: 'there was no answer' },
  UND_ERR_BODY_TIMEOUT: { kind: 'TimedOut', words: 'the answer stopped midway' },
  ECONNRESET: { kind: 'Reset', words: 'the connection was reset' },
  EPIPE: { kind: 'Reset', words: 'the connection was closed' },
  UND_ERR_SOCKET: { kind: 'Reset', words: 'the connection was closed' },
  ERR_STREAM_PREMATURE_CLOSE: { kind: 'Reset', words: 'the connection was closed midway' },
  CERT_HAS_EXPIRED: { kind: 'Certificate', words: 'its certificate has expired' },
  CERT_NOT_YET_VALID: { kind: 'Certificate', words: 'its certificate is not valid yet' },
  ERR_TLS_CERT_ALTNAME_INVALID: { kind: 'Certificate', words: 'its certificate is for another host name' },
  DEPTH_ZERO_SELF_SIGNED_CERT: { kind: 'Certificate', words: 'its certificate is not trusted (self-signed)' },
  SELF_SIGNED_CERT_IN_CHAIN: { kind: 'Certificate', words: 'its certificate is not trusted (unknown authority)' },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { kind: 'Certificate', words: 'its certificate is not trusted (unknown authority)' },
  UNABLE_TO_GET_ISSUER_CERT: { kind: 'Certificate', words: 'its certificate is not trusted (unknown authority)' },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    kind: 'Certificate',
    words: 'its certificate is not trusted (unknown authority)',
  },
  CERT_SIGNATURE_FAILURE: {
    kind: 'Certificate',
    words: 'its certificate is not trusted (another authority signed it)',
  },
};

/** Reads an error of the network, of TLS or of undici. */
export function connectionProblem(error: unknown): ConnectionProblem {
  const code = codeOf(error);
  const known = byCode[code];
  if (known !== undefined) return known;
  const text = error instanceof Error ? error.message : '';
  if (/Proxy/.test(text)) return { kind: 'Proxy', words: 'the proxy refused the connection' };
  if (/^ERR_SSL|^ERR_TLS|^EPROTO/.test(code)) return { kind: 'Tls', words: `the TLS handshake failed (${code})` };
  if (/^ERR_OSSL/.test(code)) {
    return { kind: 'Tls', words: 'the client certificate, its key or the authority in the kubeconfig cannot be used' };
  }
  if (/^CERT_|_CERT|^UNABLE_TO/.test(code))
    return { kind: 'Certificate', words: `its certificate is not trusted (${code})` };
  return { kind: 'Other', words: code === '' ? 'the connection failed' : `the connection failed (${code})` };
}

/** The code of an error; where several addresses were tried (AggregateError), the first one's. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}

export interface Unreachable {
  readonly cluster: string;
  readonly server: string;
  /** Where the access comes from, as `ClusterAccess` has it. */
  readonly origin: string;
  readonly context?: string | undefined;
  /** The proxy on the way, host and port, where there is one. */
  readonly proxy?: string | undefined;
  readonly cause: unknown;
}

/** The error for a server that gave no answer: which cluster, which address, why in words, and what to look at. */
export function unreachableError(problem: ConnectionProblem, at: Unreachable): IsthmusError {
  const { cluster, server, cause } = at;
  return new IsthmusError('cluster-unreachable', `cluster ${cluster}: cannot reach ${server}: ${problem.words}`, {
    cluster,
    cause,
    remedy: proxyRemedy(problem.kind, at) ?? remedyFor(problem.kind, at),
    retry: problem.kind !== 'Certificate' && problem.kind !== 'Tls',
  });
}

/** Kinds of failure that the proxy is the first to be asked about: nothing was heard of the API server itself. */
const ofProxies: readonly ConnectionProblem['kind'][] = [
  'Refused',
  'HostNotFound',
  'NoRoute',
  'TimedOut',
  'Tls',
  'Reset',
];

function proxyRemedy(kind: ConnectionProblem['kind'], { origin, proxy }: Unreachable): Remedy | undefined {
  if (proxy === undefined || !ofProxies.includes(kind)) return undefined;
  return `check that a proxy of the kind that proxy-url of ${origin} (or HTTPS_PROXY) names runs at ${proxy} and lets this server through`;
}

function remedyFor(kind: ConnectionProblem['kind'], { origin, context }: Unreachable): Remedy {
  switch (kind) {
    case 'Refused':
      return `check that the API server runs, and the server address of ${origin}`;
    case 'HostNotFound':
      return `correct the server address of ${origin}, or the name resolution of this machine`;
    case 'TimedOut':
      return withTrial('look for a firewall or a missing VPN on the way', context);
    case 'Certificate':
      return `correct certificate-authority-data (or tls-server-name) of ${origin}`;
    case 'Tls':
      return `check that the server address of ${origin} leads to an API server that speaks TLS`;
    case 'Reset':
      return remedy`${repeat()}; where that does not help, look at the API server and at the load balancer before it`;
    case 'NoRoute':
      return 'look for a missing VPN or route';
    case 'Proxy':
      return `correct proxy-url of ${origin}, or HTTPS_PROXY and NO_PROXY`;
    case 'Other':
      return withTrial(`check the server address of ${origin}`, context);
  }
}

/** kubectl in the same context shows whether the fault is ours. */
function withTrial(words: string, context: string | undefined): Remedy {
  return context === undefined ? words : remedy`${words}; try ${kubectl('--context', context, 'version')}`;
}
