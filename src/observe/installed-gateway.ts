import { isJsonObject, type Json, valueAt } from '../base/json.ts';
import { eastWestPort, istioNamespace, networkLabel } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { type KubeObject, refOf } from '../objects/object.ts';
import { type Outside, readOutside } from './outside.ts';

/** The way into a network that is not ours, and what runs behind it. */
export interface InstalledWay {
  readonly outside: Outside;
  /** Undefined where no Deployment has the pods that the Service selects. */
  readonly deployment: KubeObject | undefined;
}

/**
 * The namespaces whose gateways count as ways into a cluster: Istio's own, and those that carry the label of a network. Who
 * administers a single namespace may write Services and Gateways in it, but not label it.
 */
export async function gatewayNamespaces(client: KubeClient, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const kind = { apiVersion: 'v1', kind: 'Namespace' };
  const labelled = await client.list(kind, { labelSelector: networkLabel, signal });
  return new Set([istioNamespace, ...labelled.map(({ metadata: { name } }) => name)]);
}

/** Finds the gateway by the label that istiod finds it by, in those namespaces; undefined where there is none. */
export async function findInstalledGateway(
  client: KubeClient,
  network: string,
  signal: AbortSignal,
): Promise<InstalledWay | undefined> {
  const [services, namespaces] = await Promise.all([
    client.list({ apiVersion: 'v1', kind: 'Service' }, { labelSelector: `${networkLabel}=${network}`, signal }),
    gatewayNamespaces(client, signal),
  ]);
  const service = services.find((one) => leadsIn(one) && isIn(namespaces, one));
  if (service === undefined) return undefined;
  const [outside, deployment] = await Promise.all([
    readOutside(client, refOf(service), signal),
    findBehind(client, service, signal),
  ]);
  return { outside, deployment };
}

export function isIn(namespaces: ReadonlySet<string>, { metadata: { namespace = '' } }: KubeObject): boolean {
  return namespaces.has(namespace);
}

/** The Deployment with the pods that a Service selects; undefined where there is none. */
export async function findBehind(
  client: KubeClient,
  service: KubeObject,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const { namespace = '' } = service.metadata;
  const deployments = await client.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { namespace, signal });
  return deployments.find((one) => isBehind(service, one));
}

/** True for a Service with the port of the traffic between networks. */
export function leadsIn(service: KubeObject): boolean {
  const ports = valueAt(service, ['spec', 'ports']);
  return (Array.isArray(ports) ? ports : []).some((port: Json) => valueAt(port, ['port']) === eastWestPort);
}

function isBehind(service: KubeObject, deployment: KubeObject): boolean {
  const selector = valueAt(service, ['spec', 'selector']);
  const labels = valueAt(deployment, ['spec', 'template', 'metadata', 'labels']);
  if (!isJsonObject(selector) || !isJsonObject(labels)) return false;
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
