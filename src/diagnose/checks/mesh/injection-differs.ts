import type { Finding } from '../../../base/finding.ts';
import { objectsAt } from '../../../base/json.ts';
import { remedy, set } from '../../../base/remedy.ts';
import type { KubeObject } from '../../../objects/object.ts';
import { type MemberObjects, type MeshObjects, objectsOfKind } from '../../facts/mesh-objects.ts';
import { firstOf, seen } from '../../facts/reading.ts';

/** Namespaces that hold what every cluster has for itself. */
const ofPlatform = /^(kube-.+|istio-.*|istiod-.+|isthmus-.+)$/;

/** Namespaces whose pods have sidecars in one cluster and none in another, though both serve the same Services. */
export function injectionDiffersFindings({ members, readAt }: MeshObjects): readonly Finding[] {
  const views = members.map((member) => ({ member, pods: podsByNamespace(member), services: servicesOf(member) }));
  return views.flatMap(({ member, pods, services }) =>
    [...pods].flatMap(([namespace, own]): readonly Finding[] => {
      if (own.some(hasSidecar)) return [];
      const other = views.find((view) => (view.pods.get(namespace) ?? []).some(hasSidecar));
      const shared = [...services].filter((name) => name.startsWith(`${namespace}/`) && other?.services.has(name));
      if (other === undefined || shared.length === 0) return [];
      const { cluster } = member;
      return [
        {
          code: 'injection-differs',
          severity: 'warning',
          category: 'Config',
          cluster,
          object: `Namespace ${namespace}`,
          message: `no pod of namespace ${namespace} has a sidecar, and those in ${other.member.cluster} have: other networks do not reach ${firstOf(shared, 2)} here`,
          remedy: remedy`name the namespace in ${set('spec.injectNamespaces', { kind: 'MeshCluster', name: cluster })}, apply, and restart its workloads`,
          evidence: seen(`${own.length} pods without a sidecar`, `${cluster}: Pods of ${namespace}`, readAt),
        },
      ];
    }),
  );
}

function podsByNamespace(member: MemberObjects): ReadonlyMap<string, readonly KubeObject[]> {
  const pods = objectsOfKind(member, '', 'Pod').filter(({ metadata }) => !ofPlatform.test(metadata.namespace ?? ''));
  return Map.groupBy(pods, ({ metadata }) => metadata.namespace ?? '');
}

function hasSidecar({ spec }: KubeObject): boolean {
  return [...objectsAt(spec, ['containers']), ...objectsAt(spec, ['initContainers'])].some(
    ({ name }) => name === 'istio-proxy',
  );
}

function servicesOf(member: MemberObjects): ReadonlySet<string> {
  return new Set(
    objectsOfKind(member, '', 'Service').map(({ metadata: { namespace, name } }) => `${namespace}/${name}`),
  );
}
