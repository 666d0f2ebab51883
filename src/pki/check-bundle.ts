import { type CaBundle, type SigningTexts, signingTexts } from './bundle.ts';
import {
  type Certificate,
  certificatesOf,
  fingerprintOf,
  isKeyOf,
  isSameCertificate,
  parseCertificates,
} from './certificate.ts';
import { findChain } from './chain.ts';
import { checkTrustDomain, nameOf } from './check.ts';
import { chainLinkProblems, linkProblems } from './check-chain.ts';
import type { PkiEnvironment } from './environment.ts';
import { type PrivateKey, parsePrivateKey } from './private-key.ts';
import { problem, problemOf, sortedProblems, type TrustProblem } from './problem.ts';

export interface BundleExpectation {
  /** PEM of the mesh's root; of all its roots while they change. */
  readonly root: string;
  readonly trustDomain: string;
}

/**
 * Everything that is wrong with a cluster's `cacerts`, errors first; none means that istiod takes it and every other
 * cluster of the mesh trusts what it signs. What cannot be read keeps the later questions from being asked.
 * Models istiod's own check (security/pkg/pki/util/keycertbundle.go, Verify) and what it does not look at.
 */
export async function checkBundle(
  bundle: CaBundle,
  expected: BundleExpectation,
  environment: PkiEnvironment,
): Promise<readonly TrustProblem[]> {
  const texts = signingTexts(bundle);
  const notes = notUsed(bundle);
  const incomplete = checkComplete(texts);
  if (incomplete !== undefined) return [...notes, problem('incomplete', incomplete)];
  notes.push(...otherTypes(texts));
  const parsed = await parseBundle(texts, environment);
  if (Array.isArray(parsed)) return [...notes, ...parsed];
  const problems = [
    ...notes,
    ...(await identityProblems(parsed, environment)),
    ...(await chainProblems(parsed, expected, environment)),
    ...(await rootProblems(parsed, expected, environment)),
    ...problemOf('trust-domain', checkTrustDomain(parsed.certificate, expected.trustDomain)),
  ];
  return sortedProblems(problems);
}

const parts = ['certificate', 'privateKey', 'chain', 'root'] as const;

function checkComplete(texts: SigningTexts): string | undefined {
  const missing = parts.filter((part) => texts[part].trim() === '').map((part) => texts.names[part]);
  if (missing.length === 0) return undefined;
  return `${[...new Set(missing)].join(', ')} missing: istiod refuses an incomplete cacerts`;
}

/** Keys that make istiod read something else than the four files. */
function notUsed(bundle: CaBundle): TrustProblem[] {
  const problems: TrustProblem[] = [];
  if ('tls.crt' in bundle && 'ca-cert.pem' in bundle && !isSameSigner(bundle)) {
    problems.push(
      problem(
        'not-used',
        'tls.crt and ca-cert.pem are both there and differ: istiod reads tls.crt, tls.key and ca.crt',
      ),
    );
  }
  if ('istio-generated' in bundle) {
    problems.push(problem('not-used', 'the key istio-generated marks the Secret as one that istiod made for itself'));
  }
  return problems;
}

/** Both forms of a Secret have the same intermediate and the same root. */
function isSameSigner(bundle: CaBundle): boolean {
  const { 'tls.crt': _, ...files } = bundle;
  const [tls, four] = [signingTexts(bundle), signingTexts(files)];
  return (['certificate', 'root'] as const).every((part) => {
    const [one] = certificatesOf(tls[part]);
    const [other] = certificatesOf(four[part]);
    return one !== undefined && other !== undefined && isSameCertificate(one, other);
  });
}

const certificateParts = ['certificate', 'chain', 'root'] as const;

function otherTypes({ names, ...texts }: SigningTexts): TrustProblem[] {
  return certificateParts.flatMap((part) => {
    const types = parseCertificates(texts[part])?.otherTypes ?? [];
    // The chain of a kubernetes.io/tls Secret is made of the two other texts.
    if (part === 'chain' && names.chain === names.certificate) return [];
    return types.map((type) =>
      problem('not-certificate', `${names[part]} holds a ${type}; istiod reads certificates only`),
    );
  });
}

interface ParsedBundle {
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
  readonly roots: readonly Certificate[];
  readonly key: PrivateKey;
  readonly names: SigningTexts['names'];
}

async function parseBundle(texts: SigningTexts, { crypto }: PkiEnvironment): Promise<ParsedBundle | TrustProblem[]> {
  const { names } = texts;
  const [certificates, chain, roots] = certificateParts.map((part) => parseCertificates(texts[part])?.certificates);
  const key = await parsePrivateKey(crypto, texts.privateKey);
  const certificate = certificates?.[0];
  if (certificate !== undefined && chain?.[0] !== undefined && roots?.[0] !== undefined && key !== undefined) {
    return { certificate, chain, roots, key, names };
  }
  const without = [certificates, chain, roots].flatMap((read, index) => {
    const part = certificateParts[index];
    return read?.[0] === undefined && part !== undefined ? [names[part]] : [];
  });
  return [
    ...[...new Set(without)].map((name) => problem('unreadable', `${name} holds no readable certificate`)),
    ...(key === undefined ? [problem('unreadable', `${names.privateKey} holds no readable private key`)] : []),
  ];
}

async function identityProblems(bundle: ParsedBundle, { crypto }: PkiEnvironment): Promise<TrustProblem[]> {
  const { certificate, chain, roots, key, names } = bundle;
  const mismatch = (await isKeyOf(crypto, key, certificate))
    ? undefined
    : `${names.privateKey} is not the key of ${nameOf(certificate)} in ${names.certificate}`;
  const leaves = [...chain, ...roots].filter((other) => !other.isCa && !isSameCertificate(other, certificate));
  // Istiod appends cert-chain.pem to a workload's certificate as it is: without the signer in it no peer can verify.
  const isFirst = chain[0] !== undefined && isSameCertificate(chain[0], certificate);
  return [
    ...problemOf('key-mismatch', mismatch),
    ...leaves.map((leaf) => problem('leaf-in-bundle', `${nameOf(leaf)} in ${names.chain} or ${names.root} is no CA`)),
    ...(isFirst ? [] : [problem('chain-order', 'cert-chain.pem does not start with the certificate of ca-cert.pem')]),
  ];
}

async function chainProblems(
  bundle: ParsedBundle,
  { trustDomain }: BundleExpectation,
  environment: PkiEnvironment,
): Promise<readonly TrustProblem[]> {
  const { certificate, chain: between, roots, names } = bundle;
  const at = { below: 0, now: environment.now, trustDomain };
  const found = await findChain(environment.crypto, certificate, { between, roots });
  if (found !== undefined) return chainLinkProblems(found, at);
  const broken = problem('chain-broken', `no chain leads from ${nameOf(certificate)} to a root of ${names.root}`);
  return [broken, ...linkProblems(certificate, at)];
}

async function rootProblems(
  { roots, names }: ParsedBundle,
  expected: BundleExpectation,
  { crypto }: PkiEnvironment,
): Promise<TrustProblem[]> {
  const wanted = certificatesOf(expected.root);
  const without = (some: readonly Certificate[], others: readonly Certificate[]): Certificate[] =>
    some.filter((one) => !others.some((other) => isSameCertificate(one, other)));
  const describe = async (root: Certificate, words: string): Promise<TrustProblem> => {
    const fingerprint = await fingerprintOf(crypto, root);
    return problem('root-foreign', `${words} ${nameOf(root)}, SHA-256 ${fingerprint}`);
  };
  return await Promise.all([
    ...without(wanted, roots).map((root) => describe(root, `${names.root} lacks the mesh's root`)),
    ...without(roots, wanted).map((root) => describe(root, `${names.root} trusts a root that is not the mesh's,`)),
  ]);
}
