import type { MeshCluster } from '../api/mesh-cluster.ts';
import { type ClusterName, defaultRevision, type NetworkName } from '../api/name.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';

/** Where the istiod that serves a cluster runs. */
export type ControlPlane =
  | { readonly kind: 'Own' }
  /** The primary's istiod serves this cluster too. */
  | { readonly kind: 'RemoteOf'; readonly primary: ClusterName }
  /** An istiod that serves this cluster alone runs in the hub. */
  | { readonly kind: 'ExternalOf'; readonly hub: ClusterName };

/** What a cluster is to the others. */
export interface ClusterTopology {
  readonly cluster: MeshCluster;
  readonly name: ClusterName;
  readonly network: NetworkName;
  readonly controlPlane: ControlPlane;
  /** `Installed`: its istiod was there before the mesh and is left as it is. */
  readonly istio: 'Rendered' | 'Installed';
  /**
   * `Alone`: one istiod that was there before the mesh signs for all of its clusters, so that no other one has to trust its
   * CA. `Common`: the CAs of the istiods need one root.
   */
  readonly signer: 'Alone' | 'Common';
  /** The Istio that serves it, as the documents ask for it: `1.31`, or with the patch. */
  readonly version: string;
  /** The revision of the istiod that serves it; `default` is the one without a name. */
  readonly revision: string;
  /** While it is upgraded by revision: the one that serves the namespaces that have not moved yet. */
  readonly previousRevision: string | undefined;
  /** The clusters without an istiod of their own that this cluster's istiod serves. */
  readonly remotes: readonly ClusterName[];
  /** The clusters whose own istiod runs in this cluster. */
  readonly hosted: readonly ClusterName[];
  /** The networks of `remotes` and `hosted`, from which each reaches its istiod here. */
  readonly servedNetworks: ReadonlyMap<ClusterName, NetworkName>;
  /**
   * The clusters that the istiod configured by this cluster reads, each through a remote secret in this cluster.
   * None where the cluster is a remote: its primary's istiod reads them.
   */
  readonly peers: readonly ClusterName[];
  /** The mesh has more than this one network. */
  readonly spansNetworks: boolean;
  /** `EastWest` where another network must find a way in, or where another cluster must reach the istiod here. */
  readonly gateway: 'EastWest' | 'None';
  /** `CrossNetwork` where the mesh has to let other networks in at the gateway. */
  readonly exposure: 'CrossNetwork' | 'None';
}

export interface Topology {
  readonly networks: readonly NetworkName[];
  readonly clusters: readonly ClusterTopology[];
}

/** What is read for now, where that is not all that is declared. */
export interface Reading {
  /** Clusters that no istiod of another one reads. */
  readonly drained?: readonly ClusterName[];
}

/**
 * Who is primary for whom, and who must see whom. Every istiod reads every cluster of the mesh. East-west gateways exist
 * where the mesh spans more than one network, and where a primary has remotes, which reach its istiod through it
 * (https://istio.io/latest/docs/setup/install/multicluster/).
 */
export function resolveTopology(declared: DeclaredMesh, { drained = [] }: Reading = {}): Topology {
  const networks = [...new Set(declared.clusters.map((cluster) => cluster.spec.network))];
  const spansNetworks = networks.length > 1;
  const names = declared.clusters.map((cluster) => cluster.metadata.name);
  const ofAll = declared.clusters.map((cluster) => ({
    name: cluster.metadata.name,
    network: cluster.spec.network,
    controlPlane: controlPlaneOf(cluster),
  }));
  const signer = signerOf(declared);
  return {
    networks,
    clusters: declared.clusters.map((cluster) => {
      const { name } = cluster.metadata;
      const controlPlane = controlPlaneOf(cluster);
      const remotes = ofAll.flatMap((other) =>
        other.controlPlane.kind === 'RemoteOf' && other.controlPlane.primary === name ? [other.name] : [],
      );
      const hosted = ofAll.flatMap((other) =>
        other.controlPlane.kind === 'ExternalOf' && other.controlPlane.hub === name ? [other.name] : [],
      );
      return {
        cluster,
        name,
        network: cluster.spec.network,
        controlPlane,
        istio: istioOf(declared, cluster),
        signer,
        version: versionOf(declared, cluster),
        ...revisionsOf(declared, cluster),
        remotes,
        hosted,
        servedNetworks: new Map(
          ofAll.flatMap((other) =>
            [...remotes, ...hosted].includes(other.name) ? [[other.name, other.network] as const] : [],
          ),
        ),
        peers:
          controlPlane.kind === 'RemoteOf' ? [] : names.filter((other) => other !== name && !drained.includes(other)),
        spansNetworks,
        gateway: spansNetworks || remotes.length > 0 ? 'EastWest' : 'None',
        exposure: spansNetworks ? 'CrossNetwork' : 'None',
      };
    }),
  };
}

/** Only an istiod of the cluster's own can have been there before. */
function istioOf({ mesh }: DeclaredMesh, { spec }: MeshCluster): ClusterTopology['istio'] {
  if (spec.controlPlane.own === undefined) return 'Rendered';
  return (spec.istio?.renderer ?? mesh.spec.istio.renderer) === 'Installed' ? 'Installed' : 'Rendered';
}

/** Every other cluster is a remote of the only one that has an istiod, and that one is adopted. */
function signerOf(declared: DeclaredMesh): ClusterTopology['signer'] {
  const [first, ...others] = declared.clusters.filter(({ spec }) => spec.controlPlane.remoteOf === undefined);
  if (first === undefined || others.length > 0) return 'Common';
  return istioOf(declared, first) === 'Installed' ? 'Alone' : 'Common';
}

/** An istiod is of the version of the cluster that it runs in, for whomever it serves. */
function versionOf(declared: DeclaredMesh, cluster: MeshCluster): string {
  const { remoteOf, externalOf } = cluster.spec.controlPlane;
  const host = declared.clusters.find(({ metadata }) => metadata.name === (remoteOf ?? externalOf)) ?? cluster;
  return host.spec.istio?.version ?? declared.mesh.spec.istio.version;
}

/** A remote has the revisions of its primary. An istiod in a hub has none: it is upgraded in place. */
function revisionsOf(
  declared: DeclaredMesh,
  cluster: MeshCluster,
): Pick<ClusterTopology, 'revision' | 'previousRevision'> {
  const { remoteOf, externalOf } = cluster.spec.controlPlane;
  if (externalOf !== undefined) return { revision: defaultRevision, previousRevision: undefined };
  const primary = declared.clusters.find(({ metadata }) => metadata.name === remoteOf) ?? cluster;
  const ofMesh = declared.mesh.spec.istio;
  const ofCluster = primary.spec.istio;
  const revision = ofCluster?.revision ?? ofMesh.revision ?? defaultRevision;
  const previous = ofCluster?.previousRevision ?? ofMesh.previousRevision;
  return { revision, previousRevision: previous === revision ? undefined : previous };
}

/** The revision that injects the pods of a namespace of a cluster. */
export function revisionOf({ cluster, revision, previousRevision }: ClusterTopology, namespace: string): string {
  if (previousRevision === undefined || cluster.spec.movedNamespaces.includes(namespace)) return revision;
  return previousRevision;
}

function controlPlaneOf({ spec: { controlPlane } }: MeshCluster): ControlPlane {
  if (controlPlane.remoteOf !== undefined) return { kind: 'RemoteOf', primary: controlPlane.remoteOf };
  if (controlPlane.externalOf !== undefined) return { kind: 'ExternalOf', hub: controlPlane.externalOf };
  return { kind: 'Own' };
}

/** The cluster in which the istiod runs that serves a cluster. */
export function istiodHost({ name, controlPlane }: ClusterTopology): ClusterName {
  switch (controlPlane.kind) {
    case 'Own':
      return name;
    case 'RemoteOf':
      return controlPlane.primary;
    case 'ExternalOf':
      return controlPlane.hub;
  }
}

/** How a request from one cluster reaches a pod of another. */
export function pathBetween(from: ClusterTopology, to: ClusterTopology): 'Direct' | 'Gateway' {
  return from.network === to.network ? 'Direct' : 'Gateway';
}
