import { IsthmusError } from '../base/error.ts';
import type { Issuer, Root } from './authority.ts';
import { type Certificate, isKeyOf, parseCertificates } from './certificate.ts';
import { findChain } from './chain.ts';
import { checkExpired, checkIsCa, checkNotYetValid, checkPathLength } from './check.ts';
import type { PkiEnvironment } from './environment.ts';
import { requirePrivateKey } from './private-key.ts';
import { type IssuerData, issuerData, type RootFiles, rootFiles } from './schema.ts';

/** The issuer as the texts of a Secret of type `kubernetes.io/tls`. They hold a private key: never to be logged. */
export function issuerToData(issuer: Issuer): IssuerData {
  return { 'tls.crt': issuer.certificate, 'tls.key': issuer.privateKey.toPem(), 'ca.crt': issuer.root };
}

/**
 * The issuer of a Secret's decoded data.
 * Throws `trust-invalid` where something is missing or wrong, so that what it returns can sign.
 */
export async function issuerFromData(data: unknown, environment: PkiEnvironment): Promise<Issuer> {
  const read = issuerData.safeParse(data);
  if (!read.success) throw invalid('issuer', [missingKeys(read.error.issues)]);
  const { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': root } = read.data;
  const roots = parseCertificates(root)?.certificates ?? [];
  await requireSigner({ title: 'issuer', certificate, key, below: 1, roots }, environment);
  const privateKey = await requirePrivateKey(environment.crypto, key, 'the issuer');
  return { certificate, privateKey, root };
}

/** The root as the texts of its two files; the second is secret. */
export function rootToFiles(root: Root): RootFiles {
  return { certificate: root.certificate, privateKey: root.privateKey.toPem() };
}

/** The root of its two files. Throws `trust-invalid` where something is missing or wrong. */
export async function rootFromFiles(files: unknown, environment: PkiEnvironment): Promise<Root> {
  const read = rootFiles.safeParse(files);
  if (!read.success) throw invalid('root', [missingKeys(read.error.issues)]);
  const { certificate, privateKey: key } = read.data;
  const roots = parseCertificates(certificate)?.certificates ?? [];
  await requireSigner({ title: 'root', certificate, key, below: 2, roots }, environment);
  return { certificate, privateKey: await requirePrivateKey(environment.crypto, key, 'the root') };
}

interface StoredSigner {
  readonly title: 'root' | 'issuer';
  readonly certificate: string;
  readonly key: string;
  /** CAs between it and the workloads. */
  readonly below: number;
  readonly roots: readonly Certificate[];
}

async function requireSigner(stored: StoredSigner, environment: PkiEnvironment): Promise<void> {
  const { crypto, now } = environment;
  const certificates = parseCertificates(stored.certificate)?.certificates ?? [];
  const [certificate] = certificates;
  if (certificate === undefined) throw invalid(stored.title, ['its certificate cannot be read']);
  const key = await requirePrivateKey(crypto, stored.key, `the ${stored.title}`);
  const chain = await findChain(crypto, certificate, { between: certificates.slice(1), roots: stored.roots });
  const problems = [
    (await isKeyOf(crypto, key, certificate)) ? undefined : 'its private key is not that of its certificate',
    chain === undefined ? 'its certificate was not signed by the root beside it' : undefined,
    checkIsCa(certificate),
    checkPathLength(certificate, stored.below),
    ...(chain ?? [certificate]).flatMap((link) => [checkExpired(link, now), checkNotYetValid(link, now)]),
  ].filter((sentence) => sentence !== undefined);
  if (problems.length > 0) throw invalid(stored.title, problems);
}

function missingKeys(issues: readonly { readonly path: readonly PropertyKey[] }[]): string {
  return `${issues.map(({ path }) => path.map(String).join('.') || 'everything').join(', ')} missing or empty`;
}

function invalid(title: string, problems: readonly string[]): IsthmusError {
  return new IsthmusError('trust-invalid', `the ${title} cannot be used: ${problems.join('; ')}`, {
    hint: `restore the ${title}, or have a new one made`,
  });
}
