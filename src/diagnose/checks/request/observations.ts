import type { Evidence } from '../../../base/finding.ts';
import type { DialResult, Observer, ProxyHost, RequestFacts } from '../../facts/request.ts';

/** What a caller saw, one observation each, the nearest hop first. */
export function observations(facts: RequestFacts, { cluster, at }: Observer): readonly Evidence[] {
  const by = (source: string, lines: readonly string[]): readonly Evidence[] =>
    lines.map((fact) => ({ fact, source, at }));
  return [
    ...by(`client in ${cluster}`, lookupLines(facts)),
    ...by(`sidecar of the client in ${cluster}`, proxyLines(facts)),
    ...by(`client in ${cluster}, past its sidecar`, facts.dials.map(dialLine)),
    ...by(`client in ${cluster}`, [...answerLines(facts), ...failureLines(facts)]),
  ];
}

function hostLine(host: ProxyHost): string {
  const state = host.healthy ? '' : ', unhealthy';
  const refused = host.connectFailures === 0 ? '' : `, ${host.connectFailures} connections failed`;
  return `endpoint ${endpoint(host)}: ${host.requests} requests, ${host.successes} succeeded${refused}${state}, priority ${host.priority}, weight ${host.weight}`;
}

export function endpoint({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function lookupLines({ lookup }: RequestFacts): readonly string[] {
  if (lookup.error !== undefined) return [`name lookup failed: ${lookup.error}`];
  return lookup.address === undefined ? [] : [`name resolves to ${lookup.address}`];
}

function proxyLines({ proxy }: RequestFacts): readonly string[] {
  if (proxy.state === 'Missing') return ["the client's sidecar does not know the service"];
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

function answerLines({ attempts, answers, identities }: RequestFacts): readonly string[] {
  if (answers.length === 0) return [`no answer to ${attempts} requests`];
  return [
    `answers: ${answers.map(({ cluster, count }) => `${count} from ${cluster}`).join(', ')}`,
    ...identities.map(
      ({ cluster, server, client }) =>
        `${cluster}: server ${server ?? 'without identity'}, client ${client ?? 'without identity'}`,
    ),
  ];
}

function failureLines({ lastFailure }: RequestFacts): readonly string[] {
  if (lastFailure === undefined) return [];
  if (lastFailure.error !== undefined) return [`last failed request: ${lastFailure.error}`];
  const body = lastFailure.body?.trim();
  return [`last failed request: HTTP ${lastFailure.status ?? '?'}${body ? `: ${body}` : ''}`];
}
