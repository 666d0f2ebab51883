import { isJsonObject, type Json, type JsonObject, mergeJson, valueAt } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { eastWestGateway, ingressGateway, istiodPorts, istioNamespace, networkLabel } from './names.ts';

/**
 * What istioctl rendered without what the mesh has no use for.
 *
 * The gateway chart gives its service account the right to read every Secret of its namespace (templates/role.yaml),
 * meant for certificates that a Gateway names. Its namespace holds the cluster's CA key and the tokens for all peers:
 * whoever took over a pod that faces other networks would hold the mesh. The east-west gateway passes mutual TLS through
 * and names no certificate; the ingress gateway has the Secrets of its own certificates mounted.
 */
export function withoutGatewaySecretAccess(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.filter((object) => !givesGatewaySecrets(object));
}

function givesGatewaySecrets({ kind, metadata }: KubeObject): boolean {
  return (
    (kind === 'Role' || kind === 'RoleBinding') &&
    metadata.namespace === istioNamespace &&
    (metadata.name === `${eastWestGateway}-sds` || metadata.name === `${ingressGateway}-sds`)
  );
}

/**
 * istiod and the gateways with a start-up probe, as Istio's injection template gives every sidecar
 * (files/injection-template.yaml): the first look at a starting container fails, and without such a probe the next one
 * comes a whole period of its readiness probe later: 3 s for istiod (istio-discovery/templates/deployment.yaml), 15 s
 * for a gateway (global.proxy.readinessPeriodSeconds).
 */
export function withStartupProbes(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.map((object) => {
    const probe = startupProbeOf(object);
    return probe === undefined ? object : withContainers(object, probe);
  });
}

function startupProbeOf({ kind, metadata }: KubeObject): JsonObject | undefined {
  if (kind !== 'Deployment' || metadata.namespace !== istioNamespace) return undefined;
  if (metadata.name === eastWestGateway || metadata.name === ingressGateway)
    return startupProbe({ path: '/healthz/ready', port: 15021 });
  return metadata.labels?.app === 'istiod' ? startupProbe({ path: '/ready', port: 8080 }) : undefined;
}

/** Ten minutes: an istiod that waits for a peer that does not answer is slow to start, not broken. */
function startupProbe(httpGet: JsonObject): JsonObject {
  return { httpGet, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 600 };
}

function withContainers(deployment: KubeObject, probe: JsonObject): KubeObject {
  const containers = valueAt(deployment, ['spec', 'template', 'spec', 'containers']);
  if (!Array.isArray(containers)) return deployment;
  const probed = containers.map((container: Json) =>
    isJsonObject(container) ? { startupProbe: probe, ...container } : container,
  );
  const added: JsonObject = { spec: { template: { spec: { containers: probed } } } };
  return { ...deployment, ...mergeJson(deployment, added), metadata: deployment.metadata };
}

/** What of the gateway's Service no value of the chart says. */
export interface GatewayServiceWish {
  /**
   * The network whose gateway istiod takes the Service for; left out where the mesh file gives the addresses instead,
   * because istiod would count both. Not a label of the whole component: that goes into the Deployment's selector,
   * which can never be changed.
   */
  readonly network: string | undefined;
  /**
   * A port 443 that leads to istiod's webhooks: where the gateway's address is a host name, the API server of a remote
   * dials that host at the port of its own Service `istiod` (istiod-address.ts). The chart cannot have two ports that
   * lead to one of the pod, because it lists them all at the container.
   */
  readonly hasWebhookPort: boolean;
}

/** The rendered objects with the Service of the east-west gateway as the mesh wants it. */
export function withGatewayService(
  objects: readonly KubeObject[],
  { network, hasWebhookPort }: GatewayServiceWish,
): readonly KubeObject[] {
  const webhookPort = { name: 'https-webhook', port: 443, targetPort: istiodPorts.webhook, protocol: 'TCP' };
  return objects.map((object) => {
    const { kind, metadata, spec } = object;
    if (kind !== 'Service' || metadata.name !== eastWestGateway || !isJsonObject(spec)) return object;
    const labels = { ...metadata.labels, ...(network === undefined ? {} : { [networkLabel]: network }) };
    const ports: readonly Json[] = Array.isArray(spec.ports) ? spec.ports : [];
    return {
      ...object,
      metadata: { ...metadata, labels },
      spec: { ...spec, ports: hasWebhookPort ? [...ports, webhookPort] : ports },
    };
  });
}
