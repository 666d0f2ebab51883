import type { JsonObject } from '../../base/json.ts';
import { textOf } from './fields.ts';

const protocols = new Map([
  ['tcp', 'TCP'],
  ['udp', 'UDP'],
  ['grpc', 'GRPC'],
  ['grpc-web', 'GRPC-Web'],
  ['http', 'HTTP'],
  ['http_proxy', 'HTTP_PROXY'],
  ['http2', 'HTTP2'],
  ['https', 'HTTPS'],
  ['tls', 'TLS'],
  ['mongo', 'Mongo'],
  ['redis', 'Redis'],
  ['mysql', 'MySQL'],
]);

/** What a port speaks whose Service does not say so: Envoy detects it. */
export const undeclared = 'UnsupportedProtocol';

/** Names that Kubernetes itself defines for appProtocol. */
const kubernetesProtocols = new Map([
  ['kubernetes.io/h2c', 'HTTP2'],
  ['kubernetes.io/ws', 'HTTP'],
  ['kubernetes.io/wss', 'HTTPS'],
]);

/** Servers that speak first, so that sniffing would hang: SMTP, DNS, MySQL, MongoDB. */
const tcpPorts: ReadonlySet<number> = new Set([25, 53, 3306, 27017]);

/** pkg/config/protocol, Parse. */
export function parseProtocol(text: string): string {
  return protocols.get(text.toLowerCase()) ?? undeclared;
}

const httpProtocols: ReadonlySet<string> = new Set(['HTTP', 'HTTP2', 'HTTP_PROXY', 'GRPC', 'GRPC-Web']);

/** True for what Envoy routes by requests (pkg/config/protocol, IsHTTP). */
export function isHttp(protocol: string): boolean {
  return httpProtocols.has(protocol);
}

/** The protocol of a port of a Kubernetes Service (pkg/config/kube/conversion.go, ConvertProtocol). */
export function protocolOfPort(number: number, name: string, port: JsonObject): string {
  if (port.protocol === 'UDP') return 'UDP';
  const text = typeof port.appProtocol === 'string' ? port.appProtocol : name;
  const known = kubernetesProtocols.get(text);
  if (known !== undefined && typeof port.appProtocol === 'string') return known;
  if (text.toLowerCase().startsWith('grpc-web')) return 'GRPC-Web';
  const protocol = parseProtocol(textOf(text.split('-')[0]));
  return protocol === undeclared && tcpPorts.has(number) ? 'TCP' : protocol;
}
