import type { JsonObject } from '../../base/json.ts';
import type { Remedy } from '../../base/remedy.ts';
import type { KubeObject } from '../../objects/object.ts';

/** The raw objects of one cluster, of the kinds that the model reads. Their order means nothing. */
export interface ClusterObjects {
  /** The cluster's id: istiod's CLUSTER_ID, the key of remote secrets, the proxies' ISTIO_META_CLUSTER_ID. */
  readonly cluster: string;
  readonly objects: readonly KubeObject[];
}

/** One istiod: what it reads and how it is set. */
export interface IstiodSettings {
  /** CLUSTER_ID: the cluster whose Istio configuration it reads (its config cluster). */
  readonly cluster: string;
  /** Its version, as the tag of its image says: `1.30.4`. Left out: not known, and taken for the newest that the model follows. */
  readonly version?: string | undefined;
  /** Where its pods run; differs from `cluster` for an external control plane. */
  readonly runsIn: string;
  /** The clusters whose proxies connect to it: its own, and the remotes that have no istiod of their own. */
  readonly serves: readonly string[];
  /** The clusters that it reads through remote secrets, in the order in which their registries were added. */
  readonly remotes: readonly string[];
  /** Environment variables of its Deployment, e.g. PILOT_SEND_UNHEALTHY_ENDPOINTS; one that is missing has its default. */
  readonly flags: Readonly<Record<string, string>>;
  /** The `mesh` key of its `istio` ConfigMap. */
  readonly meshConfig: JsonObject;
  /** The `meshNetworks` key of its `istio` ConfigMap. */
  readonly meshNetworks: JsonObject;
  /** The DNS suffix of services, `cluster.local`. */
  readonly domain: string;
  /** Its namespace, which is the default root namespace too: `istio-system`. */
  readonly namespace: string;
}

/** All that the model knows: plain objects per cluster and the settings of each istiod. */
export interface Snapshot {
  readonly clusters: readonly ClusterObjects[];
  readonly istiods: readonly IstiodSettings[];
  /** What istiod's resolver answers for host names of gateways; a name that is missing counts as not resolved. */
  readonly resolutions?: Readonly<Record<string, readonly string[]>>;
  /** Clusters of the mesh that could not be read, each with why. Left out: none. */
  readonly unread?: Readonly<Record<string, string>>;
  /** RFC 3339: when it was read. Left out: nobody knows. */
  readonly readAt?: string;
  /** What to do about those clusters, where it is known. Left out: unknown. */
  readonly hints?: Readonly<Record<string, Remedy>>;
  /** Istiods that could not be asked which of their remotes they have synced, by `cluster`, each with why. Left out: none. */
  readonly unasked?: Readonly<Record<string, string>>;
  /** Kinds of objects that could not be read, by cluster, each with why. Left out: none. */
  readonly unreadKinds?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Pairs of networks whose pods reach each other without a gateway, which no object says. Left out: none. */
  readonly connected?: readonly (readonly [string, string])[];
  /** Networks whose gateway is being made and has no address yet; it is taken to get one. Left out: none. */
  readonly awaited?: readonly string[];
}
