/** What is known of a cluster that is to be in a mesh; null where it could not be read. */
export interface ClusterFacts {
  /** The kubeconfig context that leads to it. */
  readonly context: string;
  /** The name and the network that the user gave it. */
  readonly name?: string | undefined;
  readonly network?: string | undefined;
  /** Kubernetes' version; left out where the cluster did not answer. */
  readonly kubernetes?: string | undefined;
  /** The ranges of pod addresses that its nodes state; none where they state none. */
  readonly podRanges: readonly string[] | null;
  /** The network of the label on istio-system; undefined where it has none. */
  readonly networkLabel: string | null | undefined;
  /** The clusters whose istiods may take charge of it, as its istio-system names them; `*` is any. */
  readonly controlPlaneClusters: readonly string[] | null;
  /** The names that the webhook of another cluster's istiod gives to its pods; undefined where there is no such webhook. */
  readonly injectedAs: { readonly cluster: string; readonly network: string | undefined } | null | undefined;
  readonly istiods: readonly IstiodFacts[] | null;
  /** The clusters for which an istiod of Isthmus runs in it, beside its own. */
  readonly hosts: readonly string[] | null;
  /** The clusters of the remote secrets that someone else made. */
  readonly remotes: readonly string[] | null;
}

/** An istiod that runs in a cluster. */
export interface IstiodFacts {
  readonly revision: string;
  /** The tag of its image. */
  readonly version: string | undefined;
  /** What it calls its cluster; `Kubernetes` where nobody gave that a name. */
  readonly cluster: string;
  /** The network and the mesh of its proxies; empty where they have none. */
  readonly network: string;
  readonly mesh: string;
  readonly trustDomain: string;
  /** The mesh of Isthmus that it is part of; left out where someone else installed it. */
  readonly heldBy?: string | undefined;
}

/** What istiod calls a cluster to which nobody gave a name. */
export const unnamed = 'Kubernetes';

/** A cluster with the names that it gets in the mesh file. */
export interface NamedCluster {
  readonly name: string;
  readonly network: string;
  readonly facts: ClusterFacts;
  /** The Istio that is there and is not of Isthmus: it is adopted. */
  readonly adopted: IstiodFacts | undefined;
  /** It has no istiod, and that of another cluster injects its pods. */
  readonly isRemote: boolean;
  /** The cluster of the draft whose istiod serves it; undefined where it has its own, or where none of them does. */
  readonly primary: string | undefined;
  /** The cluster of the draft that an istiod for it runs in; undefined where there is none. */
  readonly hub: string | undefined;
}
