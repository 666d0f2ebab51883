import type { IsthmusError } from '../../base/error.ts';
import type { CaBundle } from '../../pki/bundle.ts';
import type { Certificate } from '../../pki/certificate.ts';
import type { ClusterTopology } from '../../topology/topology.ts';

/** The Secret `cacerts` of an istiod, as it stands. */
export interface HeldBundle {
  readonly texts: CaBundle;
  /** RFC 3339: when the Secret was made. */
  readonly createdAt: string;
  /** Someone else made it, so that no apply renews it. */
  readonly isTheirs?: boolean;
  readonly intermediate: Certificate | undefined;
  /** Between the intermediate and the roots, the issuer first. */
  readonly issuers: readonly Certificate[];
  readonly roots: readonly Certificate[];
}

/** What a running istiod presents. */
export interface PresentingIstiod {
  readonly pod: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** Its certificate, then the CAs above it; empty where another CA made it, so that it says nothing of what istiod signs with. */
  readonly chain: readonly Certificate[];
}

/** A proxy that was asked, with its answer or why there was none. */
export interface AskedProxy {
  readonly pod: { readonly namespace: string; readonly name: string; readonly type: 'Gateway' | 'Sidecar' };
  readonly certificates:
    | {
        readonly trusts: readonly Certificate[];
        /** Its certificate, then the CAs above it. */
        readonly presents: readonly Certificate[];
      }
    | undefined;
  readonly error: IsthmusError | undefined;
}

/** All that one cluster says about its trust. */
export interface TrustFacts {
  readonly topology: ClusterTopology;
  /** The mesh that the label of its istiods names; undefined where none has the label, or where it could not be read. */
  readonly holds: string | undefined;
  /** Why that could not be read. */
  readonly holdsError?: IsthmusError;
  readonly bundle: HeldBundle | undefined;
  /** Why it could not be read; undefined where it could. */
  readonly bundleError: IsthmusError | undefined;
  /** Certificate of the CA that istiod made for itself, where there is one. */
  readonly selfSigned: Certificate | undefined;
  readonly istiods: readonly PresentingIstiod[];
  /** Why the istiods could not be asked. */
  readonly istiodError: IsthmusError | undefined;
  /** The roots in each namespace's ConfigMap, where istiod wrote it. */
  readonly distributed: ReadonlyMap<string, readonly Certificate[]>;
  /** The same of those that someone else wrote, as the administrator of a namespace may. */
  readonly distributedByOthers: ReadonlyMap<string, readonly Certificate[]>;
  readonly proxies: { readonly total: number; readonly asked: readonly AskedProxy[] };
}

/** What a cluster's trust is compared with. */
export interface ExpectedTrust {
  /** PEM of the mesh's root or roots. */
  readonly root: string;
  readonly roots: readonly Certificate[];
  readonly trustDomain: string;
  /** The CA that istiod made for itself is the root: one istiod signs for all clusters, and has no `cacerts`. */
  readonly isSelfMade?: boolean;
}

/** What an istiod signs with, seen from the certificate that it presents. */
export type SignsWith =
  /** The intermediate of its Secret `cacerts`. */
  | 'CaCerts'
  /** Another intermediate of the mesh's root: it has not loaded the one in the Secret yet. */
  | 'OlderIntermediate'
  /** The CA that istiod makes for itself where it finds no `cacerts` at its start. */
  | 'SelfSigned'
  | 'Unknown';
