import { apiGroup } from '../api/crd.ts';
import { type Stage, stageOf } from '../istio/stages.ts';
import { groupOf, type KubeObject } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';
import { isIstiodOutput } from './artefact.ts';

/**
 * The order in which a cluster is emptied. A stage begins when everything of the one before is gone.
 *
 * - `Webhooks`: without istiod behind them they refuse every pod and every Istio resource.
 * - `CustomResources`: while what serves their finalizers still runs.
 * - `RemoteSecrets`: from here on nothing is sent to other clusters.
 * - `Injection`: the labels on the users' namespaces.
 * - `Gateways`, then `ControlPlane`: nobody is sent to a gateway that has no istiod.
 * - `Access` and `Trust`: what they used.
 * - `Leftovers`: what istiod wrote by itself; it would write it again while it runs.
 * - `Definitions`: with them go all their objects, so none may be left.
 * - `System`: our own records last, because an interrupted run finds by them what is left to do.
 */
export const removalOrder = [
  'Webhooks',
  'CustomResources',
  'RemoteSecrets',
  'Injection',
  'Gateways',
  'ControlPlane',
  'Access',
  'Trust',
  'Leftovers',
  'Definitions',
  'System',
] as const;

export type RemovalStage = (typeof removalOrder)[number];

const byApplyStage = {
  Namespace: 'System',
  Wrapping: 'System',
  Trust: 'Trust',
  Definitions: 'Definitions',
  Access: 'Access',
  Address: 'Gateways',
  Configuration: 'ControlPlane',
  ControlPlane: 'ControlPlane',
  Hosted: 'ControlPlane',
  Webhooks: 'Webhooks',
  Gateway: 'Gateways',
  Exposure: 'CustomResources',
  Documents: 'System',
  Discovery: 'RemoteSecrets',
  Injection: 'Injection',
} as const satisfies Record<Stage, RemovalStage>;

/** The stage in which an object is removed. */
export function removalStageOf(object: KubeObject): RemovalStage {
  const { kind, metadata } = object;
  if (metadata.namespace === systemNamespace) return 'System';
  if (kind === 'CustomResourceDefinition') return metadata.name.endsWith(`.${apiGroup}`) ? 'System' : 'Definitions';
  // Whether it is one was decided by its place; here only the stage is asked for.
  if (isIstiodOutput(object, () => true)) return 'Leftovers';
  // The ingress and egress gateways of a foreign installation.
  if (groupOf(object.apiVersion) === 'apps' && /gateway/.test(metadata.labels?.app ?? metadata.name)) return 'Gateways';
  return byApplyStage[stageOf(object)];
}
