import { isJsonObject, type Json, type JsonObject, objectsAt, valueAt } from '../base/json.ts';
import { parseJson } from '../base/parse-json.ts';
import { parseGatewayAddress } from '../istio/gateway-address.ts';
import type { IstiodAddress } from '../istio/istiod-address.ts';
import { istiodPorts } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject, ObjectRef } from '../objects/object.ts';

/** How a Service is reached from outside its cluster. */
export interface Outside {
  /** IP addresses or host names; none while it has none. */
  readonly hosts: readonly string[];
  /** The port there for a port of the Service. */
  readonly portFor: (port: number) => number;
}

/** Reads the addresses of a Service as istiod does (pilot/pkg/serviceregistry/kube/controller/network.go). */
export async function readOutside(client: KubeClient, ref: ObjectRef, signal: AbortSignal): Promise<Outside> {
  const service = await client.get(ref, { signal });
  if (typeOf(service) !== 'NodePort') return outsideOf(service, []);
  return outsideOf(service, await client.list({ apiVersion: 'v1', kind: 'Node' }, { signal }));
}

/** `nodes` matter for the type NodePort only. */
export function outsideOf(service: KubeObject | undefined, nodes: readonly KubeObject[]): Outside {
  if (typeOf(service) !== 'NodePort') return { hosts: ingressOf(service), portFor: (port) => port };
  const selector = selectorOf(service);
  const selected = nodes.filter(({ metadata }) =>
    Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value),
  );
  return {
    hosts: selected.flatMap((node) => externalAddress(node) ?? []),
    portFor: (port) => nodePort(service, port),
  };
}

function typeOf(service: KubeObject | undefined): Json | undefined {
  return valueAt(service, ['spec', 'type']);
}

function ingressOf(service: KubeObject | undefined): readonly string[] {
  return objectsAt(service, ['status', 'loadBalancer', 'ingress']).flatMap(({ ip, hostname }) => {
    const address = ip ?? hostname;
    return typeof address === 'string' ? [address] : [];
  });
}

/** The nodes whose addresses count, by their labels; all where there is none that can be read. */
function selectorOf(service: KubeObject | undefined): JsonObject {
  const selector = parseJson(service?.metadata.annotations?.['traffic.istio.io/nodeSelector'] ?? '{}');
  return isJsonObject(selector) ? selector : {};
}

function externalAddress(node: KubeObject): string | undefined {
  const found = objectsAt(node, ['status', 'addresses']).find(({ type }) => type === 'ExternalIP')?.address;
  return typeof found === 'string' ? found : undefined;
}

function nodePort(service: KubeObject | undefined, port: number): number {
  const found = objectsAt(service, ['spec', 'ports']).find((entry) => entry.port === port)?.nodePort;
  return typeof found === 'number' ? found : port;
}

/**
 * Where other clusters reach an istiod behind a Service. `override` are the addresses that the mesh file gives instead:
 * only their hosts count here, because they name the port of the traffic between networks.
 */
export function istiodAddress({ hosts, portFor }: Outside, override?: readonly string[]): IstiodAddress {
  const { discovery, webhook } = istiodPorts;
  if (override === undefined) return { hosts, discovery: portFor(discovery), webhook: portFor(webhook) };
  return { hosts: override.map((text) => parseGatewayAddress(text).host), discovery, webhook };
}
