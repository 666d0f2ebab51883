import type { ClusterName, MeshName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import { shortName } from '../base/short-name.ts';
import { asCertificate, type Certificate, certificatesOf } from './certificate.ts';
import type { CryptoKey, PkiEnvironment, WebCrypto } from './environment.ts';
import { formatPem, toHex } from './pem.ts';
import { generateKeyPair, type KeyAlgorithm, type PrivateKey } from './private-key.ts';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from './x509.ts';

const day = 24 * 60 * 60 * 1000;
const hour = 60 * 60 * 1000;
const rootLifetime = 3650 * day;
const issuerLifetime = 1825 * day;
/** Clocks of the clusters may be this much behind the one that signs, in milliseconds. */
export const clockSkew = 5 * 60 * 1000;

/** The anchor of a mesh's trust. It signs issuers only, and its key is never stored in a cluster. */
export interface Root {
  /** PEM, one certificate. */
  readonly certificate: string;
  readonly privateKey: PrivateKey;
}

/** The CA that signs the clusters' intermediates. */
export interface Issuer {
  /** PEM: its own certificate, then the CAs between it and the root, each signed by the next. */
  readonly certificate: string;
  readonly privateKey: PrivateKey;
  /** PEM, the root that signed it; during a change of roots, all that the mesh trusts. */
  readonly root: string;
}

/** The CA of one cluster's istiod, with all that leads to the root. */
export interface Intermediate {
  readonly certificate: string;
  readonly privateKey: PrivateKey;
  /** PEM of the issuer that signed it, then of the CAs between that and the root. */
  readonly issuer: string;
  readonly root: string;
}

export interface IntermediateOptions {
  readonly mesh: MeshName;
  readonly cluster: ClusterName;
  readonly trustDomain: string;
  /** Whole hours as the mesh file writes them: `8760h`. */
  readonly lifetime: string;
  /** Left out, ECDSA-P256. */
  readonly keyAlgorithm?: 'ECDSA-P256' | 'RSA-3072';
}

/**
 * A new self-signed root: P-384, ten years, room for two CAs below (issuer and intermediate).
 * Envoy before 1.33 takes P-256 only for the certificates it serves itself (envoyproxy/envoy#36369), which is why
 * issuer and intermediate are P-256; a signer further up may have any curve.
 */
export async function createRoot(options: { readonly mesh: MeshName }, environment: PkiEnvironment): Promise<Root> {
  const { certificate, privateKey } = await sign(
    { mesh: options.mesh, title: 'root CA', keyAlgorithm: 'ECDSA-P384', pathLength: 2, lifetime: rootLifetime },
    environment,
  );
  return { certificate, privateKey };
}

/** A new issuer of a root: P-256, five years but never beyond the root, room for one CA below. */
export async function createIssuer(
  root: Root,
  options: { readonly mesh: MeshName; readonly trustDomain: string },
  environment: PkiEnvironment,
): Promise<Issuer> {
  const { certificate, privateKey } = await sign(
    {
      mesh: options.mesh,
      title: 'issuer CA',
      keyAlgorithm: 'ECDSA-P256',
      pathLength: 1,
      lifetime: issuerLifetime,
      trustDomain: options.trustDomain,
      signer: root,
    },
    environment,
  );
  return { certificate, privateKey, root: root.certificate };
}

/** A new CA for one cluster's istiod: the declared lifetime, but never beyond its signers; no CA below. */
export async function createIntermediate(
  issuer: Issuer,
  options: IntermediateOptions,
  environment: PkiEnvironment,
): Promise<Intermediate> {
  const { certificate, privateKey } = await sign(
    {
      mesh: options.mesh,
      // RFC 5280, ub-common-name: 64 characters at most.
      title: shortName(`cluster ${options.cluster}`),
      keyAlgorithm: options.keyAlgorithm ?? 'ECDSA-P256',
      pathLength: 0,
      lifetime: lifetimeOf(options.lifetime),
      trustDomain: options.trustDomain,
      signer: issuer,
    },
    environment,
  );
  return { certificate, privateKey, issuer: issuer.certificate, root: issuer.root };
}

/** `8760h` in milliseconds. */
export function lifetimeOf(text: string): number {
  const match = /^([1-9][0-9]{0,5})h$/.exec(text);
  if (match === null) throw new IsthmusError('invalid-config', `the lifetime ${text} is not a whole number of hours`);
  return Number(match[1]) * hour;
}

interface Profile {
  readonly mesh: string;
  readonly title: string;
  readonly keyAlgorithm: KeyAlgorithm;
  readonly pathLength: number;
  readonly lifetime: number;
  /** Becomes a SPIFFE ID without a path, as X509-SVID wants it of signing certificates. A root has none. */
  readonly trustDomain?: string;
  /** Left out: self-signed. */
  readonly signer?: { readonly certificate: string; readonly privateKey: PrivateKey };
}

interface Signed {
  readonly certificate: string;
  readonly privateKey: PrivateKey;
}

async function sign(profile: Profile, environment: PkiEnvironment): Promise<Signed> {
  const { crypto } = environment;
  const { privateKey, publicKey } = await generateKeyPair(crypto, profile.keyAlgorithm);
  const signers = profile.signer === undefined ? [] : signersOf(profile.signer.certificate);
  const [signer] = signers;
  const validity = validityOf(profile, signers, environment.now);
  const signingKey = profile.signer?.privateKey.signingKey ?? privateKey.signingKey;
  const subject = await subjectOf(profile, publicKey, crypto);
  const x509 = await X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(crypto),
      subject,
      issuer: signer?.x509.subjectName ?? subject,
      ...validity,
      publicKey,
      signingKey,
      signingAlgorithm: signatureOf(signingKey),
      extensions: [
        new BasicConstraintsExtension(true, profile.pathLength, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(publicKey, false, crypto),
        await authorityKeyIdentifier(signer, publicKey, crypto),
        ...(profile.trustDomain === undefined
          ? []
          : [new SubjectAlternativeNameExtension([{ type: 'url', value: `spiffe://${profile.trustDomain}` }])]),
      ],
    },
    crypto,
  );
  return { certificate: formatPem({ type: 'CERTIFICATE', der: asCertificate(x509).der }), privateKey };
}

/**
 * The signer's own key identifier where it states one: a CA of others may have computed it in another way, and verifiers
 * take two that differ for two CAs.
 */
async function authorityKeyIdentifier(
  signer: Certificate | undefined,
  publicKey: CryptoKey,
  crypto: WebCrypto,
): Promise<AuthorityKeyIdentifierExtension> {
  const stated = signer?.x509.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  if (stated !== undefined) return new AuthorityKeyIdentifierExtension(stated);
  return await AuthorityKeyIdentifierExtension.create(signer?.x509.publicKey ?? publicKey, false, crypto);
}

/** The hash that fits the curve; for P-384 and P-521 the only one that some TLS libraries take. */
function signatureOf(key: CryptoKey): { readonly name: string; readonly hash: string } {
  const algorithm: { readonly name: string; readonly namedCurve?: string } = key.algorithm;
  const { name, namedCurve = '' } = algorithm;
  const hashes: Readonly<Record<string, string>> = { 'P-384': 'SHA-384', 'P-521': 'SHA-512' };
  return { name, hash: hashes[namedCurve] ?? 'SHA-256' };
}

function signersOf(pem: string): readonly Certificate[] {
  const certificates = certificatesOf(pem);
  if (certificates.length > 0) return certificates;
  throw new IsthmusError('trust-invalid', "the signer's certificate cannot be read");
}

/** Whole seconds, as certificates hold them; within the validity of every signer, because a chain is checked as a whole. */
function validityOf(
  profile: Profile,
  signers: readonly Certificate[],
  now: number,
): { readonly notBefore: Date; readonly notAfter: Date } {
  const expired = signers.find(({ notAfter }) => notAfter <= now);
  if (expired !== undefined) {
    throw new IsthmusError('trust-invalid', `${expired.x509.subject} has expired and cannot sign`, {
      remedy: 'a new one must be made by the level above it',
    });
  }
  const start = Math.max(now - clockSkew, ...signers.map(({ notBefore }) => notBefore));
  const end = Math.min(now + profile.lifetime, ...signers.map(({ notAfter }) => notAfter));
  return { notBefore: wholeSeconds(start), notAfter: wholeSeconds(end) };
}

function wholeSeconds(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000);
}

/**
 * Roots and issuers carry a part of their key's hash in their name: while one replaces another both are trusted, and
 * verifiers look signers up by name.
 */
async function subjectOf(profile: Profile, publicKey: CryptoKey, crypto: WebCrypto): Promise<string> {
  const organization = `O=mesh ${profile.mesh}`;
  if (profile.pathLength === 0) return `${organization},CN=${profile.title}`;
  const spki = await crypto.subtle.exportKey('spki', publicKey);
  const hash = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', spki)));
  return `${organization},CN=${profile.title} ${hash.slice(0, 8)}`;
}

/** 16 random bytes, the first between 0x40 and 0x7F so that the number is positive and always as long. */
function serialNumber(crypto: WebCrypto): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return toHex(bytes);
}
