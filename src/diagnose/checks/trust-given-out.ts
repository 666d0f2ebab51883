import type { Finding } from '../../base/finding.ts';
import { type Certificate, isSameCertificate } from '../../pki/certificate.ts';
import { findChain } from '../../pki/chain.ts';
import { nameOf } from '../../pki/check.ts';
import type { PkiEnvironment } from '../../pki/environment.ts';
import { firstOf, seen } from '../facts/reading.ts';
import type { AskedProxy, ExpectedTrust, TrustFacts } from '../facts/trust.ts';

/** Namespaces that hold other roots than the mesh's. */
export function distributedFindings(
  { topology: { name: cluster }, distributed, distributedByOthers }: TrustFacts,
  { roots }: ExpectedTrust,
  { now }: Pick<PkiEnvironment, 'now'>,
): readonly Finding[] {
  const finding = (message: string, fact: string): Finding => ({
    code: 'trust-distributed',
    severity: 'error',
    category: 'Trust',
    cluster,
    message,
    remedy: 'look at what istiod signs with: it writes these ConfigMaps from that',
    evidence: seen(fact, `${cluster}: ConfigMaps istio-ca-root-cert`, new Date(now).toISOString()),
  });
  const differing = differingOf(distributed, roots);
  const byOthers = differingOf(distributedByOthers, roots);
  const none = 'no namespace has a ConfigMap istio-ca-root-cert, so no new proxy can verify istiod';
  const ofOthers =
    byOthers === undefined
      ? []
      : [
          {
            ...finding(
              `somebody other than istiod wrote ConfigMap istio-ca-root-cert in ${byOthers.namespaces}, with other roots than the mesh's`,
              byOthers.fact,
            ),
            severity: 'info' as const,
            remedy: 'delete that ConfigMap if the namespace has proxies: istiod writes its own',
          },
        ];
  if (distributed.size === 0) return [finding(none, 'there is none of istiod'), ...ofOthers];
  if (differing === undefined) return ofOthers;
  const message = `the roots in ConfigMap istio-ca-root-cert are not the mesh's in ${differing.namespaces}`;
  return [finding(message, differing.fact), ...ofOthers];
}

function differingOf(
  held: TrustFacts['distributed'],
  roots: readonly Certificate[],
): { readonly namespaces: string; readonly fact: string } | undefined {
  const differing = [...held].filter(([, some]) => !isSameSet(some, roots));
  const [first] = differing;
  if (first === undefined) return undefined;
  return {
    namespaces: firstOf(differing.map(([namespace]) => namespace)),
    fact: `${first[0]} has ${firstOf(first[1].map(nameOf)) || 'no root'}`,
  };
}

/** Running proxies that trust or present anything else than the mesh's certificates. */
export async function proxyFindings(
  { topology: { name: cluster }, proxies }: TrustFacts,
  expected: ExpectedTrust,
  environment: PkiEnvironment,
): Promise<readonly Finding[]> {
  const found = await Promise.all(proxies.asked.map((proxy) => proxyFinding(proxy, expected, environment)));
  const nobodyAnswers = proxies.asked.every(({ certificates }) => certificates === undefined);
  return found.flatMap((one, index) => {
    const pod = proxies.asked[index]?.pod;
    if (one === undefined || pod === undefined) return [];
    const source = `${cluster}: proxy of ${pod.namespace}/${pod.name}`;
    const { fact, ...finding } = one;
    const evidence = seen(fact, source, new Date(environment.now).toISOString());
    // One that does not answer may be starting; where none does, or it may not be asked, what it trusts is not known.
    const isUnasked = nobodyAnswers || proxies.asked[index]?.error?.code === 'access-denied';
    const severity = isUnasked ? 'error' : finding.severity;
    return [{ ...finding, severity, category: 'Trust', cluster, evidence } satisfies Finding];
  });
}

type Judgement = Pick<Finding, 'code' | 'severity' | 'confidence' | 'message' | 'remedy'> & { readonly fact: string };

async function proxyFinding(
  { pod: { namespace, name }, certificates, error }: AskedProxy,
  { roots }: ExpectedTrust,
  { crypto, now }: PkiEnvironment,
): Promise<Judgement | undefined> {
  const who = `the proxy of ${namespace}/${name}`;
  if (certificates === undefined) {
    const fact = error?.message ?? 'no answer';
    const remedy =
      error?.code === 'access-denied' && error.remedy !== undefined
        ? error.remedy
        : 'look again: the pod may be starting or ending';
    const message = `${who} could not be asked: ${fact}`;
    return { code: 'trust-unread', severity: 'warning', confidence: 'Unknown', message, remedy, fact };
  }
  const { trusts, presents } = certificates;
  const [leaf, ...between] = presents;
  const fact = `trusts ${namesOf(trusts) || 'nothing'}, presents a certificate of ${leaf?.x509.issuer || 'an unknown CA'}`;
  const remedy = 'restart the pod: a new proxy asks istiod for its certificate and its roots';
  const refuse = (message: string): Judgement => ({ code: 'trust-proxy', severity: 'error', message, remedy, fact });
  if (leaf === undefined || trusts.length === 0) return refuse(`${who} has no certificate or no root yet`);
  if (!isSameSet(trusts, roots)) return refuse(`${who} does not trust the mesh's roots but ${namesOf(trusts)}`);
  if ((await findChain(crypto, leaf, { between, roots })) === undefined) {
    return refuse(
      `${who} presents a certificate of ${leaf.x509.issuer || 'an unknown CA'}, which leads to no root of the mesh`,
    );
  }
  const expired = presents.find(({ notAfter }) => notAfter <= now);
  if (expired === undefined) return undefined;
  return { ...refuse(`${who} presents an expired certificate`), code: 'trust-expiry' };
}

function namesOf(certificates: readonly Certificate[]): string {
  return certificates.map(nameOf).join(', ');
}

/** The same certificates, in whatever order. */
export function isSameSet(left: readonly Certificate[], right: readonly Certificate[]): boolean {
  const within = (some: readonly Certificate[], others: readonly Certificate[]): boolean =>
    some.every((one) => others.some((other) => isSameCertificate(one, other)));
  return within(left, right) && within(right, left);
}
