import { isJsonObject, type Json, valueAt } from '../base/json.ts';
import { eastWestPort, networkLabel } from '../istio/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { type KubeObject, refOf } from '../objects/object.ts';
import { type Outside, readOutside } from './outside.ts';

/** The way into a network that is not ours, and what runs behind it. */
export interface InstalledWay {
  readonly outside: Outside;
  /** Undefined where no Deployment has the pods that the Service selects. */
  readonly deployment: KubeObject | undefined;
}

/** Finds the gateway by the label that istiod finds it by; undefined where there is none. */
export async function findInstalledGateway(
  client: KubeClient,
  network: string,
  signal: AbortSignal,
): Promise<InstalledWay | undefined> {
  const services = await client.list(
    { apiVersion: 'v1', kind: 'Service' },
    { labelSelector: `${networkLabel}=${network}`, signal },
  );
  const service = services.find(leadsIn);
  if (service === undefined) return undefined;
  const [outside, deployment] = await Promise.all([
    readOutside(client, refOf(service), signal),
    findBehind(client, service, signal),
  ]);
  return { outside, deployment };
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
