import type { JsonObject } from '../../../src/base/json.ts';
import { groupOf, type KindRef } from '../../../src/objects/object.ts';

interface Kind {
  readonly group: string;
  readonly kind: string;
  /** The folder below the API server's own prefix in etcd. */
  readonly folder: string;
  readonly clusterScoped?: true;
}

/** Built-in kinds; the folders are those of the API server's own storage (pkg/registry in Kubernetes). */
const builtIn: readonly Kind[] = [
  { group: '', kind: 'Namespace', folder: 'namespaces', clusterScoped: true },
  { group: '', kind: 'Node', folder: 'minions', clusterScoped: true },
  { group: '', kind: 'Pod', folder: 'pods' },
  { group: '', kind: 'Service', folder: 'services/specs' },
  { group: '', kind: 'ConfigMap', folder: 'configmaps' },
  { group: '', kind: 'Secret', folder: 'secrets' },
  { group: 'discovery.k8s.io', kind: 'EndpointSlice', folder: 'endpointslices' },
];

interface CustomKind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  /** Served versions, the one that istiod watches first. */
  readonly versions: readonly [string, ...string[]];
  readonly clusterScoped?: true;
}

const networking = ['v1', 'v1beta1', 'v1alpha3'] as const;
const gatewayApi = ['v1', 'v1beta1'] as const;

/** Kinds of custom resources that istiod's discovery reads (pkg/config/schema/metadata.yaml in Istio). */
export const customKinds: readonly CustomKind[] = [
  { group: 'networking.istio.io', kind: 'DestinationRule', plural: 'destinationrules', versions: networking },
  { group: 'networking.istio.io', kind: 'Gateway', plural: 'gateways', versions: networking },
  { group: 'networking.istio.io', kind: 'ServiceEntry', plural: 'serviceentries', versions: networking },
  { group: 'networking.istio.io', kind: 'Sidecar', plural: 'sidecars', versions: networking },
  { group: 'networking.istio.io', kind: 'VirtualService', plural: 'virtualservices', versions: networking },
  { group: 'networking.istio.io', kind: 'WorkloadEntry', plural: 'workloadentries', versions: networking },
  { group: 'networking.istio.io', kind: 'WorkloadGroup', plural: 'workloadgroups', versions: networking },
  { group: 'networking.istio.io', kind: 'EnvoyFilter', plural: 'envoyfilters', versions: ['v1alpha3'] },
  { group: 'networking.istio.io', kind: 'ProxyConfig', plural: 'proxyconfigs', versions: ['v1beta1'] },
  {
    group: 'security.istio.io',
    kind: 'PeerAuthentication',
    plural: 'peerauthentications',
    versions: ['v1', 'v1beta1'],
  },
  {
    group: 'gateway.networking.k8s.io',
    kind: 'GatewayClass',
    plural: 'gatewayclasses',
    versions: gatewayApi,
    clusterScoped: true,
  },
  { group: 'gateway.networking.k8s.io', kind: 'Gateway', plural: 'gateways', versions: gatewayApi },
  { group: 'multicluster.x-k8s.io', kind: 'ServiceExport', plural: 'serviceexports', versions: ['v1alpha1'] },
  { group: 'multicluster.x-k8s.io', kind: 'ServiceImport', plural: 'serviceimports', versions: ['v1alpha1'] },
];

const kinds: readonly Kind[] = [
  ...builtIn,
  ...customKinds.map(({ group, kind, plural, clusterScoped }) => ({
    group,
    kind,
    folder: `${group}/${plural}`,
    ...(clusterScoped === undefined ? {} : { clusterScoped }),
  })),
];

/** Everything of these folders belongs to the oracle; the API server keeps what is its own in others. */
export const ownFolders: readonly string[] = kinds.map(({ folder }) => folder);

/** How a kind is stored; undefined where no istiod reads it. */
export function storageOf(of: KindRef): Kind | undefined {
  const group = groupOf(of.apiVersion);
  return kinds.find((kind) => kind.group === group && kind.kind === of.kind);
}

/**
 * The definition of a custom kind, established already. Its schema lets everything pass: what is compared is istiod's
 * reading of the objects, and the full schemas would make the API server several times as heavy.
 */
export function definition({ group, kind, plural, versions, clusterScoped }: CustomKind): JsonObject {
  const names = { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` };
  const condition = (type: string): JsonObject => ({
    type,
    status: 'True',
    reason: type,
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      uid: `${plural}.${group}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations: protectedGroup.test(group) ? { 'api-approved.kubernetes.io': 'unapproved, for a test' } : {},
    },
    spec: {
      group,
      names,
      scope: clusterScoped === true ? 'Cluster' : 'Namespaced',
      conversion: { strategy: 'None' },
      versions: versions.map((name) => ({
        name,
        served: true,
        storage: name === versions[0],
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      })),
    },
    status: {
      acceptedNames: names,
      conditions: [condition('NamesAccepted'), condition('Established')],
      storedVersions: [versions[0]],
    },
  };
}

/** Groups of Kubernetes itself, whose definitions must say who approved them. */
const protectedGroup = /(^|\.)(k8s|kubernetes)\.io$/;
