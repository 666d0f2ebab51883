import type { Finding } from '../../../base/finding.ts';
import { objectsAt, textAt } from '../../../base/json.ts';
import { type Action, kubectl, remedy } from '../../../base/remedy.ts';
import { eastWestPort, istioNamespace, networkLabel } from '../../../istio/names.ts';
import type { KubeObject } from '../../../objects/object.ts';
import {
  type MemberObjects,
  type MeshObjects,
  nameOfObject,
  objectsOfKind,
  spansNetworks,
} from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';

/**
 * The network of a cluster stands in several places, which have to agree: on its namespace istio-system, for pods
 * without a sidecar, and on the Service of its gateway, by which istiod finds the way in
 * (pilot/pkg/serviceregistry/kube/controller/network.go).
 */
export function networkNameFindings(mesh: MeshObjects): readonly Finding[] {
  // On one network nothing has to be stated, but what is must not be another one.
  if (!spansNetworks(mesh)) {
    return mesh.members.flatMap((member) => (statesNone(member) ? [] : namespaceFindings(member, mesh.readAt)));
  }
  return mesh.members.flatMap((member) => [
    ...namespaceFindings(member, mesh.readAt),
    ...gatewaysOf(member).flatMap((service) => gatewayFindings(member, service, mesh.readAt)),
    ...(mesh.istiods.some(({ hasMeshNetworks }) => hasMeshNetworks === true)
      ? []
      : namelessFindings(member, mesh.readAt)),
  ]);
}

function systemOf(member: MemberObjects): KubeObject | undefined {
  return objectsOfKind(member, '', 'Namespace').find(({ metadata }) => metadata.name === istioNamespace);
}

function statesNone(member: MemberObjects): boolean {
  return systemOf(member)?.metadata.labels?.[networkLabel] === undefined;
}

function namespaceFindings(member: MemberObjects, at: string): readonly Finding[] {
  const namespace = systemOf(member);
  const stated = namespace?.metadata.labels?.[networkLabel];
  if (namespace === undefined || stated === member.network) return [];
  const words = stated === undefined ? 'no network' : `network ${stated}`;
  const message = `Namespace ${istioNamespace} states ${words} and not ${member.network}: pods without a sidecar are taken for ${stated === undefined ? 'near from everywhere' : `those of ${stated}`}`;
  return [finding(member, namespace, { message, fact: `the label ${networkLabel} says ${stated ?? 'nothing'}`, at })];
}

function gatewayFindings(member: MemberObjects, service: KubeObject, at: string): readonly Finding[] {
  const stated = service.metadata.labels?.[networkLabel];
  if (stated === undefined || stated === member.network) return [];
  const message = `${nameOfObject(service)} states network ${stated} and not ${member.network}: istiods take it for the way into ${stated}`;
  return [finding(member, service, { message, fact: `the label ${networkLabel} says ${stated}`, at })];
}

/** No gateway says of which network it is: istiods that are not told by their settings find no way in. */
function namelessFindings(member: MemberObjects, at: string): readonly Finding[] {
  const gateways = gatewaysOf(member);
  const [first] = gateways;
  if (first === undefined || gateways.some(({ metadata }) => metadata.labels?.[networkLabel] !== undefined)) return [];
  const message = `${nameOfObject(first)} states no network: istiods find no way into ${member.network}`;
  return [finding(member, first, { message, fact: `it has no label ${networkLabel}`, at })];
}

/** Services with the port between networks that say of which network they are the way in. */
function gatewaysOf(member: MemberObjects): readonly KubeObject[] {
  return objectsOfKind(member, '', 'Service').filter((service) =>
    objectsAt(service.spec, ['ports']).some(
      (port) => port.port === eastWestPort && textAt(port, ['name']) !== undefined,
    ),
  );
}

function finding(
  { cluster, context = cluster, network }: MemberObjects,
  object: KubeObject,
  { message, fact, at }: { readonly message: string; readonly fact: string; readonly at: string },
): Finding {
  const stated = object.metadata.labels?.[networkLabel];
  const command = labelled(context, object, `${networkLabel}=${network}`);
  return {
    code: 'network-names',
    severity: 'error',
    category: 'Network',
    cluster,
    object: nameOfObject(object),
    message,
    remedy: remedy`give it the label: ${command}`,
    fix: [command],
    undo: [labelled(context, object, stated === undefined ? `${networkLabel}-` : `${networkLabel}=${stated}`)],
    evidence: seen(fact, `${cluster}: ${nameOfObject(object)}`, at),
  };
}

function labelled(context: string, { kind, metadata }: KubeObject, label: string): Action {
  const place = metadata.namespace === undefined ? [] : ['-n', metadata.namespace];
  const object = [kind.toLowerCase(), metadata.name];
  return kubectl('--context', context, ...place, 'label', ...object, label, '--overwrite');
}
