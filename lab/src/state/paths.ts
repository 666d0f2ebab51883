import { join } from 'node:path';

/** Where labs keep their files; they survive a reboot, so that a stale lab is recognized. */
export const stateRoot = '/var/lib/isthmus-lab';
/** Where labs keep sockets; short, because containerd allows 41 characters for the folder of its shims' sockets. */
export const runRoot = '/run/isthmus-lab';

export interface LabPaths {
  readonly state: string;
  readonly stateFile: string;
  readonly kubeconfig: string;
  /** What kubectl remembers of API servers: another lab's at the same addresses know other kinds. */
  readonly kubectlCache: string;
  /** The folder that goes on the user's PATH. */
  readonly programs: string;
  /** Host names of load balancers, for CoreDNS of every cluster. */
  readonly balancerHosts: string;
  readonly run: string;
  readonly daemonLog: string;
  /** An OCI layout with the image of the checkout's own build. */
  readonly isthmusImage: string;
  /** Shim sockets of every cluster of the lab. */
  readonly shims: string;
}

export interface ClusterPaths {
  readonly folder: string;
  readonly pki: string;
  readonly logs: string;
  readonly etcd: string;
  readonly containerdRoot: string;
  readonly run: string;
  readonly containerdSocket: string;
  readonly kubelet: string;
  readonly podLogs: string;
  readonly cni: string;
  readonly registryHosts: string;
}

/** The files of a lab. */
export function labPaths(lab: string): LabPaths {
  const state = join(stateRoot, lab);
  const run = join(runRoot, lab);
  return {
    state,
    stateFile: join(state, 'state.json'),
    kubeconfig: join(state, 'kubeconfig'),
    kubectlCache: join(state, 'kubectl-cache'),
    programs: join(state, 'bin'),
    balancerHosts: join(state, 'balancer-hosts'),
    run,
    daemonLog: join(state, 'daemon.log'),
    isthmusImage: join(state, 'isthmus-image'),
    shims: join(run, 's'),
  };
}

/** The files of a cluster of a lab. */
export function clusterPaths(lab: string, cluster: string): ClusterPaths {
  const folder = join(stateRoot, lab, 'clusters', cluster);
  const run = join(runRoot, lab, 'clusters', cluster);
  return {
    folder,
    pki: join(folder, 'pki'),
    logs: join(folder, 'logs'),
    etcd: join(folder, 'etcd'),
    containerdRoot: join(folder, 'containerd'),
    run,
    containerdSocket: join(run, 'containerd.sock'),
    kubelet: join(folder, 'kubelet'),
    podLogs: join(folder, 'pods'),
    cni: join(folder, 'cni'),
    registryHosts: join(folder, 'registry'),
  };
}

/** The namespace of the WAN, or of a cluster; a dot cannot occur in either name. */
export function namespaceName(lab: string, cluster?: string): string {
  return cluster === undefined ? `isthmus.${lab}` : `isthmus.${lab}.${cluster}`;
}

/** The link that joins this machine to the lab's WAN. */
export function hostLinkName(lab: string): string {
  return `il-${lab}`;
}

/** The lab's control group, the same in every hierarchy; each cluster has one below it. */
export function controlGroup(lab: string): string {
  return `isthmus-lab.${lab}`;
}

/** The name of a cluster's pod network; the CNI library files its results under it, outside the lab's folders. */
export function podNetworkName(lab: string, cluster: string): string {
  return `isthmus.${lab}.${cluster}`;
}
