import type { ClusterName } from '../../api/name.ts';
import type { IsthmusError } from '../../base/error.ts';

/** How far a Deployment is. */
export interface RolloutFacts {
  /** False where there is no such Deployment. */
  readonly exists: boolean;
  readonly wanted: number;
  readonly available: number;
  /** Pods of the latest spec. */
  readonly updated: number;
  /** The controller has seen the latest spec, every pod is of it and available. */
  readonly complete: boolean;
  /** Why the controller has given the rollout up; left out where it has not. */
  readonly stalled?: string;
  /** Who scaled it to 0, by its field manager; left out where it is not, or where none is noted. */
  readonly scaledBy?: string;
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

/** The gateway through which requests from outside the mesh come in. */
export interface IngressFacts extends GatewayFacts {
  /** Whether its Service is of a type to which a load balancer gives an address. */
  readonly awaitsAddress: boolean;
}

/** What a cluster's istiod knows of another cluster. */
export interface PeerStatus {
  readonly peer: ClusterName;
  /** A remote secret for it is there; null where the Secrets could not be read. */
  readonly configured: boolean | null;
  /** What every istiod says of it: `synced`, or the first other word; `unknown` where no istiod names it; null where none was asked. */
  readonly state: string | null;
  /** Whether every istiod that calls it synced gets an answer from its API server now. */
  readonly answers: 'Yes' | 'No' | 'Unknown';
  /** Why it does not answer, or why that is unknown. */
  readonly detail?: string;
  /** The last failure that an istiod logged of reading it, where it is not synced. */
  readonly failure?: string;
  /** When the token ends with which it is read, RFC 3339, where an operator renews it. */
  readonly tokenNotAfter?: string;
}

/** What a status reads, each part for itself. */
export type StatusPart =
  | 'ControlPlane'
  | 'Gateway'
  | 'Ingress'
  | 'Intermediate'
  | 'IstiodView'
  | 'MeshPolicy'
  | 'Namespaces'
  | 'Proxies'
  | 'ProxyPods'
  | 'RemoteSecrets'
  | 'Shifts'
  | 'Version';

/** A part that could not be read, and why. */
export interface Unread {
  readonly part: StatusPart;
  readonly error: IsthmusError;
}

/** What an istiod signs with, as its Secret `cacerts` has it. */
export interface HeldIntermediate {
  /** RFC 3339. */
  readonly notAfter: string;
  readonly rootFingerprint: string;
  /** From when on an apply renews it, RFC 3339; left out where none does. */
  readonly renewAt?: string;
  /** Someone else made the Secret, so that no apply renews it. */
  readonly isTheirs?: boolean;
}

/** Everything that a status reads of one cluster; null where it could not be read. */
export interface ClusterFacts {
  readonly cluster: ClusterName;
  readonly network: string;
  /** Who installed its Istio: only what was rendered is ours to make. */
  readonly istio?: 'Rendered' | 'Installed';
  readonly server: string;
  /** Kubernetes' version, e.g. `v1.36.3`. */
  readonly kubernetes: string | null;
  readonly istiod: ControlPlaneFacts | null;
  /** Only where the mesh spans networks. */
  readonly gateway: GatewayFacts | null | undefined;
  /** Only where the mesh file declares it. */
  readonly ingress?: IngressFacts | null | undefined;
  readonly peers: readonly PeerStatus[];
  /** The intermediate with which its istiod signs; undefined where there is none. */
  readonly certificate: HeldIntermediate | null | undefined;
  /** The PeerAuthentication that takes mutual TLS away from the whole mesh; left out where none does. */
  readonly mtlsDisabledBy?: string | null | undefined;
  readonly injectNamespaces: readonly { readonly name: string; readonly labelled: boolean }[] | null;
  readonly unread: readonly Unread[];
}

/** A proxy and the version that it runs. */
export interface VersionedProxy {
  readonly namespace: string;
  readonly name: string;
  readonly version: string | undefined;
}
