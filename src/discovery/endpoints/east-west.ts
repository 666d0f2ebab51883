import type { KubeObject } from '../../objects/object.ts';
import { type MergedGateway, mergedGateway, type PassthroughServer } from '../rules/merged-gateway.ts';
import type { AnswerEndpoint, EdsAnswer, Query } from '../values/answer.ts';
import { describeConfig, namespaceOf } from '../values/config-object.ts';
import { fieldsOf, objectsOf, textOf } from '../values/fields.ts';
import { isCoveredBy } from '../values/host-name.ts';
import type { IstiodView, ProxyNode } from '../values/model.ts';
import { proxyClientOf } from '../values/proxy-client.ts';
import type { Snapshot } from '../values/snapshot.ts';
import { type GatewayService, gatewayServicesAt, resolvePort, routerOf, targetPort } from './gateway-service.ts';
import { answer } from './query.ts';

/** A connection that has reached a gateway of another network. */
export interface GatewayArrival {
  readonly snapshot: Snapshot;
  /** The view of the istiod that serves a cluster. */
  readonly viewFor: (cluster: string) => IstiodView | undefined;
  readonly endpoint: Pick<AnswerEndpoint, 'address' | 'cluster' | 'sni'>;
  /** Answers questions to istiods; left out: every question is answered from the view. */
  readonly ask?: typeof answer;
}

export type BlockedCode =
  /** No istiod serves the gateway's cluster. */
  | 'no-istiod'
  /** No running pod with a proxy is behind the gateway's Service. */
  | 'no-gateway-pod'
  /** The server name is none that istiod makes clusters for. */
  | 'unknown-sni'
  /** No server in mode AUTO_PASSTHROUGH listens on the port. */
  | 'no-server'
  /** No such server names the host. */
  | 'host-not-served'
  /** The cluster that the gateway passes the connection on to is beyond the model. */
  | 'ambient-not-modelled'
  | 'not-eds'
  /** The gateway's istiod makes no cluster for the server name: the connection is reset. */
  | 'no-filter-chain';

/** What becomes of the connection at one gateway. */
export type GatewayPassage = {
  /** The cluster that the gateway is in. */
  readonly cluster: string;
  /** `namespace/name` of its Service. */
  readonly service: string;
} & (
  | {
      readonly outcome: 'Passed';
      /** The pod that the answer is for; pods of one gateway get the same. */
      readonly proxy: ProxyNode;
      readonly answer: Extract<EdsAnswer, { outcome: 'Answer' }>;
    }
  | { readonly outcome: 'Blocked'; readonly code: BlockedCode; readonly explanation: string }
);

/** What becomes of a connection behind the gateway address that it was sent to: one result for each Service there. */
export function throughGateway(arrival: GatewayArrival): readonly GatewayPassage[] {
  return gatewayServicesAt(arrival.snapshot, arrival.endpoint).map((gateway) => ({
    cluster: gateway.index.cluster,
    service: `${namespaceOf(gateway.service)}/${gateway.service.metadata.name}`,
    ...pass(arrival, gateway),
  }));
}

type Outcome =
  | Pick<Extract<GatewayPassage, { outcome: 'Passed' }>, 'outcome' | 'proxy' | 'answer'>
  | Pick<Extract<GatewayPassage, { outcome: 'Blocked' }>, 'outcome' | 'code' | 'explanation'>;

function pass(arrival: GatewayArrival, gateway: GatewayService): Outcome {
  const { cluster } = gateway.index;
  const name = `${describeConfig(gateway.service)} of cluster ${cluster}`;
  const view = arrival.viewFor(cluster);
  if (view === undefined) return blocked('no-istiod', `No istiod of the mesh serves cluster ${cluster}`);
  const query = parseSni(arrival.endpoint.sni);
  if (query === undefined) {
    const sni = arrival.endpoint.sni ?? 'none';
    return blocked('unknown-sni', `The server name ${sni} is not of the form outbound_.port_.subset_.host`);
  }
  const found = routerOf(gateway);
  if (found === undefined)
    return blocked('no-gateway-pod', `${name} selects no pod with a gateway's istio-proxy container`);
  const merged = mergedGateway(view, proxyClientOf(view, found.proxy), (number) =>
    resolvePort(number, gateway, found.pod),
  );
  const refusal = unserved(merged, query.host, { gateway, pod: found.pod, config: view.istiod.cluster });
  if (refusal !== undefined) return blocked(refusal.code, `${name}: ${refusal.why}`);
  const result = (arrival.ask ?? answer)(view, found.proxy, query);
  if (result.outcome === 'None') return blocked(codeBehind(result), `${name}: ${result.explanation.slice(0, -1)}`);
  return { outcome: 'Passed', proxy: found.proxy, answer: result };
}

interface ListenerPlace {
  readonly gateway: GatewayService;
  readonly pod: KubeObject;
  /** The cluster that the istiod reads Gateways of. */
  readonly config: string;
}

/** Why no listener of the pod passes a host on, or undefined where one does. */
function unserved(
  { servers, skipped }: MergedGateway,
  host: string,
  { gateway, pod, config }: ListenerPlace,
): { readonly code: BlockedCode; readonly why: string } | undefined {
  const target = targetPort(gateway.port, pod);
  const isHere = ({ port }: PassthroughServer): boolean => port === target;
  const listening = takingAt(servers.filter(isHere), pod);
  const names = ({ hosts }: PassthroughServer): boolean => hosts.some((pattern) => isCoveredBy(host, pattern));
  if (listening.some(names)) return undefined;
  const left = skipped
    .filter(({ server }) => isHere(server) && names(server))
    .map(
      ({ server, why }) =>
        `; istiod leaves out a server of ${describeConfig(server.gateway)} that does, because ${why}`,
    )
    .join('');
  if (listening.length === 0) {
    const why = `no Gateway of cluster ${config} has a server in tls.mode AUTO_PASSTHROUGH on its port ${target ?? ''}${left}`;
    return { code: 'no-server', why };
  }
  const known = listening.map((server) => `${describeConfig(server.gateway)} (${server.hosts.join(', ')})`);
  return { code: 'host-not-served', why: `no server names ${host}, only ${known.join(' and ')}${left}` };
}

/** Those of a port's servers whose listener gets a connection to the pod: one with the pod's own address goes first. */
function takingAt(servers: readonly PassthroughServer[], { status }: KubeObject): readonly PassthroughServer[] {
  const { podIP, podIPs } = fieldsOf(status);
  const own = new Set([textOf(podIP), ...objectsOf(podIPs).map(({ ip }) => textOf(ip))].filter((ip) => ip !== ''));
  const bound = servers.filter(({ bind }) => own.has(bind));
  return bound.length > 0 ? bound : servers.filter(({ bind }) => ['', '0.0.0.0', '::'].includes(bind));
}

function codeBehind({ code, type }: Extract<EdsAnswer, { outcome: 'None' }>): BlockedCode {
  if (code === 'ambient-not-modelled') return code;
  return code === 'not-eds' && type !== undefined ? code : 'no-filter-chain';
}

function blocked(code: BlockedCode, explanation: string): Outcome {
  return { outcome: 'Blocked', code, explanation: `${explanation}.` };
}

/** `outbound_.80_.v1_.host` */
function parseSni(sni: string | null): Query | undefined {
  const [direction, port, subset, host, ...rest] = (sni ?? '').split('_.');
  if (direction !== 'outbound' || port === undefined || subset === undefined || !host || rest.length > 0)
    return undefined;
  return { host, port: Number(port), subset, mode: 'sni-dnat' };
}
