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
