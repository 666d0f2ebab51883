/** How many labs may exist side by side, and so the values of a lab's index: 0 to 7. */
export const labSlots = 8;

/** Load-balancer addresses of one cluster. */
const poolSize = 7;

/** The addresses of a lab's WAN, the bridge that joins its clusters and this machine. */
export interface WanAddresses {
  readonly subnet: string;
  /** This machine's address on it; the image registry listens there. */
  readonly host: string;
}

/** The addresses of one cluster. */
export interface ClusterAddresses {
  /** The cluster's address on the WAN; its API server and its node have it. */
  readonly wan: string;
  readonly podSubnet: string;
  /** The bridge of the pods; CoreDNS listens there. */
  readonly podGateway: string;
  /** The first address that a pod may get. */
  readonly podFirst: string;
  /** Addresses on the WAN for Services of type LoadBalancer. */
  readonly loadBalancers: readonly string[];
  readonly serviceSubnet: string;
  /** The address of the Service `kubernetes`. */
  readonly serviceApi: string;
}

/** The WAN of the lab with this index (0 to 7). All of it lies in 198.18.0.0/15, which RFC 2544 keeps for tests. */
export function wanAddresses(lab: number): WanAddresses {
  return { subnet: `198.19.${lab}.0/24`, host: `198.19.${lab}.254` };
}

/** The addresses of the cluster with this index (1 to 31) in the lab with this index (0 to 7). */
export function clusterAddresses(lab: number, cluster: number): ClusterAddresses {
  const pods = `198.18.${lab * 32 + cluster}`;
  const firstBalancer = 32 + (cluster - 1) * poolSize;
  return {
    wan: `198.19.${lab}.${cluster}`,
    podSubnet: `${pods}.0/24`,
    podGateway: `${pods}.1`,
    podFirst: `${pods}.10`,
    loadBalancers: Array.from({ length: poolSize }, (_, n) => `198.19.${lab}.${firstBalancer + n}`),
    serviceSubnet: '10.96.0.0/16',
    serviceApi: '10.96.0.1',
  };
}
