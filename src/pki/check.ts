import type { Certificate, SignatureAlgorithm } from './certificate.ts';
import { ExtendedKeyUsageExtension } from './x509.ts';

/**
 * Small questions about a certificate, each answered by a sentence about what is wrong, or by undefined.
 * The idea of such a chain is cert-manager's (internal/controller/certificates/policies).
 */

const day = 24 * 60 * 60 * 1000;
/** A change of roots takes weeks of care, so it is announced a year ahead. */
const rootNotice = 365 * day;

function dateOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

/** The subject, as messages name a certificate. */
export function nameOf(certificate: Certificate): string {
  return `"${certificate.x509.subject}"`;
}

export function checkIsCa(certificate: Certificate): string | undefined {
  if (!certificate.isCa) return `${nameOf(certificate)} is not a CA`;
  return certificate.maySignCertificates ? undefined : `the key usage of ${nameOf(certificate)} forbids signing`;
}

/** `below` is the number of CAs between the certificate and the workloads. */
export function checkPathLength(certificate: Certificate, below: number): string | undefined {
  const { pathLength } = certificate;
  if (pathLength === undefined || pathLength >= below) return undefined;
  return `${nameOf(certificate)} allows ${pathLength} CAs below it (pathlen) and has ${below}`;
}

export function checkExpired(certificate: Certificate, now: number): string | undefined {
  return certificate.notAfter > now
    ? undefined
    : `${nameOf(certificate)} has expired on ${dateOf(certificate.notAfter)}`;
}

export function checkNotYetValid(certificate: Certificate, now: number): string | undefined {
  return certificate.notBefore <= now
    ? undefined
    : `${nameOf(certificate)} is not valid before ${dateOf(certificate.notBefore)}`;
}

export function checkOutlives(certificate: Certificate, signer: Certificate): string | undefined {
  if (certificate.notAfter <= signer.notAfter) return undefined;
  return `${nameOf(certificate)} is valid longer than its signer, which ends on ${dateOf(signer.notAfter)}`;
}

/** When a certificate is due to be renewed: after two thirds of its lifetime, cert-manager's rule. */
export function renewalTime(certificate: Certificate): number {
  return certificate.notBefore + ((certificate.notAfter - certificate.notBefore) * 2) / 3;
}

export function checkRenewal(certificate: Certificate, now: number): string | undefined {
  if (now < renewalTime(certificate)) return undefined;
  return `${nameOf(certificate)} is due to be renewed: it ends on ${dateOf(certificate.notAfter)}`;
}

export function checkRootNotice(root: Certificate, now: number): string | undefined {
  if (root.notAfter - now > rootNotice) return undefined;
  return `the root ${nameOf(root)} ends on ${dateOf(root.notAfter)}: plan its rotation`;
}

/** Go, and istiod with it, verifies no signature over MD5 or SHA-1 (crypto/x509, InsecureAlgorithmError). */
export function checkSignatureHash(certificate: Certificate): string | undefined {
  const { hash }: SignatureAlgorithm = certificate.x509.signatureAlgorithm;
  if (hash?.name !== 'SHA-1' && hash?.name !== 'MD5') return undefined;
  return `the signature on ${nameOf(certificate)} is over ${hash.name}, which istiod and Envoy do not accept`;
}

const leastRsaBits = 2048;

/** Envoy (BoringSSL) takes no shorter RSA keys, and nobody should. */
export function checkKeyLength(certificate: Certificate): string | undefined {
  const { modulusLength }: { readonly modulusLength?: number } = certificate.x509.publicKey.algorithm;
  if (modulusLength === undefined || modulusLength >= leastRsaBits) return undefined;
  return `the key of ${nameOf(certificate)} is RSA of ${modulusLength} bits, and at least ${leastRsaBits} are needed`;
}

const anyUsage = '2.5.29.37.0';
const workloadUsages = { 'server authentication': '1.3.6.1.5.5.7.3.1', 'client authentication': '1.3.6.1.5.5.7.3.2' };

/** A CA that is limited to uses lends nothing else to what it signs; every workload is a server and a client. */
export function checkUsages(certificate: Certificate): string | undefined {
  const usages = certificate.x509.getExtension(ExtendedKeyUsageExtension)?.usages.map(String);
  if (usages === undefined || usages.includes(anyUsage)) return undefined;
  const missing = Object.entries(workloadUsages).flatMap(([words, id]) => (usages.includes(id) ? [] : [words]));
  if (missing.length === 0) return undefined;
  return `the extended key usage of ${nameOf(certificate)} lacks ${missing.join(' and ')}, which every workload needs`;
}

/** Critical extensions of CAs that Go and BoringSSL both understand, by the last number of 2.5.29.x. */
const understood = [
  15, // keyUsage
  17, // subjectAltName
  19, // basicConstraints
  30, // nameConstraints
  32, // certificatePolicies
  33, // policyMappings
  36, // policyConstraints
  37, // extKeyUsage
  54, // inhibitAnyPolicy
].map((number) => `2.5.29.${number}`);

/** Whoever does not understand a critical extension has to refuse the certificate (RFC 5280, 4.2). */
export function checkExtensions(certificate: Certificate): string | undefined {
  const unknown = certificate.x509.extensions.filter(({ critical, type }) => critical && !understood.includes(type));
  if (unknown.length === 0) return undefined;
  const types = unknown.map(({ type }) => type).join(', ');
  return `${nameOf(certificate)} has a critical extension that istiod or Envoy does not know (${types})`;
}

/** A certificate without a SPIFFE ID belongs to any trust domain. */
export function checkTrustDomain(certificate: Certificate, trustDomain: string): string | undefined {
  const ids = certificate.uris.filter((uri) => uri.startsWith('spiffe://'));
  const wanted = `spiffe://${trustDomain}`;
  const other = ids.find((id) => id !== wanted);
  return other === undefined ? undefined : `${nameOf(certificate)} is of ${other}, and the mesh is ${wanted}`;
}
