import { clusterAddresses } from './network/addresses.ts';
import { isAlive, procReader } from './process/proc.ts';
import { findResidue, isClean } from './residue.ts';
import { liveness } from './state/liveness.ts';
import { labPaths } from './state/paths.ts';
import { type ClusterState, clusterParts, controlPlaneParts, type LabState } from './state/schema.ts';
import { readLabState } from './state/store.ts';

export interface LabStatus {
  readonly name: string;
  /** `stale`: nothing of it works, but something of it is left. */
  readonly state: 'none' | 'stale' | 'starting' | 'up';
  readonly kubeconfig: string;
  readonly clusters: readonly {
    readonly name: string;
    readonly network: string;
    readonly server: string;
    readonly running: readonly string[];
  }[];
  /** Parts that do not run, as `cluster/part`, and `daemon`. */
  readonly stopped: readonly string[];
  /** What is wrong between clusters on purpose, one sentence each. */
  readonly links: readonly string[];
}

/** What there is of a lab. Changes nothing. */
export function describeStatus(name: string): LabStatus {
  const state = readLabState(name);
  const kubeconfig = labPaths(name).kubeconfig;
  if (state === undefined) {
    const left = isClean(findResidue(name)) ? 'none' : 'stale';
    return { name, state: left, kubeconfig, clusters: [], stopped: [], links: [] };
  }
  return {
    name,
    state: liveness(state, procReader),
    kubeconfig,
    clusters: state.clusters.map((cluster) => ({
      name: cluster.name,
      network: cluster.network,
      server: `https://${clusterAddresses(state.index, cluster.index).wan}:6443`,
      running: clusterParts.filter((part) => runs(cluster, part)),
    })),
    stopped: stoppedParts(state),
    links: [
      ...state.cuts.map(([a, b]) => `${a} and ${b} are cut off from each other`),
      ...state.delays.map(({ clusters: [a, b], ms }) => `packets between ${a} and ${b} take ${ms} ms longer each way`),
    ],
  };
}

function runs(cluster: ClusterState, part: (typeof clusterParts)[number]): boolean {
  const id = cluster.parts[part];
  return id !== undefined && isAlive(id, procReader);
}

function stoppedParts(state: LabState): string[] {
  const expected = state.controlPlaneOnly ? controlPlaneParts : clusterParts;
  const parts = state.clusters.flatMap((cluster) =>
    expected.filter((part) => !runs(cluster, part)).map((part) => `${cluster.name}/${part}`),
  );
  const daemon = state.daemon !== undefined && isAlive(state.daemon, procReader);
  return daemon ? parts : [...parts, 'daemon'];
}
