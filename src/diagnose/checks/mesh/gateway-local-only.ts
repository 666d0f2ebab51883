import type { Finding } from '../../../base/finding.ts';
import { isJsonObject, type Json, objectsAt, textAt, valueAt } from '../../../base/json.ts';
import { parseJson } from '../../../base/parse-json.ts';
import { eastWestPort, networkLabel } from '../../../istio/names.ts';
import type { KubeObject } from '../../../objects/object.ts';
import { type MemberObjects, type MeshObjects, nameOfObject, objectsOfKind } from '../../facts/mesh-objects.ts';
import { firstOf, seen } from '../../facts/reading.ts';

/** With it istiod gives out the addresses of the nodes that it selects (kube/controller/network.go). */
const nodeSelectorAnnotation = 'traffic.istio.io/nodeSelector';

/** A gateway on the nodes' ports: istiod gives out the addresses of nodes, and only those with a pod of it answer. */
export function gatewayLocalOnlyFindings(mesh: MeshObjects): readonly Finding[] {
  return mesh.members.flatMap((member) =>
    objectsOfKind(member, '', 'Service')
      .filter(isLocalGateway)
      .flatMap((service): readonly Finding[] => {
        const silent = silentNodes(member, service);
        if (silent.length === 0) return [];
        const name = nameOfObject(service);
        return [
          {
            code: 'gateway-local-only',
            severity: 'warning',
            category: 'Network',
            cluster: member.cluster,
            object: name,
            message: `${name} has externalTrafficPolicy Local: nodes without a pod of the gateway answer nothing (${firstOf(silent)}), and istiod gives out their addresses too`,
            remedy: 'set spec.externalTrafficPolicy to Cluster, or run a pod of the gateway on every node',
            evidence: seen('type NodePort, externalTrafficPolicy Local', `${member.cluster}: ${name}`, mesh.readAt),
          },
        ];
      }),
  );
}

function isLocalGateway({ metadata, spec }: KubeObject): boolean {
  return (
    metadata.labels?.[networkLabel] !== undefined &&
    objectsAt(spec, ['ports']).some(({ port }) => port === eastWestPort) &&
    textAt(spec, ['externalTrafficPolicy']) === 'Local' &&
    textAt(spec, ['type']) === 'NodePort'
  );
}

/** Nodes whose addresses istiod gives out and which run no pod of the gateway. */
function silentNodes(member: MemberObjects, { metadata, spec }: KubeObject): readonly string[] {
  const selector = metadata.annotations?.[nodeSelectorAnnotation];
  if (selector === undefined) return [];
  const pods = objectsOfKind(member, '', 'Pod').filter(
    (pod) => pod.metadata.namespace === metadata.namespace && isLabelled(pod, valueAt(spec, ['selector'])),
  );
  const used = new Set(pods.map((pod) => textAt(pod, ['spec', 'nodeName'])));
  return objectsOfKind(member, '', 'Node')
    .filter((node) => isOutside(node) && isLabelled(node, parseJson(selector)) && !used.has(node.metadata.name))
    .map((node) => node.metadata.name)
    .toSorted();
}

function isOutside({ status }: KubeObject): boolean {
  return objectsAt(status, ['addresses']).some(({ type }) => type === 'ExternalIP');
}

/** What is no object selects all. */
function isLabelled({ metadata: { labels = {} } }: KubeObject, wanted: Json | undefined): boolean {
  return !isJsonObject(wanted) || Object.entries(wanted).every(([key, text]) => labels[key] === text);
}
