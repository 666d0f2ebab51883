import type { Issuer } from './authority.ts';
import { type Certificate, certificatesOf, isKeyOf, isSameCertificate, parseCertificates } from './certificate.ts';
import { findChain } from './chain.ts';
import { checkTrustDomain, nameOf } from './check.ts';
import { chainLinkProblems, linkProblems, rootsProblems } from './check-chain.ts';
import type { PkiEnvironment } from './environment.ts';
import { formatPem } from './pem.ts';
import { type PrivateKey, parsePrivateKey, unreadableKey, withoutParameters } from './private-key.ts';
import { problem, problemOf, sortedProblems, type TrustProblem } from './problem.ts';

/** An issuer as somebody keeps it, PEM. It holds a private key: never to be logged. */
export interface IssuerTexts {
  /** The issuer's certificate, then the CAs between it and the root. */
  readonly certificate: string;
  readonly privateKey: string;
  readonly root: string;
}

export interface IssuerExpectation {
  /** What messages call the three texts: keys of a Secret, or paths. */
  readonly names: Readonly<Record<keyof IssuerTexts, string>>;
  readonly trustDomain: string;
}

export interface IssuerReading {
  /** Left out where any problem is an error, so that what is there can sign. */
  readonly issuer: Issuer | undefined;
  readonly problems: readonly TrustProblem[];
}

const parts = ['certificate', 'privateKey', 'root'] as const;

/** The issuer of its texts, or everything that is wrong with it, errors first. */
export async function readIssuer(
  texts: IssuerTexts,
  expected: IssuerExpectation,
  environment: PkiEnvironment,
): Promise<IssuerReading> {
  const missing = parts.filter((part) => texts[part].trim() === '').map((part) => expected.names[part]);
  if (missing.length > 0) {
    return { issuer: undefined, problems: [problem('incomplete', `${missing.join(', ')} missing or empty`)] };
  }
  const parsed = await parse(texts, expected, environment);
  if (Array.isArray(parsed)) return { issuer: undefined, problems: parsed };
  const { certificates, roots, privateKey } = parsed;
  const [certificate, ...between] = certificates;
  const chain = await findChain(environment.crypto, certificate, { between, roots });
  const link = { below: 1, now: environment.now, trustDomain: expected.trustDomain };
  const problems = sortedProblems([
    ...otherTypes(texts, expected),
    ...(await identityProblems(parsed, expected, environment)),
    ...(chain === undefined
      ? [problem('chain-broken', brokenChain(parsed, expected)), ...linkProblems(certificate, link)]
      : chainLinkProblems(chain, link)),
  ]);
  if (chain === undefined || problems.some(({ severity }) => severity === 'error')) {
    return { issuer: undefined, problems };
  }
  return { issuer: { certificate: pemOf(chain.slice(0, -1)), privateKey, root: pemOf(roots) }, problems };
}

/** Names the CA that is missing, where one is: the signer of the last certificate that leads on from the issuer. */
function brokenChain({ certificates, roots }: ParsedIssuer, { names }: IssuerExpectation): string {
  const [certificate, ...between] = certificates;
  let last = certificate;
  for (const _ of between) last = between.find(({ x509 }) => x509.subject === last.x509.issuer) ?? last;
  const signer = last.x509.issuer;
  const broken = `no chain leads from ${nameOf(certificate)} to a root of ${names.root}`;
  if ([...certificates, ...roots].some(({ x509 }) => x509.subject === signer)) return broken;
  return `${broken}: the certificate of "${signer}", which signed ${nameOf(last)}, is missing in ${names.certificate}`;
}

interface ParsedIssuer {
  readonly certificates: readonly [Certificate, ...Certificate[]];
  readonly roots: readonly Certificate[];
  readonly privateKey: PrivateKey;
}

async function parse(
  texts: IssuerTexts,
  { names }: IssuerExpectation,
  { crypto }: PkiEnvironment,
): Promise<ParsedIssuer | TrustProblem[]> {
  const [certificate, ...between] = certificatesOf(texts.certificate);
  const roots = certificatesOf(texts.root);
  const privateKey = await parsePrivateKey(crypto, withoutParameters(texts.privateKey));
  if (certificate !== undefined && roots.length > 0 && privateKey !== undefined) {
    return { certificates: [certificate, ...between], roots, privateKey };
  }
  const unreadable = (name: string): TrustProblem =>
    problem('unreadable', `${name} holds no certificate that can be read`);
  return [
    ...(certificate === undefined ? [unreadable(names.certificate)] : []),
    ...(roots.length === 0 ? [unreadable(names.root)] : []),
    ...(privateKey === undefined ? [problem('unreadable', unreadableKey(texts.privateKey, names.privateKey))] : []),
  ];
}

function otherTypes(texts: IssuerTexts, { names }: IssuerExpectation): readonly TrustProblem[] {
  return (['certificate', 'root'] as const).flatMap((part) =>
    (parseCertificates(texts[part])?.otherTypes ?? []).map((type) =>
      problem('not-certificate', `${names[part]} holds a ${type}; only CERTIFICATE blocks belong there`),
    ),
  );
}

async function identityProblems(
  { certificates, roots, privateKey }: ParsedIssuer,
  { names, trustDomain }: IssuerExpectation,
  { crypto }: PkiEnvironment,
): Promise<readonly TrustProblem[]> {
  const [certificate, ...between] = certificates;
  const isRoot = roots.some((root) => isSameCertificate(root, certificate));
  const isOwnKey = await isKeyOf(crypto, privateKey, certificate);
  return [
    ...problemOf(
      'root-as-issuer',
      isRoot
        ? `${names.certificate} is the root itself: the root signs an issuer, and its key stays offline`
        : undefined,
    ),
    ...problemOf(
      'key-mismatch',
      isOwnKey ? undefined : `${names.privateKey} is not the key of ${nameOf(certificate)} in ${names.certificate}`,
    ),
    ...between
      .filter(({ isCa }) => !isCa)
      .map((leaf) => problem('leaf-in-bundle', `${nameOf(leaf)} in ${names.certificate} is no CA`)),
    ...(await rootsProblems(crypto, roots)),
    ...problemOf('roots-several', severalRoots(roots, names.root)),
    ...problemOf('trust-domain', checkTrustDomain(certificate, trustDomain)),
  ];
}

/** Whoever gives a company's bundle of CAs for the root lets each of them speak for every workload. */
function severalRoots(roots: readonly Certificate[], name: string): string | undefined {
  const each = [...new Set(roots.map(nameOf))];
  if (roots.length < 2) return undefined;
  return `${name} holds ${roots.length} roots, and the whole mesh trusts every certificate of each: ${each.join(', ')}`;
}

function pemOf(certificates: readonly Certificate[]): string {
  return certificates.map(({ der }) => formatPem({ type: 'CERTIFICATE', der })).join('');
}
