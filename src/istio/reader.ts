import { decodeBase64Text } from '../base/base64.ts';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { istioNamespace } from './names.ts';

/** Account, roles and bindings of the reader all have this name. */
export const readerName = 'isthmus-reader';
export const readerTokenSecret = 'isthmus-reader-token';

/** Its informers list and watch; nothing is read one by one. */
const read = ['list', 'watch'] as const;
const rbac = 'rbac.authorization.k8s.io/v1';

/**
 * The account with which the istiods of the other clusters read this one, for a mesh in which every cluster has an
 * istiod of its own.
 *
 * It is not the chart's `istio-reader-service-account`: that one may also read every ConfigMap and all Istio
 * configuration and create ServiceExports, TokenReviews and SubjectAccessReviews, whether the mesh needs it or not.
 *
 * `secrets` says whether the reading istiods list the Secrets of this cluster; `readsRemoteSecrets` (operator.ts) knows.
 */
export function readerObjects(secrets: 'Listed' | 'Untouched'): readonly KubeObject[] {
  const subject = { kind: 'ServiceAccount', name: readerName, namespace: istioNamespace };
  const inNamespace = { name: readerName, namespace: istioNamespace };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: inNamespace },
    { apiVersion: rbac, kind: 'ClusterRole', metadata: { name: readerName }, rules: clusterRules(secrets) },
    {
      apiVersion: rbac,
      kind: 'ClusterRoleBinding',
      metadata: { name: readerName },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: readerName },
      subjects: [subject],
    },
    { apiVersion: rbac, kind: 'Role', metadata: inNamespace, rules: namespaceRules() },
    {
      apiVersion: rbac,
      kind: 'RoleBinding',
      metadata: inNamespace,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: readerName },
      subjects: [subject],
    },
    {
      // A token of this kind does not expire: nothing could renew one that does while no operator runs.
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: readerTokenSecret,
        namespace: istioNamespace,
        annotations: { 'kubernetes.io/service-account.name': readerName },
      },
      type: 'kubernetes.io/service-account-token',
    },
  ];
}

/** What istiod lists and watches in a cluster that it reads from; each line names where. */
function clusterRules(secrets: 'Listed' | 'Untouched'): readonly JsonObject[] {
  return [
    // pkg/kube/multicluster/cluster.go, buildClusterCollections, and the registry on top of it
    // (pilot/pkg/serviceregistry/kube/controller/controller.go, NewController). One kind that cannot be listed keeps
    // the whole cluster from ever becoming `synced`.
    { apiGroups: [''], resources: ['namespaces', 'nodes', 'pods', 'services'], verbs: read },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read },
    // cluster.go too, and .../controller/network.go: gateways to this network that are Gateway API resources.
    { apiGroups: ['gateway.networking.k8s.io'], resources: ['gateways'], verbs: read },
    // .../controller/multicluster.go, createWleConfigStore: workloads outside Kubernetes that are part of this cluster.
    { apiGroups: ['networking.istio.io'], resources: ['workloadentries'], verbs: read },
    // pkg/kube/kclient/crdwatcher.go: the two kinds above are waited for until their definition exists.
    { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: read },
    // pilot/pkg/credentials/kube/secrets.go: certificates for gateways that run here without an istiod of their own.
    // This mesh has none, but istiod waits for the list all the same, and gives the cluster up as `timeout` without it.
    ...(secrets === 'Untouched' ? [] : [{ apiGroups: [''], resources: ['secrets'], verbs: read }]),
  ];
}

/**
 * The mesh configuration of this cluster, for the trust domain of its pods (.../controller/multicluster.go,
 * NewMulticluster). istiod asks for that one ConfigMap by a field selector on its name, so naming it here suffices.
 */
function namespaceRules(): readonly JsonObject[] {
  return [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['istio'], verbs: read }];
}

export interface ReaderCredential {
  readonly token: string;
  /** The cluster's certificate authority as PEM text. */
  readonly certificateAuthority: string;
}

/** The credential in the reader's token Secret; undefined until the cluster has filled it in. */
export function readerCredential(secret: KubeObject): ReaderCredential | undefined {
  const data = secret.data;
  if (!isJsonObject(data)) return undefined;
  const token = textOf(data.token);
  const certificateAuthority = textOf(data['ca.crt']);
  return token === undefined || certificateAuthority === undefined ? undefined : { token, certificateAuthority };
}

function textOf(value: Json | undefined): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return decodeBase64Text(value);
}
