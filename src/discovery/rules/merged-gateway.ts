import type { JsonObject } from '../../base/json.ts';
import { oncePer, remember } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import { compareByAge, describeConfig, namespaceOf } from '../values/config-object.ts';
import { fieldsOf, numberOf, objectsOf, selects, stringsOf, textOf, textsOf } from '../values/fields.ts';
import { parseGoBool, setting } from '../values/mesh-config.ts';
import type { IstiodView } from '../values/model.ts';
import { isHttp, parseProtocol } from '../values/protocol.ts';
import type { ProxyClient } from '../values/proxy-client.ts';

/** A server in mode AUTO_PASSTHROUGH: connections go on by their server name, TLS and all. */
export interface PassthroughServer {
  readonly gateway: KubeObject;
  /** The port of the pod that it stands for. */
  readonly port: number;
  /** The address that it listens on; '' for all. */
  readonly bind: string;
  /** Without the namespace before a host, which istiod does not enforce. */
  readonly hosts: readonly string[];
}

export interface MergedGateway {
  /** Some server lets connections pass, so that the proxy has the clusters `outbound_.…`, whatever listens. */
  readonly passesThrough: boolean;
  /** The servers in mode AUTO_PASSTHROUGH that listen. */
  readonly servers: readonly PassthroughServer[];
  /** Those that istiod leaves out, each with the reason as the end of a sentence. */
  readonly skipped: readonly { readonly server: PassthroughServer; readonly why: string }[];
}

/** The port of the pod that a server's port means: by the pod's Services, else the number itself (gateway.go, resolvePorts). */
export type ResolvePort = (number: number) => number;

/** The servers that the Gateways of istiod's configuration give a router, merged port by port, the oldest Gateway first. */
export function mergedGateway(
  view: IstiodView,
  client: ProxyClient,
  resolve: ResolvePort = (number) => number,
): MergedGateway {
  const gateways = client.type === 'router' ? gatewaysFor(view, client) : [];
  return merge(gateways.flatMap((gateway) => serversOf(gateway, resolve)));
}

/** push_context.go, mergeGateways. */
function gatewaysFor(view: IstiodView, client: ProxyClient): readonly KubeObject[] {
  const isScoped = parseGoBool(setting(view.istiod, 'PILOT_SCOPE_GATEWAY_TO_NAMESPACE', '')) ?? false;
  return byAge(view).filter((gateway) => {
    if (isScoped && namespaceOf(gateway) !== client.namespace) return false;
    return selects(stringsOf(fieldsOf(gateway.spec).selector), client.labels);
  });
}

const byAge = oncePer((view: IstiodView): readonly KubeObject[] => view.config.gateways.toSorted(compareByAge));

interface Server extends PassthroughServer {
  readonly protocol: string;
  /** With their namespaces, as istiod compares them. */
  readonly names: readonly string[];
  /** Undefined where the server has no TLS settings. */
  readonly mode: string | undefined;
}

function serversOf(gateway: KubeObject, resolve: ResolvePort): readonly Server[] {
  return objectsOf(fieldsOf(gateway.spec).servers).flatMap((server) => {
    const { number, protocol } = fieldsOf(server.port);
    const port = numberOf(number);
    if (port === undefined) return [];
    const names = namesOf(server, namespaceOf(gateway));
    return {
      gateway,
      port: resolve(port),
      bind: textOf(server.bind),
      hosts: names.map((name) => name.slice(name.indexOf('/') + 1)),
      protocol: parseProtocol(textOf(protocol)),
      names,
      mode: server.tls === undefined ? undefined : textOf(fieldsOf(server.tls).mode),
    };
  });
}

/** The hosts of a server with `.` and `*` before them resolved (gateway.go, sanitizeServerHostNamespace). */
function namesOf(server: JsonObject, namespace: string): readonly string[] {
  const hosts = textsOf(server.hosts);
  if (hosts.includes('*/*')) return ['*'];
  return hosts.map((name) => {
    if (name.startsWith('./')) return `${namespace}/${name.slice(2)}`;
    return name.startsWith('*/') ? name.slice(2) : name;
  });
}

interface Port {
  /** The server of each host on the port, by the address that it listens on and the host. */
  readonly tlsHosts: Map<string, Server>;
  /** The last server without TLS that opened a listener. */
  plain: Server | undefined;
  /** By protocol and address: what has one of both stands together. */
  readonly merged: Map<string, Server[]>;
}

/** gateway.go, mergeGateways, as far as it decides which servers of TLS stay. */
function merge(servers: readonly Server[]): MergedGateway {
  const ports = new Map<number, Port>();
  const skipped: { server: Server; why: string }[] = [];
  let passesThrough = false;
  for (const server of servers) {
    const port = remember(ports, server.port, () => ({ tlsHosts: new Map(), plain: undefined, merged: new Map() }));
    const twin = server.mode === undefined ? undefined : claimHosts(port, server);
    if (twin !== undefined) {
      skipped.push({ server, why: twin });
      continue;
    }
    passesThrough ||= isPassthrough(server);
    const conflict = join(port, server);
    if (conflict !== undefined) skipped.push({ server, why: conflict });
  }
  const standing = [...ports.values()].flatMap(({ merged }) => [...merged.values()].flat());
  return {
    passesThrough,
    servers: standing.filter((server) => isPassthrough(server) && isTls(server)),
    skipped: skipped.filter(({ server }) => isPassthrough(server)),
  };
}

function isPassthrough({ mode }: Server): boolean {
  return mode === 'AUTO_PASSTHROUGH';
}

/** A server of HTTP stays one of plain text whatever its TLS settings say (pkg/config/gateway, IsTLSServer). */
function isTls({ mode, protocol }: Server): boolean {
  return mode !== undefined && !isHttp(protocol);
}

/** Marks the hosts of a server as taken, or says which one is taken already: one is enough (CheckDuplicates). */
function claimHosts({ tlsHosts }: Port, server: Server): string | undefined {
  const keyOf = (name: string): string => `${server.bind}\n${name}`;
  const taken = server.names.find((name) => tlsHosts.has(keyOf(name)));
  if (taken !== undefined) {
    const other = tlsHosts.get(keyOf(taken));
    return `its host ${taken} is on port ${server.port} already${other === undefined ? '' : ` by ${describeConfig(other.gateway)}`}`;
  }
  for (const name of server.names) tlsHosts.set(keyOf(name), server);
  return undefined;
}

/** Puts a server on its port, or says why that cannot be. */
function join(port: Port, server: Server): string | undefined {
  const { plain } = port;
  if (plain?.bind === server.bind) {
    const mayMerge = isHttp(plain.protocol) && (isHttp(server.protocol) || server.protocol === plain.protocol);
    if (!mayMerge) return `port ${server.port} has a server without TLS by ${describeConfig(plain.gateway)} already`;
    port.merged.get(keyOf(plain))?.push(server);
    return undefined;
  }
  const key = keyOf(server);
  if (isTls(server)) remember(port.merged, key, () => []).push(server);
  else if (plain !== undefined && port.merged.has(key)) port.merged.get(key)?.push(server);
  else {
    port.plain = server;
    // Upstream replaces what had the same protocol and address, TLS or not.
    port.merged.set(key, [server]);
  }
  return undefined;
}

function keyOf({ protocol, bind }: Server): string {
  return `${protocol}\n${bind}`;
}

/** The label of pods that istiod runs for a Gateway of the Gateway API, whose listeners it turns into servers itself. */
export const managedGatewayLabel = 'gateway.networking.k8s.io/gateway-name';
