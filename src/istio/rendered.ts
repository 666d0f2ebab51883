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
 * The east-west gateway with a start-up probe, as the injection template gives every sidecar
 * (files/injection-template.yaml) and the gateway template does not: there the first look, before Envoy has its
 * configuration, fails, and the next one comes 15 s later (global.proxy.readinessPeriodSeconds).
 */
export function withGatewayStartupProbe(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.map((object) => (isGateway(object) ? withContainers(object, probed) : object));
}

const startupProbe: JsonObject = {
  httpGet: { path: '/healthz/ready', port: 15021 },
  periodSeconds: 1,
  timeoutSeconds: 3,
  failureThreshold: 600,
};

function isGateway({ kind, metadata }: KubeObject): boolean {
  return kind === 'Deployment' && metadata.namespace === istioNamespace && metadata.name === eastWestGateway;
}

function probed(container: Json): Json {
  return isJsonObject(container) ? { startupProbe, ...container } : container;
}

function withContainers(deployment: KubeObject, change: (container: Json) => Json): KubeObject {
  const containers = valueAt(deployment, ['spec', 'template', 'spec', 'containers']);
  if (!Array.isArray(containers)) return deployment;
  const added: JsonObject = { spec: { template: { spec: { containers: containers.map(change) } } } };
  return { ...deployment, ...mergeJson(deployment, added) } as KubeObject;
}
