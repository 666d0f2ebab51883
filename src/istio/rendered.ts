import { isJsonObject, type Json, type JsonObject, mergeJson, valueAt } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { eastWestGateway, istioNamespace } from './names.ts';

/**
 * What istioctl rendered without what the mesh has no use for.
 *
 * The gateway chart gives its service account the right to read every Secret of its namespace (templates/role.yaml),
 * meant for certificates that a Gateway names. The east-west gateway passes mutual TLS through and names none, and
 * its namespace holds the cluster's CA key and the tokens for all peers: whoever took over a pod that faces other
 * networks would hold the mesh.
 */
export function withoutGatewaySecretAccess(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.filter((object) => !givesGatewaySecrets(object));
}

function givesGatewaySecrets({ kind, metadata }: KubeObject): boolean {
  return (
    (kind === 'Role' || kind === 'RoleBinding') &&
    metadata.namespace === istioNamespace &&
    metadata.name === `${eastWestGateway}-sds`
  );
}

/**
 * istiod and the east-west gateway with a start-up probe, as Istio's injection template gives every sidecar
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
  if (metadata.name === eastWestGateway) return startupProbe({ path: '/healthz/ready', port: 15021 });
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
  return { ...deployment, ...mergeJson(deployment, added) } as KubeObject;
}
