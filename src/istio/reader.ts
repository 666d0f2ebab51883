import { defaultRevision } from '../api/name.ts';
import { decodeBase64Text } from '../base/base64.ts';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { istiodName, istioNamespace } from './names.ts';

/** Account, roles and bindings of the reader all have this name. */
export const readerName = 'isthmus-reader';
export const readerTokenSecret = 'isthmus-reader-token';

/** A token of the account of istiod itself, for an istiod that runs in another cluster. */
export const istiodTokenSecret = 'isthmus-istiod-token';

/** Its informers list and watch; nothing is read one by one. */
const read = ['list', 'watch'] as const;
const rbac = 'rbac.authorization.k8s.io/v1';

export interface ReaderRights {
  /** Whether the reading istiods list the Secrets of this cluster; `readsRemoteSecrets` (operator.ts) knows. */
  readonly secrets: 'Listed' | 'Untouched';
  /**
   * The injection webhooks of a cluster that another one's istiod serves as its remote: that istiod keeps their CA and
   * the namespaces' root certificates right. Left out where the cluster has an istiod of its own.
   */
  readonly servedWebhooks?: readonly string[] | undefined;
  /** The revisions of the istiods that read it; left out, the default one. */
  readonly revisions?: readonly string[] | undefined;
}

/**
 * The account with which the istiods of the other clusters read this one.
 *
 * It is not the chart's `istio-reader-service-account`: that one may also read every ConfigMap and all Istio
 * configuration and create ServiceExports, TokenReviews and SubjectAccessReviews, whether the mesh needs it or not.
 */
export function readerObjects({ secrets, servedWebhooks, revisions = [] }: ReaderRights): readonly KubeObject[] {
  const subject = { kind: 'ServiceAccount', name: readerName, namespace: istioNamespace };
  const inNamespace = { name: readerName, namespace: istioNamespace };
  const serving = servedWebhooks === undefined ? [] : servingClusterRules(servedWebhooks);
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: inNamespace },
    {
      apiVersion: rbac,
      kind: 'ClusterRole',
      metadata: { name: readerName },
      rules: [...clusterRules(secrets), ...serving],
    },
    {
      apiVersion: rbac,
      kind: 'ClusterRoleBinding',
      metadata: { name: readerName },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: readerName },
      subjects: [subject],
    },
    {
      apiVersion: rbac,
      kind: 'Role',
      metadata: inNamespace,
      rules: [meshConfigRule(revisions), ...(servedWebhooks === undefined ? [] : servingNamespaceRules)],
    },
    {
      apiVersion: rbac,
      kind: 'RoleBinding',
      metadata: inNamespace,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: readerName },
      subjects: [subject],
    },
    tokenSecret(readerTokenSecret, readerName),
  ];
}

/** A token with which an istiod that runs in a hub works on this cluster, with the rights that the chart gives istiod. */
export function istiodToken(): KubeObject {
  return tokenSecret(istiodTokenSecret, istiodName);
}

/** A token of this kind does not expire: nothing could renew one that does while no operator runs. */
function tokenSecret(name: string, account: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: istioNamespace, annotations: { 'kubernetes.io/service-account.name': account } },
    type: 'kubernetes.io/service-account-token',
  };
}

/** What istiod lists and watches in a cluster that it reads from; each line names where. */
function clusterRules(secrets: ReaderRights['secrets']): readonly JsonObject[] {
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
 * Each revision asks for one of its own name, and one that is on its way out for one that can no longer be named:
 * where there are revisions all of the namespace can be read.
 */
function meshConfigRule(revisions: readonly string[]): JsonObject {
  const isNamed = revisions.every((revision) => revision === defaultRevision);
  return { apiGroups: [''], resources: ['configmaps'], ...(isNamed ? { resourceNames: ['istio'] } : {}), verbs: read };
}

/** pilot/pkg/features/pilot.go, PILOT_CA_CERT_CONFIGMAP and PILOT_CRL_CONFIGMAP. */
const distributed = ['istio-ca-root-cert', 'istio-ca-crl'];

/** What an istiod does besides in a cluster that it serves; each line names where. */
function servingClusterRules(webhooks: readonly string[]): readonly JsonObject[] {
  return [
    // .../controller/multicluster.go, checkShouldLead: whether istio-system names its cluster.
    { apiGroups: [''], resources: ['namespaces'], resourceNames: [istioNamespace], verbs: ['get'] },
    // .../controller/namespacecontroller.go: the root certificate for every namespace. Names cannot limit `create`.
    { apiGroups: [''], resources: ['configmaps'], resourceNames: distributed, verbs: [...read, 'update'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
    // pkg/webhooks/webhookpatch.go and pkg/revisions/default_watcher.go: the CA of the injection webhook.
    { apiGroups: [admission], resources: ['mutatingwebhookconfigurations'], verbs: read },
    {
      apiGroups: [admission],
      resources: ['mutatingwebhookconfigurations'],
      resourceNames: webhooks,
      verbs: ['update'],
    },
    // security/pkg/server/ca/authenticate/kubeauth/kube_jwt.go: who a proxy of this cluster is.
    { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    // pilot/pkg/credentials/kube/secrets.go, Authorize: whether a gateway may have the certificate that it asks for.
    { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ];
}

const admission = 'admissionregistration.k8s.io';

/** pilot/pkg/leaderelection/leaderelection.go: one istiod at a time writes the root certificates. */
const servingNamespaceRules: readonly JsonObject[] = [
  {
    apiGroups: [''],
    resources: ['configmaps'],
    resourceNames: ['istio-namespace-controller-election'],
    verbs: ['get', 'update'],
  },
];

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
