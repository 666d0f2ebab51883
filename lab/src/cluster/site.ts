import type { ClusterAddresses } from '../network/addresses.ts';
import { clusterAddresses, wanAddresses } from '../network/addresses.ts';
import {
  type ClusterPaths,
  clusterPaths,
  controlGroup,
  labPaths,
  namespaceName,
  podNetworkName,
} from '../state/paths.ts';
import type { LabState } from '../state/schema.ts';

/** One cluster with everything that its programs' settings are made from. */
export interface ClusterSite {
  readonly lab: string;
  readonly name: string;
  readonly network: string;
  readonly index: number;
  readonly nodeName: string;
  readonly addresses: ClusterAddresses;
  readonly paths: ClusterPaths;
  readonly namespace: string;
  readonly podNetwork: string;
  /** The control group of the programs; the pods have their own. */
  readonly programsGroup: string;
  readonly podsGroup: string;
  /** The folder of the programs. */
  readonly bin: string;
  /** The image registry of the lab. */
  readonly registry: string;
  readonly shims: string;
  /** etcd waits for the disk at every write. */
  readonly fsync: boolean;
  /** The API server writes a line for every request. */
  readonly audit: boolean;
}

/** The site of a cluster of a lab. */
export function clusterSite(state: LabState, cluster: { name: string; network: string; index: number }): ClusterSite {
  const group = controlGroup(state.name);
  return {
    lab: state.name,
    name: cluster.name,
    network: cluster.network,
    index: cluster.index,
    nodeName: `${cluster.name}-node`,
    addresses: clusterAddresses(state.index, cluster.index),
    paths: clusterPaths(state.name, cluster.name),
    namespace: namespaceName(state.name, cluster.name),
    podNetwork: podNetworkName(state.name, cluster.name),
    programsGroup: `${group}/programs`,
    podsGroup: `${group}/pods/${cluster.name}`,
    bin: state.bin,
    registry: `http://${wanAddresses(state.index).host}:5000`,
    shims: labPaths(state.name).shims,
    fsync: state.fsync,
    audit: state.audit,
  };
}
