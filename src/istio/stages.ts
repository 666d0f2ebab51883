import { apiGroup } from '../api/crd.ts';
import { wrappingKeyKind } from '../api/wrapping-key.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import { groupOf, type KubeObject } from '../objects/object.ts';
import { eastWestSelector, ingressSelector } from './names.ts';
import { injectedBy } from './revision.ts';

/**
 * The order in which a cluster's objects are applied. A stage starts when everything before it is applied.
 *
 * - `Namespace`: everything else lives in one.
 * - `Definitions`: istiod waits for its CRDs, and custom resources need them established.
 * - `Wrapping`: the key under which that of the issuer is encrypted, in the home cluster; its definition comes first.
 * - `Trust`: istiod reads `cacerts` once, at its start; without it it signs with a CA of its own, and the
 *   certificates it gave out until then do not verify anywhere else.
 * - `Access`: accounts and their rights, before the pods that use them.
 * - `Address`: the gateways' Services. A load balancer takes a minute to hand out an address, and needs no istiod for it.
 * - `Configuration`: istiod looks for the injection template once, at its start; without it it never injects a pod
 *   (pilot/pkg/bootstrap/sidecarinjector.go, initSidecarInjector).
 * - `ControlPlane`: istiod. With it the reader's token Secret, because the cluster deletes a token
 *   Secret whose account does not exist yet (Kubernetes pkg/controller/serviceaccount/tokens_controller.go, syncSecret).
 * - `Webhooks`: only once istiod answers, because the injection webhook fails closed: before that it would refuse pods.
 * - `Gateway`: its pods have the image `auto`, which the injection webhook replaces. Created earlier they would never start.
 * - `Exposure`: Istio's own resources, so that the validation webhook sees them.
 * - `Documents`: the mesh's own documents, in its home cluster: their definitions are established by now.
 * - `Hosted`: in a hub, the istiod of another cluster, which needs that cluster's credential first.
 * - `Discovery`: remote secrets. From here on istiod sends traffic to the other clusters, so all before must stand.
 * - `Injection`: the labels on the user's namespaces: pods created from now on join the mesh.
 */
export const stages = [
  'Namespace',
  'Definitions',
  'Wrapping',
  'Trust',
  'Access',
  'Address',
  'Configuration',
  'ControlPlane',
  'Webhooks',
  'Gateway',
  'Exposure',
  'Documents',
  'Hosted',
  'Discovery',
  'Injection',
] as const;

export type Stage = (typeof stages)[number];

/**
 * The order in which a cluster's objects are removed: webhooks first, because without istiod behind them they refuse
 * every pod and every Istio resource; then backwards, and definitions late, because with them go all their objects.
 */
export const removalStages: readonly Stage[] = [
  'Webhooks',
  'Injection',
  'Discovery',
  'Exposure',
  'Gateway',
  'Hosted',
  'ControlPlane',
  'Configuration',
  'Address',
  'Access',
  'Trust',
  'Wrapping',
  'Documents',
  'Definitions',
  'Namespace',
];

const accessKinds = new Set(['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding']);
const admissionKinds = new Set([
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
]);

const gatewaySelectors: ReadonlySet<string | undefined> = new Set([eastWestSelector, ingressSelector]);

/** The stage of an object, by what it is: rendered by istioctl or made by us makes no difference. */
export function stageOf(object: KubeObject): Stage {
  const { kind } = object;
  if (groupOf(object.apiVersion) === apiGroup) return kind === wrappingKeyKind ? 'Wrapping' : 'Documents';
  if (!isBuiltIn(groupOf(object.apiVersion))) return 'Exposure';
  if (kind === 'Namespace') return injectedBy(object.metadata.labels) === undefined ? 'Namespace' : 'Injection';
  if (kind === 'CustomResourceDefinition') return 'Definitions';
  if (kind === 'Secret') return secretStage(object);
  if (kind === 'ConfigMap') return 'Configuration';
  if (accessKinds.has(kind)) return 'Access';
  if (admissionKinds.has(kind)) return 'Webhooks';
  if (!gatewaySelectors.has(object.metadata.labels?.istio)) return 'ControlPlane';
  return kind === 'Service' ? 'Address' : 'Gateway';
}

function secretStage(secret: KubeObject): Stage {
  if (secret.metadata.labels?.[multiClusterLabel] !== undefined) return 'Discovery';
  return secret.type === 'kubernetes.io/service-account-token' ? 'ControlPlane' : 'Trust';
}

/** API groups of Kubernetes itself: the core group, those without a dot, and *.k8s.io but for those of its subprojects. */
function isBuiltIn(group: string): boolean {
  if (group === 'gateway.networking.k8s.io') return false;
  return !group.includes('.') || group.endsWith('.k8s.io');
}
