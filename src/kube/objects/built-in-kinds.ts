import type { KindRef } from '../../objects/object.ts';

/** How the API server's paths name a kind. */
export interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Kinds whose paths every supported Kubernetes version shares: no discovery is needed for them. */
const cluster: Readonly<Record<string, string>> = {
  'v1 Namespace': 'namespaces',
  'v1 Node': 'nodes',
  'v1 PersistentVolume': 'persistentvolumes',
  'rbac.authorization.k8s.io/v1 ClusterRole': 'clusterroles',
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': 'clusterrolebindings',
  'apiextensions.k8s.io/v1 CustomResourceDefinition': 'customresourcedefinitions',
  'apiregistration.k8s.io/v1 APIService': 'apiservices',
  'admissionregistration.k8s.io/v1 MutatingWebhookConfiguration': 'mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration': 'validatingwebhookconfigurations',
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy': 'validatingadmissionpolicies',
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding': 'validatingadmissionpolicybindings',
  'authorization.k8s.io/v1 SelfSubjectAccessReview': 'selfsubjectaccessreviews',
  'authentication.k8s.io/v1 SelfSubjectReview': 'selfsubjectreviews',
};

const namespaced: Readonly<Record<string, string>> = {
  'v1 Secret': 'secrets',
  'v1 ConfigMap': 'configmaps',
  'v1 Service': 'services',
  'v1 ServiceAccount': 'serviceaccounts',
  'v1 Pod': 'pods',
  'v1 Event': 'events',
  'v1 Endpoints': 'endpoints',
  'apps/v1 Deployment': 'deployments',
  'apps/v1 DaemonSet': 'daemonsets',
  'apps/v1 ReplicaSet': 'replicasets',
  'apps/v1 StatefulSet': 'statefulsets',
  'batch/v1 Job': 'jobs',
  'rbac.authorization.k8s.io/v1 Role': 'roles',
  'rbac.authorization.k8s.io/v1 RoleBinding': 'rolebindings',
  'autoscaling/v2 HorizontalPodAutoscaler': 'horizontalpodautoscalers',
  'policy/v1 PodDisruptionBudget': 'poddisruptionbudgets',
  'networking.k8s.io/v1 NetworkPolicy': 'networkpolicies',
  'coordination.k8s.io/v1 Lease': 'leases',
  'discovery.k8s.io/v1 EndpointSlice': 'endpointslices',
};

/** The resource of a stable built-in kind. */
export function builtInResource({ apiVersion, kind }: KindRef): Resource | undefined {
  const key = `${apiVersion} ${kind}`;
  const plural = namespaced[key] ?? cluster[key];
  return plural === undefined ? undefined : { plural, namespaced: key in namespaced };
}
