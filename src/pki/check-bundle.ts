import { type CaBundle, type CaCertsKey, caCertsKeys } from './bundle.ts';
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
  const incomplete = checkComplete(bundle);
  if (incomplete !== undefined) return [problem('incomplete', incomplete)];
  const notes = [...notUsed(bundle), ...otherTypes(bundle)];
  const parsed = await parseBundle(bundle, environment);
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

function checkComplete(bundle: CaBundle): string | undefined {
  const missing = caCertsKeys.filter((key) => (bundle[key] ?? '').trim() === '');
  return missing.length === 0 ? undefined : `${missing.join(', ')} missing: istiod refuses an incomplete cacerts`;
}

/** Keys that make istiod read something else than the four files. */
function notUsed(bundle: CaBundle): TrustProblem[] {
  const problems: TrustProblem[] = [];
  if ('tls.crt' in bundle) {
    problems.push(problem('not-used', 'tls.crt is there too: istiod reads it instead of ca-cert.pem'));
  }
  if ('istio-generated' in bundle) {
    problems.push(problem('not-used', 'the key istio-generated marks the Secret as one that istiod made for itself'));
  }
  return problems;
}

const certificateKeys = ['ca-cert.pem', 'cert-chain.pem', 'root-cert.pem'] as const satisfies readonly CaCertsKey[];

function otherTypes(bundle: CaBundle): TrustProblem[] {
  return certificateKeys.flatMap((key) => {
    const types = parseCertificates(bundle[key] ?? '')?.otherTypes ?? [];
    return types.map((type) => problem('not-certificate', `${key} holds a ${type}; istiod reads certificates only`));
  });
}

interface ParsedBundle {
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
  readonly roots: readonly Certificate[];
  readonly key: PrivateKey;
}

async function parseBundle(bundle: CaBundle, { crypto }: PkiEnvironment): Promise<ParsedBundle | TrustProblem[]> {
  const [certificates, chain, roots] = certificateKeys.map((key) => parseCertificates(bundle[key] ?? '')?.certificates);
  const key = await parsePrivateKey(crypto, bundle['ca-key.pem'] ?? '');
  const certificate = certificates?.[0];
  if (certificate !== undefined && chain?.[0] !== undefined && roots?.[0] !== undefined && key !== undefined) {
    return { certificate, chain, roots, key };
  }
  const unreadable = [certificates, chain, roots].flatMap((read, index) =>
    read?.[0] === undefined ? [problem('unreadable', `${certificateKeys[index]} holds no readable certificate`)] : [],
  );
  if (key === undefined) unreadable.push(problem('unreadable', 'ca-key.pem holds no readable private key'));
  return unreadable;
}

async function identityProblems(bundle: ParsedBundle, { crypto }: PkiEnvironment): Promise<TrustProblem[]> {
  const { certificate, chain, roots, key } = bundle;
  const mismatch = (await isKeyOf(crypto, key, certificate))
    ? undefined
    : `ca-key.pem is not the key of ${nameOf(certificate)} in ca-cert.pem`;
  const leaves = [...chain, ...roots].filter((other) => !other.isCa && !isSameCertificate(other, certificate));
  // Istiod appends cert-chain.pem to a workload's certificate as it is: without the signer in it no peer can verify.
  const isFirst = chain[0] !== undefined && isSameCertificate(chain[0], certificate);
  return [
    ...problemOf('key-mismatch', mismatch),
    ...leaves.map((leaf) => problem('leaf-in-bundle', `${nameOf(leaf)} in cert-chain.pem or root-cert.pem is no CA`)),
    ...(isFirst ? [] : [problem('chain-order', 'cert-chain.pem does not start with the certificate of ca-cert.pem')]),
  ];
}

async function chainProblems(
  bundle: ParsedBundle,
  { trustDomain }: BundleExpectation,
  environment: PkiEnvironment,
): Promise<readonly TrustProblem[]> {
  const { certificate, chain: between, roots } = bundle;
  const at = { below: 0, now: environment.now, trustDomain };
  const found = await findChain(environment.crypto, certificate, { between, roots });
  if (found !== undefined) return chainLinkProblems(found, at);
  const broken = problem('chain-broken', `no chain leads from ${nameOf(certificate)} to a root of root-cert.pem`);
  return [broken, ...linkProblems(certificate, at)];
}

async function rootProblems(
  { roots }: ParsedBundle,
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
    ...without(wanted, roots).map((root) => describe(root, "root-cert.pem lacks the mesh's root")),
    ...without(roots, wanted).map((root) => describe(root, "root-cert.pem trusts a root that is not the mesh's,")),
  ]);
}
