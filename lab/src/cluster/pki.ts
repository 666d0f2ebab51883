import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A private key in PKCS 8 and its certificate, both PEM. */
export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

export interface ClusterPki {
  /** The certificate of the cluster's own authority; its key is kept for the signer of the controller manager. */
  readonly authority: KeyPair;
  readonly apiServer: KeyPair;
  /** Signs and checks service-account tokens. */
  readonly serviceAccounts: { readonly privateKey: string; readonly publicKey: string };
  /** Client certificates by what they are for. */
  readonly clients: Readonly<Record<ClientName, KeyPair>>;
}

export type ClientName = 'admin' | 'apiserver' | 'controller-manager' | 'scheduler' | 'kubelet' | 'kube-proxy';

export interface PkiRequest {
  readonly cluster: string;
  readonly nodeName: string;
  /** Addresses at which the API server is reached. */
  readonly addresses: readonly string[];
  readonly now: Date;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const hour = 3_600_000;
const year = 365 * 24 * hour;

/** Users and groups that Kubernetes' built-in roles are bound to. */
function clientSubjects(nodeName: string): Readonly<Record<ClientName, string>> {
  return {
    admin: 'CN=admin, O=system:masters',
    apiserver: 'CN=kube-apiserver, O=system:masters',
    'controller-manager': 'CN=system:kube-controller-manager',
    scheduler: 'CN=system:kube-scheduler',
    kubelet: `CN=system:node:${nodeName}, O=system:nodes`,
    'kube-proxy': 'CN=system:kube-proxy',
  };
}

interface Issuer {
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

interface CertificateRequest {
  readonly subject: string;
  readonly publicKey: webcrypto.CryptoKey;
  readonly issuer: Issuer;
  readonly extensions: readonly Extension[];
  readonly now: Date;
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function pem(label: string, bytes: ArrayBuffer): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', key));
}

async function certificate(request: CertificateRequest): Promise<string> {
  const made = await X509CertificateGenerator.create({
    serialNumber: Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex'),
    subject: request.subject,
    issuer: request.issuer.name,
    notBefore: new Date(request.now.getTime() - hour),
    notAfter: new Date(request.now.getTime() + year),
    signingAlgorithm: algorithm,
    publicKey: request.publicKey,
    signingKey: request.issuer.keys.privateKey,
    extensions: [...request.extensions],
  });
  return `${made.toString('pem')}\n`;
}

async function leaf(
  issuer: Issuer,
  now: Date,
  request: { readonly subject: string; readonly extensions: readonly Extension[] },
): Promise<KeyPair> {
  const keys = await newKeys();
  return {
    key: await privatePem(keys.privateKey),
    certificate: await certificate({ ...request, publicKey: keys.publicKey, issuer, now }),
  };
}

/** Makes the authority, keys and certificates of one cluster: EC P-256, valid for a year. */
export async function makePki(request: PkiRequest): Promise<ClusterPki> {
  const issuer: Issuer = { name: `CN=${request.cluster}-ca`, keys: await newKeys() };
  const { now } = request;
  const usage = new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true);
  const server = new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]);
  const client = new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]);
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
  const alternatives = new SubjectAlternativeNameExtension([
    ...[...names, 'localhost'].map((value) => ({ type: 'dns' as const, value })),
    ...request.addresses.map((value) => ({ type: 'ip' as const, value })),
  ]);
  const subjects = Object.entries(clientSubjects(request.nodeName)) as [ClientName, string][];
  const [authority, apiServer, accounts, ...clients] = await Promise.all([
    certificate({
      subject: issuer.name,
      publicKey: issuer.keys.publicKey,
      issuer,
      now,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    }),
    leaf(issuer, now, { subject: 'CN=kube-apiserver', extensions: [usage, server, alternatives] }),
    newKeys(),
    ...subjects.map(([, subject]) => leaf(issuer, now, { subject, extensions: [usage, client] })),
  ]);
  return {
    authority: { certificate: authority, key: await privatePem(issuer.keys.privateKey) },
    apiServer,
    serviceAccounts: {
      privateKey: await privatePem(accounts.privateKey),
      publicKey: pem('PUBLIC KEY', await crypto.subtle.exportKey('spki', accounts.publicKey)),
    },
    clients: Object.fromEntries(subjects.map(([name], index) => [name, clients[index]])) as Record<ClientName, KeyPair>,
  };
}
