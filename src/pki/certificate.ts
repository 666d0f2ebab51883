import { oncePerText } from '../base/memo.ts';
import type { WebCrypto } from './environment.ts';
import { parsePem, toHex } from './pem.ts';
import type { PrivateKey } from './private-key.ts';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
} from './x509.ts';

/** A certificate as this folder works with it. */
export interface Certificate {
  readonly x509: X509Certificate;
  readonly der: Uint8Array<ArrayBuffer>;
  readonly isCa: boolean;
  /** How many CAs may follow below; undefined where there is no limit. */
  readonly pathLength: number | undefined;
  /** True where keyUsage allows signing certificates, or nothing restricts it. */
  readonly maySignCertificates: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** URIs among the subject's alternative names, SPIFFE IDs here. */
  readonly uris: readonly string[];
}

/** A PEM text's certificates, with what else stands in it. */
export interface CertificateText {
  readonly certificates: readonly Certificate[];
  /** Types of PEM blocks that istiod and Go's certificate pools skip. */
  readonly otherTypes: readonly string[];
}

/** The certificates of a PEM text; undefined where a block or a certificate cannot be read. */
export function parseCertificates(pem: string): CertificateText | undefined {
  // What holds a key does not stay in memory.
  return pem.includes('PRIVATE KEY') ? readCertificates(pem) : knownCertificates(pem);
}

const knownCertificates = oncePerText({ texts: 256, characters: 16_384 }, readCertificates);

function readCertificates(pem: string): CertificateText | undefined {
  const blocks = parsePem(pem);
  if (blocks === undefined) return undefined;
  const certificates: Certificate[] = [];
  for (const { type, der } of blocks) {
    if (type !== 'CERTIFICATE') continue;
    const certificate = parseCertificate(der);
    if (certificate === undefined) return undefined;
    certificates.push(certificate);
  }
  const otherTypes = blocks.map(({ type }) => type).filter((type) => type !== 'CERTIFICATE');
  return { certificates, otherTypes };
}

/** The certificates of a PEM text; none where it is missing or any of it cannot be read. */
export function certificatesOf(pem: string | undefined): readonly Certificate[] {
  return parseCertificates(pem ?? '')?.certificates ?? [];
}

function parseCertificate(der: Uint8Array<ArrayBuffer>): Certificate | undefined {
  try {
    return asCertificate(new X509Certificate(der));
  } catch {
    return undefined;
  }
}

export function asCertificate(x509: X509Certificate): Certificate {
  const constraints = x509.getExtension(BasicConstraintsExtension);
  const usages = x509.getExtension(KeyUsagesExtension);
  const names = x509.getExtension(SubjectAlternativeNameExtension);
  return {
    x509,
    der: new Uint8Array(x509.rawData),
    isCa: constraints?.ca ?? false,
    pathLength: constraints?.pathLength,
    maySignCertificates: usages === null || (usages.usages & KeyUsageFlags.keyCertSign) !== 0,
    notBefore: x509.notBefore.getTime(),
    notAfter: x509.notAfter.getTime(),
    uris: (names?.names.items ?? []).filter(({ type }) => type === 'url').map(({ value }) => value),
  };
}

/** What people want to know of a certificate; nothing of it is secret. */
export interface CertificateDescription {
  readonly subject: string;
  readonly issuer: string;
  /** SHA-256 of the certificate, hexadecimal with colons, as openssl shows it. */
  readonly fingerprint: string;
  /** ISO 8601 in UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** `ECDSA P-256 with SHA-256`, of the certificate's own key and of the signature on it. */
  readonly algorithm: string;
  /** Hexadecimal. */
  readonly serial: string;
  readonly isCa: boolean;
  readonly pathLength?: number;
  readonly uris: readonly string[];
}

export async function describeCertificate(
  crypto: WebCrypto,
  certificate: Certificate,
): Promise<CertificateDescription> {
  const { x509, isCa, pathLength, uris } = certificate;
  const description = {
    subject: x509.subject,
    issuer: x509.issuer,
    fingerprint: await fingerprintOf(crypto, certificate),
    notBefore: x509.notBefore.toISOString(),
    notAfter: x509.notAfter.toISOString(),
    algorithm: `${keyWords(x509)} with ${hashWords(x509)}`,
    serial: x509.serialNumber,
    isCa,
    uris,
  };
  return pathLength === undefined ? description : { ...description, pathLength };
}

export async function fingerprintOf(crypto: WebCrypto, certificate: Certificate): Promise<string> {
  const hash = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', certificate.der)));
  return (hash.toUpperCase().match(/../g) ?? []).join(':');
}

function keyWords(x509: X509Certificate): string {
  const algorithm: { readonly name: string; readonly namedCurve?: string; readonly modulusLength?: number } =
    x509.publicKey.algorithm;
  if (algorithm.namedCurve !== undefined) return `ECDSA ${algorithm.namedCurve}`;
  return algorithm.modulusLength === undefined ? algorithm.name : `RSA ${algorithm.modulusLength}`;
}

/** The hash is stated by none of the algorithms that have one of their own, such as Ed25519. */
export interface SignatureAlgorithm {
  readonly hash?: { readonly name: string };
}

function hashWords(x509: X509Certificate): string {
  const { hash }: SignatureAlgorithm = x509.signatureAlgorithm;
  return hash?.name ?? 'its own hash';
}

export function isSameCertificate(a: Certificate, b: Certificate): boolean {
  return a.der.length === b.der.length && a.der.every((byte, at) => byte === b.der[at]);
}

/** True where `signer` is named as the issuer and its key made the signature. Says nothing of validity or CA flags. */
export async function isSignedBy(crypto: WebCrypto, certificate: Certificate, signer: Certificate): Promise<boolean> {
  if (certificate.x509.issuer !== signer.x509.subject) return false;
  try {
    return await certificate.x509.verify({ publicKey: signer.x509.publicKey, signatureOnly: true }, crypto);
  } catch {
    return false;
  }
}

/** True where the private key belongs to the certificate's public key, shown by a signature. */
export async function isKeyOf(crypto: WebCrypto, key: PrivateKey, certificate: Certificate): Promise<boolean> {
  const { signingKey } = key;
  const parameters = { name: signingKey.algorithm.name, hash: 'SHA-256' };
  const message = new TextEncoder().encode('isthmus: does this key belong to this certificate?');
  try {
    const publicKey = await certificate.x509.publicKey.export(
      { ...signingKey.algorithm, hash: 'SHA-256' },
      ['verify'],
      crypto,
    );
    const signature = await crypto.subtle.sign(parameters, signingKey, message);
    return await crypto.subtle.verify(parameters, publicKey, signature, message);
  } catch {
    return false;
  }
}
