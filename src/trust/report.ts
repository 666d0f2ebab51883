import type { ClusterName } from '../api/name.ts';
import type { IsthmusError } from '../base/error.ts';
import type { Finding, Verdict } from '../base/finding.ts';
import type { SignsWith } from '../diagnose/facts/trust.ts';
import { type Certificate, describeCertificate } from '../pki/certificate.ts';
import type { PkiEnvironment } from '../pki/environment.ts';

/** A certificate as a report of trust shows it. */
export interface CertificateView {
  readonly subject: string;
  /** SHA-256, hexadecimal with colons. */
  readonly fingerprint: string;
  /** ISO 8601 in UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whole days until it ends; negative after that. */
  readonly daysLeft: number;
  /** Of its key and of the signature on it. */
  readonly algorithm: string;
}

export interface IstiodTrust {
  readonly pod: string;
  readonly startedAt: string;
  readonly signsWith: SignsWith;
  /** SHA-256 of what it presents, its own certificate first. */
  readonly presents: readonly string[];
}

/** The ConfigMaps `istio-ca-root-cert`, which proxies verify istiod with. */
export interface DistributedRoots {
  readonly namespaces: number;
  /** SHA-256 of the roots in istio-system. */
  readonly roots: readonly string[];
  /** Those whose roots are not the mesh's. */
  readonly differing: readonly string[];
}

/** What one running Envoy trusts and presents. */
export interface ProxyTrust {
  readonly namespace: string;
  readonly pod: string;
  readonly type: 'Gateway' | 'Sidecar';
  /** SHA-256 of the roots that it verifies peers with. */
  readonly trusts: readonly string[];
  /** Its SPIFFE ID. */
  readonly identity: string | undefined;
  /** When its own certificate ends. */
  readonly notAfter: string | undefined;
  /** SHA-256 of the CA that signed its certificate. */
  readonly signer: string | undefined;
  /** Why it could not be asked. */
  readonly error?: string;
}

export interface ReachableTrust {
  readonly cluster: ClusterName;
  readonly network: string;
  readonly reachable: true;
  /** Its `cacerts` could not be read. */
  readonly bundleUnread?: true;
  /** Of `cacerts`; none for a cluster that another one's istiod serves. */
  readonly intermediate: CertificateView | undefined;
  /** The CAs between the intermediate and the root, the issuer first. */
  readonly issuers: readonly CertificateView[];
  readonly roots: readonly CertificateView[];
  readonly istiods: readonly IstiodTrust[];
  readonly distributed: DistributedRoots;
  /** Those that have a proxy, and those of them that were asked. */
  readonly proxies: { readonly total: number; readonly asked: readonly ProxyTrust[] };
}

export type ClusterTrust =
  | ReachableTrust
  | {
      readonly cluster: ClusterName;
      readonly network: string;
      readonly reachable: false;
      readonly error: IsthmusError;
    };

/** Whether what the workloads of one cluster present verifies with what those of another trust. */
export interface TrustRelation {
  readonly from: ClusterName;
  readonly to: ClusterName;
  readonly trusts: 'Yes' | 'No' | 'Unknown';
  /** `ControlPlane`: one of the two has no proxy that was asked, and what istiod gives out stands for it. */
  readonly evidence: 'Proxies' | 'ControlPlane' | 'None';
}

/** What a reading of trust found; src/report has the form in which shells show it. */
export interface MeshTrustReport {
  readonly mesh: string;
  /** RFC 3339: when all of it was read. */
  readonly readAt: string;
  readonly verdict: Verdict;
  readonly trustDomain: string;
  readonly roots: readonly CertificateView[];
  readonly issuer: CertificateView | undefined;
  readonly clusters: readonly ClusterTrust[];
  readonly relations: readonly TrustRelation[];
  readonly findings: readonly Finding[];
}

const dayMs = 24 * 3_600_000;

export async function viewOf({ crypto, now }: PkiEnvironment, certificate: Certificate): Promise<CertificateView> {
  const { subject, fingerprint, notBefore, notAfter, algorithm } = await describeCertificate(crypto, certificate);
  const daysLeft = Math.floor((certificate.notAfter - now) / dayMs);
  return { subject, fingerprint, notBefore, notAfter, daysLeft, algorithm };
}
