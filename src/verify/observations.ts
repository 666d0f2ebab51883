import type { DialResult, ProxyHost, TargetEvidence } from '../probe/protocol.ts';

/** What a client saw, one observation a line, the nearest hop first. */
export function observations(evidence: TargetEvidence): string[] {
  return [
    ...lookupLines(evidence),
    ...proxyLines(evidence),
    ...evidence.dials.map(dialLine),
    ...answerLines(evidence),
    ...failureLines(evidence),
  ];
}

export function hostLine(host: ProxyHost): string {
  const state = host.healthy ? '' : ', unhealthy';
  const refused = host.connectFailures === 0 ? '' : `, ${host.connectFailures} connections failed`;
  return `endpoint ${endpoint(host)}: ${host.requests} requests, ${host.successes} succeeded${refused}${state}, priority ${host.priority}, weight ${host.weight}`;
}

export function endpoint({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function lookupLines({ lookup }: TargetEvidence): string[] {
  if (lookup.error !== undefined) return [`name lookup failed: ${lookup.error}`];
  return lookup.address === undefined ? [] : [`name resolves to ${lookup.address}`];
}

function proxyLines({ proxy }: TargetEvidence): string[] {
  if (proxy.state === 'Missing') return ["the client's sidecar has no cluster for the service"];
  if (proxy.state === 'Unreadable') return [`the client's sidecar could not be read: ${proxy.error}`];
  return proxy.hosts.length === 0
    ? ["the client's sidecar has no endpoint for the service"]
    : proxy.hosts.map(hostLine);
}

const tcpWords = {
  Connected: 'TCP connects',
  Refused: 'TCP is refused',
  Timeout: 'TCP gets no answer',
  Failed: 'TCP fails',
} as const satisfies Record<DialResult['tcp'], string>;

const tlsWords = {
  Handshake: ', a certificate is shown',
  Closed: ', closed before a certificate is shown',
  Timeout: ', no certificate in time',
  None: '',
} as const satisfies Record<DialResult['tls'], string>;

function dialLine(dial: DialResult): string {
  const peer =
    dial.peer === undefined ? '' : ` (${dial.peer}${dial.issuer === undefined ? '' : `, issued by ${dial.issuer}`})`;
  const detail = dial.detail === undefined ? '' : `: ${dial.detail}`;
  return `dialled ${endpoint(dial)}: ${tcpWords[dial.tcp]}${tlsWords[dial.tls]}${peer}${detail}`;
}

function answerLines({ attempts, answers, identities }: TargetEvidence): string[] {
  if (answers.length === 0) return [`no answer to ${attempts} requests`];
  return [
    `answers: ${answers.map(({ cluster, count }) => `${count} from ${cluster}`).join(', ')}`,
    ...identities.map(
      ({ cluster, server, client }) =>
        `${cluster}: server ${server ?? 'without identity'}, client ${client ?? 'without identity'}`,
    ),
  ];
}

function failureLines({ lastFailure }: TargetEvidence): string[] {
  if (lastFailure === undefined) return [];
  if (lastFailure.error !== undefined) return [`last failed request: ${lastFailure.error}`];
  const body = lastFailure.body?.trim();
  return [`last failed request: HTTP ${lastFailure.status ?? '?'}${body ? `: ${body}` : ''}`];
}
