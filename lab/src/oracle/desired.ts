import { IsthmusError } from '../../../src/base/error.ts';
import { canonicalJson, type JsonObject } from '../../../src/base/json.ts';
import type { IstiodSettings, Snapshot } from '../../../src/discovery/values/snapshot.ts';
import { describeRef, type KubeObject, refOf } from '../../../src/objects/object.ts';
import { storageOf } from './kinds.ts';
import { markerObjects } from './marker.ts';

/** What one API server is to hold: key below its prefix in etcd -> stored text. */
export type Contents = ReadonlyMap<string, string>;

/** Namespaces that an API server makes again whenever they are missing. */
const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** The key of an object below the prefix of its API server. */
export function storageKey(object: KubeObject): string {
  const { name, namespace } = object.metadata;
  const storage = storageOf(object);
  if (storage === undefined) {
    throw new IsthmusError('usage', `no istiod reads a ${object.apiVersion} ${object.kind}`, {
      remedy: 'leave it out of the snapshot, or add the kind to lab/src/oracle/kinds.ts',
    });
  }
  if (storage.clusterScoped === true) return `${storage.folder}/${name}`;
  if (namespace !== undefined && namespace !== '') return `${storage.folder}/${namespace}/${name}`;
  throw new IsthmusError('usage', `${describeRef(refOf(object))} has no namespace`);
}

/** The object as etcd keeps it: the API server takes the version from etcd and writes it nowhere. */
function storedText(object: KubeObject): string {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return canonicalJson({ ...object, metadata });
}

function bareNamespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, status: { phase: 'Active' } };
}

/** The service that every API server makes for itself. */
const apiService: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'kubernetes',
    namespace: 'default',
    labels: { component: 'apiserver', provider: 'kubernetes' },
  },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1'],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    internalTrafficPolicy: 'Cluster',
    sessionAffinity: 'None',
    ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 6443 }],
  },
};

function isRemoteSecret({ kind, metadata }: KubeObject): boolean {
  return kind === 'Secret' && metadata.labels?.['istio/multiCluster'] === 'true';
}

/** The ConfigMap that istiod reads its MeshConfig and MeshNetworks from. */
export function meshConfigMap(istiod: IstiodSettings): KubeObject {
  const data: Record<string, string> = {
    mesh: JSON.stringify(istiod.meshConfig),
    meshNetworks: JSON.stringify(withNetworks(istiod.meshNetworks)),
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: istiod.namespace }, data };
}

/** Istio's charts write `networks: {}` where nothing is set. */
function withNetworks(meshNetworks: JsonObject): JsonObject {
  return { networks: {}, ...meshNetworks };
}

/**
 * A load comes in phases, each seen by every istiod before the next. First nothing: istiods start and get to know
 * their remote clusters, which still are empty. Then what is there before the rest in any real cluster: a Pod has a Node
 * and an endpoint has a Pod and a Service. istiod judges an endpoint that comes before its Service otherwise than one
 * that comes after it (endpointHealthStatus in Istio's endpointslice.go), takes a Pod's locality from the Nodes it knows
 * at that moment, and keeps traces of what was there before. Without phases its answers would depend on luck.
 */
export const phases = ['nothing', 'places', 'services', 'workloads', 'endpoints'] as const;

export type Phase = (typeof phases)[number];

export interface Step {
  readonly phase: Phase;
  /** Counted over all loads; the marker carries it. */
  readonly number: number;
}

const phaseByKind: Readonly<Record<string, Phase>> = {
  Namespace: 'places',
  Node: 'places',
  ConfigMap: 'places',
  Secret: 'places',
  Pod: 'workloads',
  WorkloadEntry: 'workloads',
  // Of a Service that is there already.
  ServiceExport: 'workloads',
  ServiceImport: 'workloads',
  EndpointSlice: 'endpoints',
};

function arrived(object: KubeObject, phase: Phase): boolean {
  // The addresses in remote secrets are not those of the oracle.
  if (isRemoteSecret(object)) return false;
  return phases.indexOf(phaseByKind[object.kind] ?? 'services') <= phases.indexOf(phase);
}

/**
 * What the API server of a cluster is to hold, but for the remote secrets that the oracle makes: what has arrived of
 * the snapshot, istiod's ConfigMap, the marker, and what no real API server is without, namespaces above all.
 */
export function clusterContents(snapshot: Snapshot, cluster: string, step: Step): Contents {
  const contents = new Map<string, string>();
  const add = (object: KubeObject): void => {
    contents.set(storageKey(object), storedText(object));
  };
  for (const name of systemNamespaces) add(bareNamespace(name));
  add(apiService);
  const objects = (snapshot.clusters.find((one) => one.cluster === cluster)?.objects ?? []).filter((object) =>
    arrived(object, step.phase),
  );
  const config = snapshot.istiods.filter((istiod) => istiod.cluster === cluster).map(meshConfigMap);
  for (const { metadata } of [...objects, ...config]) {
    if (metadata.namespace !== undefined && metadata.namespace !== '') add(bareNamespace(metadata.namespace));
  }
  for (const object of [...objects, ...config, ...markerObjects(snapshot, step.number)]) add(object);
  return contents;
}

/** The stored form of a remote secret as `istioctl create-remote-secret` makes it: key and text. */
export function remoteSecret(
  istiod: IstiodSettings,
  remote: string,
  kubeconfig: string,
): { readonly key: string; readonly text: string } {
  const secret: KubeObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `istio-remote-secret-${remote}`,
      namespace: istiod.namespace,
      labels: { 'istio/multiCluster': 'true' },
      annotations: { 'networking.istio.io/cluster': remote },
    },
    type: 'Opaque',
    data: { [remote]: Buffer.from(kubeconfig).toString('base64') },
  };
  return { key: storageKey(secret), text: storedText(secret) };
}
