import type { Right } from '../fleet/identity.ts';
import { hostedNamespace, istioNamespace } from '../istio/names.ts';
import type { ClusterTopology } from '../topology/topology.ts';

const apply = ['get', 'list', 'watch', 'create', 'patch'] as const;

/** The rights that an apply needs in a cluster besides those that it needs in every one, for its place in the mesh. */
export function topologyRights({ cluster, controlPlane, remotes, hosted, gateway }: ClusterTopology): readonly Right[] {
  const onNodes = cluster.spec.gateway.type === 'NodePort' && (gateway === 'EastWest' || hosted.length > 0);
  return [
    // Where its istiod is found (links.ts).
    ...(controlPlane.kind === 'Own' ? [] : rights('discovery.k8s.io', 'endpointslices', istioNamespace)),
    // How its istiod is reached (istio/exposure.ts).
    ...(remotes.length > 0 ? rights('networking.istio.io', 'virtualservices', istioNamespace) : []),
    // Whose addresses are the gateway's.
    ...(onNodes ? [{ verb: 'list', group: '', resource: 'nodes' }] : []),
    ...hosted.flatMap((name) => hostedRights(hostedNamespace(name))),
  ];
}

function hostedRights(namespace: string): readonly Right[] {
  return [
    ...['secrets', 'services', 'serviceaccounts'].flatMap((resource) => rights('', resource, namespace)),
    ...rights('apps', 'deployments', namespace),
    ...rights('autoscaling', 'horizontalpodautoscalers', namespace),
    { verb: 'list', group: '', resource: 'pods', namespace },
    { verb: 'create', group: '', resource: 'pods/portforward', namespace },
  ];
}

function rights(group: string, resource: string, namespace: string): readonly Right[] {
  return apply.map((verb) => ({ verb, group, resource, namespace }));
}
