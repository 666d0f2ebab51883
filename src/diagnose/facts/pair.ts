/** `Gateway`: through the other network's east-west gateway. `Direct`: to the pod's own address. */
export type Path = 'Direct' | 'Gateway';

/** A cluster as requests between clusters need it. */
export interface Member {
  readonly name: string;
  /** Clusters of one network reach each other's pods directly. */
  readonly network: string;
  /** The cluster in which the istiod runs that serves this one; left out: this one. */
  readonly istiodIn?: string;
}

export interface Pair {
  readonly from: Member;
  readonly to: Member;
}

/** The istiod that serves a cluster, in words. */
export function istiodOf({ name, istiodIn = name }: Member): string {
  return istiodIn === name ? `istiod in ${name}` : `the istiod of ${name} (in ${istiodIn})`;
}

/** How a request from one cluster must reach a pod of another. */
export function expectedPath({ from, to }: Pair): Path {
  return from.network === to.network ? 'Direct' : 'Gateway';
}
