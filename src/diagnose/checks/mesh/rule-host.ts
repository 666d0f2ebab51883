import { textAt } from '../../../base/json.ts';
import type { KubeObject } from '../../../objects/object.ts';
import { type MemberObjects, objectsOfKind } from '../../facts/mesh-objects.ts';

/** The DestinationRules of a cluster. */
export function rulesOf(member: MemberObjects): readonly KubeObject[] {
  return objectsOfKind(member, 'networking.istio.io', 'DestinationRule');
}

/** The host of a rule in full, as `reviews.shop.svc.cluster.local`; a short name is of the rule's namespace. */
export function hostOfRule(rule: KubeObject): string {
  const host = textAt(rule.spec, ['host']) ?? '';
  return host.includes('.') || host === '*' ? host : `${host}.${rule.metadata.namespace ?? ''}.svc.cluster.local`;
}
