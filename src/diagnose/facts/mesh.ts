import type { Finding } from '../../base/finding.ts';
import type { HeldFacts } from './mesh-objects.ts';
import type { PeerStatus } from './status.ts';

/** What becomes of the requests of one cluster to one port of a service, by the model. */
export interface FlowFacts {
  readonly host: string;
  readonly port: number;
  /** The calling cluster. */
  readonly from: string;
  /** The clusters that answer. */
  readonly answeredBy: readonly string[];
  /** `Open`: whether its requests are answered is not known. */
  readonly outcome: 'Answered' | 'Lost' | 'Open';
  /** Why requests are lost, or why that is not known. */
  readonly findings: readonly Finding[];
  /** Endpoints that the callers do not get, where requests are lost, with the reason's code. */
  readonly excluded: readonly { readonly cluster: string; readonly reason: string }[];
}

/** What one cluster is to the others, as far as requests between them go by it. */
export interface MemberFacts {
  readonly cluster: string;
  readonly network: string;
  /** The cluster whose istiod serves it and whose configuration counts here; left out where that is its own. */
  readonly primary?: string;
  /** Its API server answered. */
  readonly isRead: boolean;
  /** The clusters that its istiod reads, as that istiod sees them; none where another cluster's istiod serves it. */
  readonly peers: readonly PeerStatus[];
  /** An address for other networks; null where that is not known, undefined where it needs none. */
  readonly gatewayAddress: string | null | undefined;
}

/** Whether what one cluster presents verifies with what another one trusts. */
export interface RelationFacts {
  readonly from: string;
  readonly to: string;
  readonly trusts: 'Yes' | 'No' | 'Unknown';
}

/** What became of real requests from one cluster to a service that only another one serves. */
export interface ProbedFacts {
  readonly from: string;
  readonly to: string;
  /** Why they fail, or why that was not tested; undefined where they are answered. */
  readonly finding: Finding | undefined;
}

/** All that was read of a mesh, each part once. Everything that a diagnosis says follows from it. */
export interface MeshEvidence {
  readonly mesh: string;
  /** RFC 3339. */
  readonly readAt: string;
  readonly members: readonly MemberFacts[];
  /** What the checks of status, trust and the mesh as a whole found. */
  readonly findings: readonly Finding[];
  /** Empty where nobody asked. */
  readonly relations: readonly RelationFacts[];
  /** What each istiod holds of its peers; left out where none was asked. */
  readonly held?: readonly Pick<HeldFacts, 'cluster' | 'peer' | 'endpoints'>[];
  /** Left out where no requests were sent. */
  readonly probed?: readonly ProbedFacts[];
  /** Undefined where the model could not be made: a finding says why. */
  readonly flows: readonly FlowFacts[] | undefined;
}
