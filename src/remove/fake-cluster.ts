import type { Json } from '../base/json.ts';
import { partition } from '../base/partition.ts';
import type { RawRequest } from '../kube/client.ts';
import { builtInResource } from '../kube/objects/built-in-kinds.ts';
import { createFake, type FakeClient, type FakeOptions } from '../kube/testing/fake.ts';
import { groupOf, type KubeObject } from '../objects/object.ts';
import {
  appliedAnnotation,
  fieldManager,
  managedByLabel,
  managedByValue,
  meshLabel,
  systemNamespace,
} from '../objects/ownership.ts';

/** The built-in kinds that a fake cluster of these tests serves. */
const builtIn: readonly (readonly [string, string])[] = [
  ['v1', 'Namespace'],
  ['v1', 'Pod'],
  ['v1', 'Secret'],
  ['v1', 'ConfigMap'],
  ['v1', 'Service'],
  ['v1', 'ServiceAccount'],
  ['apps/v1', 'Deployment'],
  ['coordination.k8s.io/v1', 'Lease'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
];

/** A fake cluster that answers which kinds it serves, group by group. `silent` groups answer like a broken one. */
export function fakeCluster(options: FakeOptions & { readonly silent?: readonly string[] } = {}): FakeClient {
  const seeded = (options.objects ?? []).map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind,
    namespaced: metadata.namespace !== undefined,
  }));
  const kinds = [
    ...builtIn.map(([apiVersion, kind]) => ({
      apiVersion,
      kind,
      namespaced: builtInResource({ apiVersion, kind })?.namespaced ?? false,
    })),
    ...seeded,
  ];
  const groups = Map.groupBy(kinds, ({ apiVersion }) => apiVersion);
  const raw = (request: RawRequest): Json | undefined => {
    const own = options.raw?.(request);
    if (own !== undefined) return own;
    if (request.path === '/apis') {
      const versions = [...groups.keys(), ...(options.silent ?? [])].filter((name) => name !== 'v1');
      return {
        groups: versions.map((groupVersion) => ({ name: groupOf(groupVersion), versions: [{ groupVersion }] })),
      };
    }
    const served = groups.get(request.path.replace(/^\/apis?\//, ''));
    if (served === undefined) return undefined;
    return {
      resources: served.map(({ apiVersion, kind, namespaced }) => ({
        name: builtInResource({ apiVersion, kind })?.plural ?? `${kind.toLowerCase()}s`,
        kind,
        namespaced,
        verbs: ['get', 'list', 'delete', 'patch'],
      })),
    };
  };
  // What carries the label of Isthmus was applied by it.
  const [applied, objects] = partition(options.objects ?? [], isManaged);
  return createFake({ ...options, objects, applied: [...applied, ...(options.applied ?? [])], raw });
}

function isManaged({ metadata: { labels } }: KubeObject): boolean {
  return labels?.[managedByLabel] === managedByValue;
}

/** `v1/ConfigMap istio-system/istio`: an object in a line, with more where something matters. */
export function object(text: string, more: { readonly [key: string]: unknown } = {}): KubeObject {
  const [type = '', name = ''] = text.split(' ');
  const slash = type.lastIndexOf('/');
  const [namespace, own] = name.includes('/') ? name.split('/') : [undefined, name];
  const { metadata = {}, ...rest } = more as { metadata?: object };
  return {
    apiVersion: type.slice(0, slash),
    kind: type.slice(slash + 1),
    metadata: { name: own, ...(namespace === undefined ? {} : { namespace }), ...metadata },
    ...rest,
  } as unknown as KubeObject;
}

/** An object as an apply of a mesh leaves it. */
export function ours(text: string, more: { readonly [key: string]: unknown } = {}): KubeObject {
  const made = object(text, more);
  return {
    ...made,
    metadata: {
      ...made.metadata,
      labels: { [managedByLabel]: managedByValue, [meshLabel]: 'shop', ...made.metadata.labels },
      annotations: { ...made.metadata.annotations, [appliedAnnotation]: 'digest' },
    },
  };
}

const gatewayDefinition = ours('apiextensions.k8s.io/v1/CustomResourceDefinition gateways.networking.istio.io', {
  spec: {
    group: 'networking.istio.io',
    names: { kind: 'Gateway', plural: 'gateways' },
    scope: 'Namespaced',
    versions: [{ name: 'v1' }],
  },
});

/** What a cluster of mesh shop holds, in short: a few objects of each stage. */
export function meshObjects({ peer, home }: { readonly peer: string; readonly home: boolean }): readonly KubeObject[] {
  const remoteSecret = {
    metadata: { labels: { 'istio/multiCluster': 'true' }, annotations: { 'networking.istio.io/cluster': peer } },
  };
  return [
    ours('admissionregistration.k8s.io/v1/MutatingWebhookConfiguration istio-sidecar-injector'),
    gatewayDefinition,
    ours('networking.istio.io/v1/Gateway istio-system/cross-network-gateway'),
    ours(`v1/Secret istio-system/istio-remote-secret-${peer}`, remoteSecret),
    ours('apps/v1/Deployment istio-system/istio-eastwestgateway', {
      metadata: { labels: { istio: 'eastwestgateway' } },
    }),
    ours('apps/v1/Deployment istio-system/istiod', { metadata: { labels: { app: 'istiod' } } }),
    ours('v1/ServiceAccount istio-system/isthmus-reader'),
    ours('v1/Secret istio-system/cacerts'),
    object('v1/ConfigMap istio-system/istio-leader'),
    object('v1/ConfigMap sample/istio-ca-root-cert'),
    object('v1/ConfigMap istio-system/kube-root-ca.crt'),
    ours(`v1/ConfigMap ${systemNamespace}/isthmus-inventory`),
    ...(home
      ? [`v1/Secret`, 'isthmus.dev/v1alpha1/WrappingKey'].map((kind) =>
          ours(`${kind} ${systemNamespace}/isthmus-issuer`),
        )
      : []),
  ];
}

/** Makes our field manager hold the definition, as an apply does. */
export async function applyDefinition(client: FakeClient): Promise<void> {
  await client.apply(gatewayDefinition, { fieldManager, conflicts: 'Force' });
}

/** Labels a namespace as an apply does. */
export async function labelNamespace(client: FakeClient, name: string, labels: Record<string, string>): Promise<void> {
  await client.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
    { fieldManager, conflicts: 'Force' },
  );
}
