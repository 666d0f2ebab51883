import type { Json, JsonObject } from '../base/json.ts';

/** One istiod that was there before the mesh, as its own objects state it. */
export interface InstalledIstiod {
  readonly revision: string;
  readonly version: string | undefined;
  /** What istiod calls the cluster that it runs in. */
  readonly cluster: string;
  /** What it tells the proxies that it injects. */
  readonly proxies: { readonly cluster: string; readonly network: string; readonly mesh: string };
  readonly trustDomain: string;
  readonly meshNetworks: JsonObject;
  readonly serviceSettings: readonly Json[];
  /** It may serve clusters that have no istiod of their own. */
  readonly servesRemotes: boolean;
  /** Isthmus installed it, for this mesh. */
  readonly isOurs: boolean;
}

/** A Service that istiod takes for the way into a network. */
export interface InstalledGateway {
  readonly name: string;
  readonly namespace: string;
  readonly network: string;
  /** Its pods are those that the mesh exposes services at. */
  readonly selectsEastWest: boolean;
  /** The Helm release that installed it, where one did. */
  readonly release: string | undefined;
  /** What runs behind it; undefined where no Deployment has the pods that the Service selects. */
  readonly workload: GatewayWorkload | undefined;
}

/** The Deployment of a way into a network. */
export interface GatewayWorkload {
  readonly name: string;
  /** The network that its pods are labelled with; empty: that of every proxy of the cluster. */
  readonly network: string;
  /** The networks whose endpoints istiod gives it; none: those of all. */
  readonly view: readonly string[];
}

/** A remote secret that is not ours, and the clusters that it connects to. */
export interface InstalledRemoteSecret {
  readonly name: string;
  readonly clusters: readonly string[];
}

/** The Istio of a cluster, as it was installed. */
export interface InstalledIstio {
  /** Whose commands change it: a Helm release, or istioctl. */
  readonly installer: { readonly kind: 'Istioctl' } | { readonly kind: 'Helm'; readonly release: string };
  readonly istiods: readonly InstalledIstiod[];
  /** The network on istio-system; undefined where it has none. */
  readonly networkLabel: string | undefined;
  /** Those that are not of this mesh, in Istio's namespace or one that carries the label of a network. */
  readonly gateways: readonly InstalledGateway[];
  /** Services and Gateways in any other namespace that look like ways in. Who administers it may have written them. */
  readonly elsewhere: readonly { readonly kind: string; readonly namespace: string; readonly name: string }[];
  readonly remoteSecrets: readonly InstalledRemoteSecret[];
  /** `Own`: with a CA that istiod made for itself. `Other`: not with the `cacerts` that is there. */
  readonly signsWith: 'CaCerts' | 'Own' | 'Other' | 'Unknown';
}

/** What the mesh wants of it. */
export interface AdoptionWish {
  readonly cluster: string;
  /** The kubeconfig context, for the commands. */
  readonly context: string;
  readonly network: string;
  readonly mesh: string;
  readonly trustDomain: string;
  readonly version: string;
  readonly revision: string;
  /** The mesh file says which revision. */
  readonly revisionIsChosen: boolean;
  /** Whose issuer signs for the mesh; `Generated` is one that the first apply makes, so that none can sign before it. */
  readonly issuer: 'Generated' | 'Theirs' | 'None';
  readonly spansNetworks: boolean;
  readonly servesRemotes: boolean;
  readonly peers: readonly string[];
  readonly meshNetworks: JsonObject | undefined;
  readonly serviceSettings: readonly JsonObject[];
}
