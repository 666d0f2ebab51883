import type { Finding } from '../../../base/finding.ts';
import { objectsAt, textAt } from '../../../base/json.ts';
import { eastWestPort, networkLabel } from '../../../istio/names.ts';
import type { KubeObject } from '../../../objects/object.ts';
import { type MemberObjects, type MeshObjects, nameOfObject, objectsOfKind } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';

/** A load balancer with a host name: istiods look it up themselves, and without an answer there is no way in. */
export function gatewayHostNameFindings(mesh: MeshObjects): readonly Finding[] {
  return mesh.members.flatMap((member) => {
    const { held, resolutions } = mesh;
    const isFound = held.some(({ peer, gateways }) => peer === member.cluster && gateways > 0);
    if (isFound || resolutions === undefined) return [];
    return objectsOfKind(member, '', 'Service')
      .filter(isGateway)
      .flatMap((service) => {
        const names = hostNamesOf(service);
        const [lost] = names;
        const isLost = names.every((name) => (resolutions[name] ?? []).length === 0);
        return lost === undefined || !isLost ? [] : [finding(member, service, { lost, readAt: mesh.readAt })];
      });
  });
}

function finding(
  { cluster, network }: MemberObjects,
  service: KubeObject,
  { lost, readAt }: { readonly lost: string; readonly readAt: string },
): Finding {
  const object = nameOfObject(service);
  return {
    code: 'gateway-address',
    severity: 'error',
    category: 'Network',
    cluster,
    object,
    message: `${object} gives out the host name ${lost}, which does not resolve: istiods find no way into ${network}`,
    remedy: 'have the name resolve where the other istiods run, or give the gateway a fixed address',
    evidence: seen(`${lost} has no address`, 'the resolver of this machine', readAt),
  };
}

function isGateway({ metadata, spec }: KubeObject): boolean {
  const hasPort = objectsAt(spec, ['ports']).some(({ port }) => port === eastWestPort);
  return metadata.labels?.[networkLabel] !== undefined && hasPort;
}

/** None where there is an address too. */
function hostNamesOf({ status }: KubeObject): readonly string[] {
  const ingress = objectsAt(status, ['loadBalancer', 'ingress']);
  if (ingress.some((one) => textAt(one, ['ip']) !== undefined)) return [];
  return ingress.flatMap((one) => textAt(one, ['hostname']) ?? []);
}
