import type { IsthmusError } from '../../base/error.ts';
/** A port of a Service, as istiod joins endpoints by it. */
export interface PortFact {
  readonly number: number;
  readonly name: string;
  readonly protocol: string;
  readonly appProtocol: string | undefined;
}

/** A Service as far as clusters must agree about it. */
export interface ServiceFact {
  readonly namespace: string;
  readonly name: string;
  readonly form: 'ClusterIP' | 'Headless' | 'ExternalName';
  readonly ports: readonly PortFact[];
  readonly selector: Readonly<Record<string, string>>;
  /** The images behind it, without tag or digest, of the workloads that its selector selects. */
  readonly images: readonly string[];
}

/** What a comparison needs to know of one cluster. */
export interface JoinFacts {
  /** RFC 3339: when it was read. */
  readonly readAt: string;
  readonly cluster: string;
  readonly network: string;
  readonly services: readonly ServiceFact[];
  /** The pod ranges of its nodes; empty where the nodes do not state any. */
  readonly podRanges: readonly string[];
  /** Why its nodes could not be read; left out where they were. */
  readonly nodesUnread?: Pick<IsthmusError, 'message' | 'remedy'>;
  /** Kubernetes' version, e.g. `v1.36.3`. */
  readonly kubernetes: string;
  /** The versions of the istiods that run there. */
  readonly istio: readonly string[];
  /** `Deployment istio-system/istiod`: control planes that are not of this mesh. */
  readonly foreignIstio: readonly string[];
  /** Namespaces with a label that puts their pods into a network, and which. */
  readonly networkLabels: readonly { readonly namespace: string; readonly network: string; readonly ours: boolean }[];
  /** The clusters that remote secrets name here. */
  readonly remotes: readonly {
    readonly cluster: string;
    readonly secret: string;
    readonly server: string | undefined;
    readonly ours: boolean;
  }[];
}
