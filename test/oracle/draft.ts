import type { Json, JsonObject } from '../../src/base/json.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import type { Random } from './random.ts';

/** A node of a cluster, with the labels that localities come from. */
export interface DraftNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly externalIp: string | undefined;
}

/** One cluster while its objects are made. */
export interface DraftCluster {
  readonly id: string;
  /** Makes its addresses: pods 10.INDEX.x.y, external ones 203.0.INDEX.x. */
  readonly index: number;
  /** Its network; '' where the cluster has none. */
  readonly network: string;
  readonly nodes: readonly DraftNode[];
  readonly objects: KubeObject[];
  readonly pods: DraftPod[];
  /** Virtual machines with a WorkloadEntry. */
  readonly machines: DraftPod[];
  readonly addresses: Addresses;
}

/** A pod that proxies, subsets and policies refer to. */
export interface DraftPod {
  readonly namespace: string;
  readonly name: string;
  readonly ip: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface DraftPort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly appProtocol: string | undefined;
}

/** A service that clusters share by name and namespace. */
export interface DraftService {
  readonly namespace: string;
  readonly name: string;
  readonly host: string;
  readonly ports: readonly DraftPort[];
  /** The label `app` of its pods. */
  readonly app: string;
  /**
   * Exported to nobody, in every cluster: where only a remote cluster says so, istiod takes over what its EndpointSlices
   * say when the Service changes and at no other time (serviceNeedsPush in its endpointslice.go).
   */
  readonly isHidden: boolean;
}

/** What all parts of the generator share. */
export interface Draft {
  readonly random: Random;
  readonly clusters: readonly DraftCluster[];
  readonly networks: readonly string[];
  readonly services: readonly DraftService[];
  /** The clusters that an istiod reads its Istio configuration from. */
  readonly configClusters: readonly DraftCluster[];
  readonly rootNamespace: string;
  /** The environment of every istiod. */
  readonly flags: Readonly<Record<string, string>>;
}

/** Gives every address once. */
export interface Addresses {
  pod(): string;
  podV6(): string;
  external(): string;
  externalV6(): string;
  clusterIp(): string;
  nodePort(): number;
}

export function addressesOf(index: number): Addresses {
  let [pods, externals, ports, services] = [0, 0, 0, 0];
  return {
    pod: () => `10.${index}.${Math.floor(++pods / 250)}.${(pods % 250) + 1}`,
    podV6: () => `fd00:${index}::${(++pods).toString(16)}`,
    external: () => `203.0.${index}.${++externals}`,
    externalV6: () => `2001:db8:${index}::${(++externals).toString(16)}`,
    clusterIp: () => `10.96.${index}.${++services}`,
    // The band of the range that API servers give to nobody who does not name the port.
    nodePort: () => 30_000 + ++ports,
  };
}

/** The namespaces of applications; `istio-system` and the root namespace come on top. */
export const appNamespaces = ['shop', 'data', 'edge'] as const;
export const systemNamespace = 'istio-system';

export const regions = ['r1', 'r2', 'r3'] as const;
export const zones = ['z1', 'z2'] as const;

export interface NewObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An object with the fields that every kind has; maps without entries are left out. */
export function object(head: NewObject, body: JsonObject = {}): KubeObject {
  const { apiVersion, kind, name, namespace, labels = {}, annotations = {} } = head;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    ...body,
  };
}

/** A JSON object of the fields that are defined. */
export function fields(values: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
