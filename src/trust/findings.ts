import type { ClusterName } from '../api/name.ts';
import type { Finding, FindingCode, Severity } from '../base/finding.ts';
import type { PresentedByIstiod } from '../observe/istiod-certificate.ts';
import { type Certificate, isSameCertificate, isSignedBy } from '../pki/certificate.ts';
import { findChain } from '../pki/chain.ts';
import { nameOf } from '../pki/check.ts';
import { checkBundle } from '../pki/check-bundle.ts';
import type { PkiEnvironment, WebCrypto } from '../pki/environment.ts';
import type { TrustProblem } from '../pki/problem.ts';
import type { AskedProxy, TrustFacts } from './facts.ts';
import type { SignsWith } from './report.ts';

/** What a cluster's trust is held against. */
export interface ExpectedTrust {
  /** PEM of the mesh's root or roots. */
  readonly root: string;
  readonly roots: readonly Certificate[];
  readonly trustDomain: string;
  /** The flags that name the mesh again, for the commands that a remedy proposes. */
  readonly source: string;
}

/** What an istiod signs with, judged from what it presents. */
export async function signsWith(crypto: WebCrypto, istiod: PresentedByIstiod, facts: TrustFacts): Promise<SignsWith> {
  const [leaf, ...between] = istiod.chain;
  if (leaf === undefined) return 'Unknown';
  const { bundle, selfSigned } = facts;
  if (bundle?.intermediate !== undefined && (await isSignedBy(crypto, leaf, bundle.intermediate))) return 'CaCerts';
  if (selfSigned !== undefined && (await isSignedBy(crypto, leaf, selfSigned))) return 'SelfSigned';
  const chain = await findChain(crypto, leaf, { between, roots: bundle?.roots ?? [] });
  return chain === undefined ? 'Unknown' : 'OlderIntermediate';
}

/** Everything in one cluster that is not as the mesh's trust should be. */
export async function trustFindings(
  facts: TrustFacts,
  expected: ExpectedTrust,
  environment: PkiEnvironment,
): Promise<readonly Finding[]> {
  return [
    ...(await bundleFindings(facts, expected, environment)),
    ...(await istiodFindings(facts, expected, environment.crypto)),
    ...distributedFindings(facts, expected),
    ...(await proxyFindings(facts, expected, environment)),
  ];
}

interface Said {
  readonly cluster: ClusterName;
  readonly message: string;
  readonly remedy: string;
}

function finding(code: FindingCode, severity: Severity, { cluster, message, remedy }: Said): Finding {
  return { code, severity, cluster, message: `${cluster}: ${message}`, remedy };
}

async function bundleFindings(
  { topology: { name: cluster, controlPlane }, bundle }: TrustFacts,
  { root, trustDomain, source }: ExpectedTrust,
  environment: PkiEnvironment,
): Promise<readonly Finding[]> {
  if (controlPlane.kind === 'RemoteOf') return [];
  if (bundle === undefined) {
    const message = 'there is no Secret cacerts: its istiod signs with a CA that it made for itself';
    return [finding('trust-bundle', 'error', { cluster, message, remedy: `run: isthmus apply ${source}` })];
  }
  const problems = await checkBundle(bundle.texts, { root, trustDomain }, environment);
  return problems.map((problem) =>
    finding(codeOf(problem), problem.severity, {
      cluster,
      message: problem.message,
      remedy: hintFor(problem, source),
    }),
  );
}

function codeOf({ reason }: TrustProblem): FindingCode {
  return reason === 'expired' || reason === 'renewal-due' || reason === 'root-ends-soon'
    ? 'trust-expiry'
    : 'trust-bundle';
}

function hintFor({ reason }: TrustProblem, source: string): string {
  if (reason === 'expired' || reason === 'renewal-due') return `renew it with: isthmus apply ${source}`;
  if (reason === 'root-ends-soon') return 'plan a change of the root: every workload has to trust both for a while';
  if (reason === 'outlives-signer') return 'nothing is wrong until the signer ends; the next renewal puts it right';
  return 'restore the cacerts that belongs to this mesh; docs/concepts/trust.md says how it is made';
}

async function istiodFindings(
  facts: TrustFacts,
  { source }: ExpectedTrust,
  crypto: WebCrypto,
): Promise<readonly Finding[]> {
  const { topology, istiods, istiodError } = facts;
  const { name: cluster, controlPlane } = topology;
  if (controlPlane.kind === 'RemoteOf') return [];
  if (istiods.length === 0) {
    const message = istiodError?.message ?? 'no istiod is ready, so nobody knows what it would sign with';
    return [finding('trust-unread', 'error', { cluster, message, remedy: `look with: isthmus status ${source}` })];
  }
  const found = await Promise.all(
    istiods.map(async (istiod) => {
      if (istiod.chain.length === 0) {
        const unseen = `istiod ${istiod.pod} has a certificate of somebody else (PILOT_CERT_PROVIDER), so what it signs with cannot be seen`;
        return [
          finding('trust-unread', 'warning', { cluster, message: unseen, remedy: 'look at what the proxies present' }),
        ];
      }
      const message = istiodMessage(istiod, facts, await signsWith(crypto, istiod, facts));
      const remedy =
        'the kubelet brings a changed Secret to istiod within some 90 s; if it is still so then, restart istiod: kubectl rollout restart deployment/istiod in its namespace';
      return message === undefined ? [] : [finding('trust-istiod', 'error', { cluster, message, remedy })];
    }),
  );
  return found.flat();
}

function istiodMessage(
  { pod, startedAt, chain }: PresentedByIstiod,
  { bundle }: TrustFacts,
  found: SignsWith,
): string | undefined {
  const late =
    bundle !== undefined && bundle.createdAt > startedAt
      ? `; it started at ${startedAt}, and cacerts was made at ${bundle.createdAt}`
      : '';
  switch (found) {
    case 'CaCerts':
      return undefined;
    case 'OlderIntermediate':
      return `istiod ${pod} does not sign with the intermediate in cacerts but with an older one of the same root`;
    case 'SelfSigned':
      return `istiod ${pod} signs with the CA that it made for itself (Secret istio-ca-secret), not with cacerts${late}`;
    case 'Unknown':
      return `istiod ${pod} signs with a CA that is not in cacerts: ${chain[0]?.x509.issuer ?? 'an unknown one'}${late}`;
  }
}

function distributedFindings(
  { topology: { name: cluster }, distributed }: TrustFacts,
  { roots }: ExpectedTrust,
): readonly Finding[] {
  const remedy = 'istiod writes these ConfigMaps: what it really signs with is the cause';
  if (distributed.size === 0) {
    const message = 'no namespace has a ConfigMap istio-ca-root-cert, so no new proxy can verify istiod';
    return [finding('trust-distributed', 'error', { cluster, message, remedy })];
  }
  const differing = [...distributed].filter(([, held]) => !isSameSet(held, roots)).map(([namespace]) => namespace);
  if (differing.length === 0) return [];
  const shown =
    differing.length > 5
      ? `${differing.slice(0, 5).join(', ')} and ${differing.length - 5} more`
      : differing.join(', ');
  const message = `the roots in ConfigMap istio-ca-root-cert are not the mesh's in ${shown}`;
  return [finding('trust-distributed', 'error', { cluster, message, remedy })];
}

async function proxyFindings(
  { topology: { name: cluster }, proxies }: TrustFacts,
  expected: ExpectedTrust,
  environment: PkiEnvironment,
): Promise<readonly Finding[]> {
  const found = await Promise.all(proxies.asked.map((proxy) => proxyFinding(proxy, expected, environment)));
  return found.flatMap((said) => (said === undefined ? [] : [finding(said.code, said.severity, { ...said, cluster })]));
}

type ProxySaid = Omit<Said, 'cluster'> & { readonly code: FindingCode; readonly severity: Severity };

async function proxyFinding(
  { pod: { namespace, name }, certificates, error }: AskedProxy,
  { roots }: ExpectedTrust,
  { crypto, now }: PkiEnvironment,
): Promise<ProxySaid | undefined> {
  const who = `the proxy of ${namespace}/${name}`;
  if (certificates === undefined) {
    const message = `${who} could not be asked: ${error?.message ?? 'no answer'}`;
    return {
      code: 'trust-unread',
      severity: 'warning',
      message,
      remedy: 'the pod may be starting or ending: look again',
    };
  }
  const { trusts, presents } = certificates;
  const [leaf, ...between] = presents;
  const remedy = 'restart the pod: a new proxy asks istiod for its certificate and its roots';
  const refuse = (message: string): ProxySaid => ({ code: 'trust-proxy', severity: 'error', message, remedy });
  if (leaf === undefined || trusts.length === 0) return refuse(`${who} has no certificate or no root yet`);
  if (!isSameSet(trusts, roots)) return refuse(`${who} does not trust the mesh's roots but ${namesOf(trusts)}`);
  if ((await findChain(crypto, leaf, { between, roots })) === undefined) {
    return refuse(
      `${who} presents a certificate of ${leaf.x509.issuer || 'nobody'}, which leads to no root of the mesh`,
    );
  }
  const expired = presents.find(({ notAfter }) => notAfter <= now);
  if (expired === undefined) return undefined;
  return { code: 'trust-expiry', severity: 'error', message: `${who} presents an expired certificate`, remedy };
}

function namesOf(certificates: readonly Certificate[]): string {
  return certificates.map(nameOf).join(', ');
}

export function isSameSet(left: readonly Certificate[], right: readonly Certificate[]): boolean {
  const within = (some: readonly Certificate[], others: readonly Certificate[]): boolean =>
    some.every((one) => others.some((other) => isSameCertificate(one, other)));
  return within(left, right) && within(right, left);
}
