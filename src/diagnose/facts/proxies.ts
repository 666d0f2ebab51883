/** A proxy of a cluster, as its pod says. */
export interface ProxyFacts {
  readonly namespace: string;
  readonly name: string;
  /** The cluster that it states to an istiod. */
  readonly cluster: string;
  /** The networks that it states, in a variable (empty where there is none) and in a label of the pod. */
  readonly networks: readonly string[];
  /** Since when its container runs, RFC 3339; undefined where it does not run. */
  readonly runsSince: string | undefined;
  /** Its container is ready: it has its configuration and a certificate. */
  readonly proxyIsReady: boolean;
  /** Whether an istiod serves it; undefined where that is not known. */
  readonly isServed: boolean | undefined;
}
