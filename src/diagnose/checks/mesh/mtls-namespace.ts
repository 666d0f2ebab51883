import type { Finding } from '../../../base/finding.ts';
import { textAt, valueAt } from '../../../base/json.ts';
import { istioNamespace } from '../../../istio/names.ts';
import { type MeshObjects, nameOfObject, objectsOfKind, spansNetworks } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';

/**
 * A PeerAuthentication that takes mutual TLS away from a namespace or from some pods: gateways pass nothing else on, so
 * that istiod leaves these endpoints out for clusters on other networks. That of the whole mesh is `mtls-disabled`.
 */
export function mtlsNamespaceFindings(mesh: MeshObjects): readonly Finding[] {
  if (!spansNetworks(mesh)) return [];
  return mesh.members.flatMap((member) =>
    objectsOfKind(member, 'security.istio.io', 'PeerAuthentication').flatMap((policy): readonly Finding[] => {
      const selects = valueAt(policy.spec, ['selector', 'matchLabels']) !== undefined;
      const { namespace } = policy.metadata;
      if (textAt(policy.spec, ['mtls', 'mode']) !== 'DISABLE') return [];
      if (namespace === istioNamespace && !selects) return [];
      const whom = selects ? `of the pods that it selects in ${namespace}` : `of namespace ${namespace}`;
      return [
        {
          code: 'mtls-namespace',
          severity: 'warning',
          category: 'Policy',
          cluster: member.cluster,
          object: nameOfObject(policy),
          message: `${nameOfObject(policy)} disables mutual TLS ${whom}: requests from other networks fail`,
          remedy: 'delete it, or set its spec.mtls.mode to PERMISSIVE or STRICT, where other networks are to be served',
          evidence: seen('spec.mtls.mode is DISABLE', `${member.cluster}: ${nameOfObject(policy)}`, mesh.readAt),
        },
      ];
    }),
  );
}
