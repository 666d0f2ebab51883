import { istioNamespace } from '../istio/names.ts';
import { istiodOf } from '../istio/revision.ts';
import type { ObjectRef } from '../objects/object.ts';
import type { ClusterTopology } from '../topology/topology.ts';

/** The istiod in a cluster that has one of its own. */
export function istiodDeployment({ revision }: Pick<ClusterTopology, 'revision'>): ObjectRef {
  return { apiVersion: 'apps/v1', kind: 'Deployment', namespace: istioNamespace, name: istiodOf(revision) };
}
