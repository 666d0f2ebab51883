import { hostedNamespace, istioNamespace } from '../istio/names.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import { groupOf, type KubeObject } from '../objects/object.ts';

/** The namespaces that Istio's own installers use; the second is that of the operator, which ended with Istio 1.23. */
export const istioNamespaces: readonly string[] = [istioNamespace, 'istio-operator'];

/** True for the API groups of Istio: `networking.istio.io`, `security.istio.io`, `install.istio.io` and so on. */
export function isIstioGroup(group: string): boolean {
  return group === 'istio.io' || group.endsWith('.istio.io');
}

/**
 * What a running istiod writes by itself, so that no label says whose it is. Roots are in every namespace, all else in
 * its own, which is for `isHome` to say: elsewhere a name is no more than a name. Names as in istiod's sources:
 * pilot/pkg/features/experimental.go (PILOT_CA_CERT_CONFIGMAP, PILOT_CRL_CONFIGMAP), pilot/pkg/leaderelection/leaderelection.go,
 * security/pkg/pki/ca/ca.go (CASecret), pilot/pkg/config/kube/gatewaycommon (BuiltinGatewayClasses),
 * pilot/pkg/serviceregistry/kube/controller/clustertrustbundlecontroller.go.
 */
export function isIstiodOutput(
  { kind, apiVersion, metadata: { name, namespace = '' } }: KubeObject,
  isHome: (namespace: string) => boolean,
): boolean {
  switch (kind) {
    case 'ConfigMap':
      return everywhere.has(name) || (elections.test(name) && isHome(namespace));
    case 'Lease':
      return elections.test(name) && isHome(namespace);
    case 'Secret':
      return name === 'istio-ca-secret' && isHome(namespace);
    case 'GatewayClass':
      return groupOf(apiVersion) === 'gateway.networking.k8s.io' && gatewayClasses.has(name);
    case 'ClusterTrustBundle':
      return name.startsWith('istio.io:istiod-ca:');
    default:
      return false;
  }
}

/** True for what an istiod puts into every namespace, whosever the namespace is. */
export function isDistributed({ kind, metadata: { name } }: KubeObject): boolean {
  return kind === 'ConfigMap' && everywhere.has(name);
}

const everywhere = new Set(['istio-ca-root-cert', 'istio-ca-crl']);
const elections =
  /^istio-((.+-)?(leader|election)|gateway-deployment|gateway-inferencepool|node-untaint|ip-autoallocate)(-.+)?$/;
const gatewayClasses = new Set(['istio', 'istio-remote', 'istio-waypoint', 'istio-east-west']);

/**
 * True for an istiod and for the Service in front of it; where istiod runs elsewhere, there is the Service alone. Its
 * name says so in Istio's own namespaces and in those of hosted istiods; elsewhere it takes the label of the charts.
 */
export function isIstiod({ kind, metadata: { name, namespace, labels } }: KubeObject): boolean {
  if (kind !== 'Deployment' && kind !== 'Service') return false;
  const isNamed = /^istiod(-|$)/.test(name) && (isIstios(namespace) || namespace?.startsWith(hostedNamespace('')));
  return labels?.app === 'istiod' || isNamed === true;
}

/** True for the webhooks of any revision and for revision tags, which `istioctl tag` makes too. */
export function isIstioWebhook({ kind, metadata: { name } }: KubeObject): boolean {
  return (kind === 'MutatingWebhookConfiguration' || kind === 'ValidatingWebhookConfiguration') && webhooks.test(name);
}

const webhooks = /^(istio-sidecar-injector|istio-revision-tag|istio-validator|istiod-default-validator)(-|$)/;

/**
 * True for an object that any installer of Istio (istioctl, its operator, Helm) makes or keeps, whatever the revision.
 * `releases` are the Helm releases that are known to be Istio's. Labels as the charts and the operator set them.
 */
export function isInstalledIstio(object: KubeObject, releases: ReadonlySet<string>): boolean {
  const { apiVersion, kind, metadata } = object;
  const group = groupOf(apiVersion);
  if (group === 'install.istio.io') return true;
  // Configuration in Istio's own namespace is for the whole mesh; elsewhere it is the users'.
  if (isIstioGroup(group)) return isIstios(metadata.namespace);
  if (isLabelledIstio(object) || isIstiod(object) || isIstioWebhook(object)) return true;
  if (kind === 'ClusterRole' || kind === 'ClusterRoleBinding') return accessNames.test(metadata.name);
  return isIstios(metadata.namespace) && isIstioAtHome(object, releases);
}

function isLabelledIstio({ metadata: { labels = {} } }: KubeObject): boolean {
  return (
    labels['operator.istio.io/component'] !== undefined ||
    labels['install.operator.istio.io/owning-resource'] !== undefined ||
    labels['app.kubernetes.io/part-of'] === 'istio'
  );
}

/** What counts as Istio's in its own namespaces, where anybody may have put something. */
function isIstioAtHome({ kind, metadata }: KubeObject, releases: ReadonlySet<string>): boolean {
  const { name, namespace, labels = {} } = metadata;
  if (labels[multiClusterLabel] !== undefined || labels['istio.io/rev'] !== undefined) return true;
  if (kind === 'Secret' && labels.owner === 'helm') return releases.has(releaseKey(namespace, labels.name));
  if (kind === 'Secret' && name === 'cacerts') return true;
  return [labels.app, labels.name, name].some((one) => one !== undefined && components.has(one));
}

/** `istiod-clusterrole-1-31-istio-system` and the like (manifests/charts, clusterrole.yaml); others may begin so too. */
const accessNames =
  /^(istiod|istio-reader)-((clusterrole|gateway-controller)(-|$)|istio-system$)|^(istio-cni|istio-operator|ztunnel)(-|$)/;
const components = new Set([
  'istiod',
  'istio-reader',
  'istio-reader-service-account',
  'istio-ingressgateway',
  'istio-egressgateway',
  'istio-eastwestgateway',
  'istio-operator',
  'istio-cni',
  'istio-cni-node',
  'ztunnel',
  'sidecar-injector',
]);

/** The Helm release that an object states to be part of; undefined where Helm did not make it. */
export function helmReleaseOf({ metadata: { annotations } }: KubeObject): string | undefined {
  const name = annotations?.['meta.helm.sh/release-name'];
  return name === undefined ? undefined : releaseKey(annotations?.['meta.helm.sh/release-namespace'], name);
}

function releaseKey(namespace: string | undefined, name: string | undefined): string {
  return `${namespace ?? ''}/${name ?? ''}`;
}

function isIstios(namespace: string | undefined): boolean {
  return namespace !== undefined && istioNamespaces.includes(namespace);
}
