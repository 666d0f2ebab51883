import type { Finding } from '../../../base/finding.ts';
import { objectsAt, textAt } from '../../../base/json.ts';
import { eastWestPort, networkLabel } from '../../../istio/names.ts';
import { type MeshObjects, nameOfObject, objectsOfKind } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';

/** A gateway on the nodes' ports: istiod gives out the addresses of all nodes, and only those with a pod of it answer. */
export function gatewayLocalOnlyFindings(mesh: MeshObjects): readonly Finding[] {
  return mesh.members.flatMap((member) =>
    objectsOfKind(member, '', 'Service').flatMap((service): readonly Finding[] => {
      const isGateway =
        service.metadata.labels?.[networkLabel] !== undefined &&
        objectsAt(service.spec, ['ports']).some(({ port }) => port === eastWestPort);
      const isLocal = textAt(service.spec, ['externalTrafficPolicy']) === 'Local';
      if (!isGateway || !isLocal || textAt(service.spec, ['type']) !== 'NodePort') return [];
      if (objectsOfKind(member, '', 'Node').length < 2) return [];
      return [
        {
          code: 'gateway-local-only',
          severity: 'warning',
          category: 'Network',
          cluster: member.cluster,
          object: nameOfObject(service),
          message: `${nameOfObject(service)} has externalTrafficPolicy Local: nodes without a pod of the gateway answer nothing, and istiod gives out their addresses too`,
          remedy: 'set spec.externalTrafficPolicy to Cluster, or run a pod of the gateway on every node',
          evidence: seen(
            'type NodePort, externalTrafficPolicy Local',
            `${member.cluster}: ${nameOfObject(service)}`,
            mesh.readAt,
          ),
        },
      ];
    }),
  );
}
