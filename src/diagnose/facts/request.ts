import type { Pair } from './pair.ts';

/** One endpoint of a Service as the caller's sidecar holds it; counts are since the caller started. */
export interface ProxyHost {
  readonly address: string;
  readonly port: number;
  readonly healthy: boolean;
  readonly priority: number;
  readonly weight: number;
  readonly requests: number;
  readonly successes: number;
  readonly connectFailures: number;
}

/** One handshake that the caller made past its sidecar, straight to an endpoint. */
export interface DialResult {
  readonly address: string;
  readonly port: number;
  readonly tcp: 'Connected' | 'Refused' | 'Timeout' | 'Failed';
  /** `Closed`: the far side ended the connection before it showed a certificate. `None`: TCP did not connect. */
  readonly tls: 'Handshake' | 'Closed' | 'Timeout' | 'None';
  /** The SPIFFE id and the issuer of the certificate that the far side showed. */
  readonly peer?: string | undefined;
  readonly issuer?: string | undefined;
  readonly detail?: string | undefined;
}

/** Everything that a caller saw of its requests to one Service: enough to name the first hop that fails. */
export interface RequestFacts {
  /** Requests sent so far, those before the first success included. */
  readonly attempts: number;
  readonly lookup: { readonly address?: string | undefined; readonly error?: string | undefined };
  /** The last of those requests that failed. */
  readonly lastFailure?:
    | { readonly status?: number | undefined; readonly error?: string | undefined; readonly body?: string | undefined }
    | undefined;
  /** Answers by cluster. */
  readonly answers: readonly { readonly cluster: string; readonly count: number }[];
  /** The distinct identities that servers reported. */
  readonly identities: readonly AnsweredIdentity[];
  readonly proxy:
    | { readonly state: 'Known'; readonly hosts: readonly ProxyHost[] }
    /** The sidecar has no Envoy cluster for the Service. */
    | { readonly state: 'Missing' }
    /** The sidecar's admin port did not answer. */
    | { readonly state: 'Unreadable'; readonly error: string };
  readonly dials: readonly DialResult[];
}

/** Who answered and who the server saw as its caller; null where there was no certificate. */
export interface AnsweredIdentity {
  readonly cluster: string;
  readonly server: string | null;
  readonly client: string | null;
}

/** Who saw the facts of a request, and when. */
export interface Observer {
  /** The caller's cluster. */
  readonly cluster: string;
  /** RFC 3339. */
  readonly at: string;
}

/** What decides where a request to one cluster failed. */
export interface HopQuestion {
  readonly pair: Pair;
  readonly evidence: RequestFacts;
  /** RFC 3339: when the evidence was read. */
  readonly at: string;
  /** The server pod's address, where it is known. */
  readonly serverIp: string | undefined;
  /** The SPIFFE id that the server must have. */
  readonly serverId: string;
}

/** The endpoints that the caller's sidecar holds. */
export function hostsOf(evidence: RequestFacts): readonly ProxyHost[] {
  return evidence.proxy.state === 'Known' ? evidence.proxy.hosts : [];
}

/** All text in which Envoy or the system may have said why. */
export function textOf({ lastFailure, dials }: RequestFacts): string {
  return [lastFailure?.body, lastFailure?.error, ...dials.map((dial) => dial.detail)].filter(Boolean).join('\n');
}
