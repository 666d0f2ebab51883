import { IsthmusError } from '../base/error.ts';
import type { Issuer, Root } from './authority.ts';
import { certificatesOf, isKeyOf } from './certificate.ts';
import { linkProblems, rootsProblems } from './check-chain.ts';
import type { PkiEnvironment } from './environment.ts';
import { parsePrivateKey, unreadableKey } from './private-key.ts';
import { problem, type TrustProblem } from './problem.ts';
import type { IssuerTexts } from './read-issuer.ts';
import { type IssuerData, type RootFiles, rootFiles } from './schema.ts';

/** The issuer as the texts of a Secret of type `kubernetes.io/tls`. They hold a private key: never to be logged. */
export function issuerToData(issuer: Issuer): IssuerData {
  return { 'tls.crt': issuer.certificate, 'tls.key': issuer.privateKey.toPem(), 'ca.crt': issuer.root };
}

/** What the keys of an issuer's Secret are called. */
export const issuerKeys = {
  certificate: 'tls.crt',
  privateKey: 'tls.key',
  root: 'ca.crt',
} as const satisfies Record<keyof IssuerTexts, string>;

/** The texts of an issuer's Secret; what it lacks is empty. */
export function issuerTextsOf(data: Readonly<Record<string, string>>): IssuerTexts {
  return {
    certificate: data[issuerKeys.certificate] ?? '',
    privateKey: data[issuerKeys.privateKey] ?? '',
    root: data[issuerKeys.root] ?? '',
  };
}

/** The root as the texts of its two files; the second is secret. */
export function rootToFiles(root: Root): RootFiles {
  return { certificate: root.certificate, privateKey: root.privateKey.toPem() };
}

/** The root of its two files, for workloads of a trust domain. Throws `trust-invalid` where something is missing or wrong. */
export async function rootFromFiles(files: unknown, trustDomain: string, environment: PkiEnvironment): Promise<Root> {
  const read = rootFiles.safeParse(files);
  if (!read.success) throw invalidRoot(read.error.issues.map(({ path }) => `${path.join('.') || 'it'} is missing`));
  const { crypto, now } = environment;
  const { certificate, privateKey: key } = read.data;
  const [root] = certificatesOf(certificate);
  if (root === undefined) throw invalidRoot(['its certificate cannot be read']);
  const privateKey = await parsePrivateKey(crypto, key);
  if (privateKey === undefined) throw invalidRoot([unreadableKey(key, 'root.key')]);
  const problems: readonly TrustProblem[] = [
    ...((await isKeyOf(crypto, privateKey, root))
      ? []
      : [problem('key-mismatch', 'its private key is not that of its certificate')]),
    ...linkProblems(root, { below: 2, now, trustDomain }),
    ...(await rootsProblems(crypto, [root])),
  ];
  if (problems.length > 0) throw invalidRoot(problems.map(({ message }) => message));
  return { certificate, privateKey };
}

function invalidRoot(problems: readonly string[]): IsthmusError {
  return new IsthmusError('trust-invalid', `the root on this machine cannot be used: ${problems.join('; ')}`, {
    remedy: 'restore root.crt and root.key of this mesh',
  });
}
