import type { ClusterName } from '../../api/name.ts';

/** How far a Deployment is. */
export interface RolloutFacts {
  readonly wanted: number;
  readonly available: number;
  /** The controller has seen the latest spec, every pod is of it and available. */
  readonly complete: boolean;
}

/** The istiod that serves a cluster. */
export interface ControlPlaneFacts extends RolloutFacts {
  readonly version: string | undefined;
  /** The cluster in which it runs. */
  readonly runsIn: ClusterName;
}

/** An east-west gateway. */
export interface GatewayFacts extends RolloutFacts {
  readonly address: string | undefined;
}

/** What a cluster's istiod knows of another cluster. */
export interface PeerStatus {
  readonly peer: ClusterName;
  /** A remote secret for it is there. */
  readonly configured: boolean;
  /** What every istiod says of it: `synced`, or the first other word; `unknown` where no istiod names it. */
  readonly state: string;
  /** Whether every istiod that calls it synced gets an answer from its API server now. */
  readonly answers: 'Yes' | 'No' | 'Unknown';
  /** Why it does not answer, or why that is unknown. */
  readonly detail?: string;
}

/** Everything that a status reads of one cluster. */
export interface ClusterFacts {
  readonly cluster: ClusterName;
  readonly network: string;
  readonly server: string;
  /** Kubernetes' version, e.g. `v1.36.3`. */
  readonly kubernetes: string;
  readonly istiod: ControlPlaneFacts;
  /** Only where the mesh spans networks. */
  readonly gateway: GatewayFacts | undefined;
  readonly peers: readonly PeerStatus[];
  /** The intermediate with which its istiod signs; undefined where there is none that can be read. */
  readonly certificate: { readonly notAfter: string; readonly rootFingerprint: string } | undefined;
  readonly injectNamespaces: readonly { readonly name: string; readonly labelled: boolean }[];
}

/** A proxy and the version that it runs. */
export interface VersionedProxy {
  readonly namespace: string;
  readonly name: string;
  readonly version: string | undefined;
}
