import type { Finding } from '../../base/finding.ts';
import { remedy, restart, run } from '../../base/remedy.ts';
import { istiodDeployment } from '../../istio/revision.ts';
import { type Certificate, isSignedBy } from '../../pki/certificate.ts';
import { findChain } from '../../pki/chain.ts';
import type { PkiEnvironment, WebCrypto } from '../../pki/environment.ts';
import { type ClusterTopology, istiodHost } from '../../topology/topology.ts';
import { seen } from '../facts/reading.ts';
import type { ExpectedTrust, PresentingIstiod, SignsWith, TrustFacts } from '../facts/trust.ts';

/** What an istiod signs with, judged from what it presents. */
export async function signsWith(
  crypto: WebCrypto,
  istiod: PresentingIstiod,
  facts: TrustFacts,
  expected: readonly Certificate[],
): Promise<SignsWith> {
  const [leaf, ...between] = istiod.chain;
  if (leaf === undefined) return 'Unknown';
  const { bundle, selfSigned } = facts;
  if (bundle?.intermediate !== undefined && (await isSignedBy(crypto, leaf, bundle.intermediate))) return 'CaCerts';
  if (selfSigned !== undefined && (await isSignedBy(crypto, leaf, selfSigned))) return 'SelfSigned';
  const chain = await findChain(crypto, leaf, { between, roots: bundle?.roots ?? expected });
  return chain === undefined ? 'Unknown' : 'OlderIntermediate';
}

/** Istiods that sign with anything else than the intermediate in their Secret, or of which that is unknown. */
export async function istiodFindings(
  facts: TrustFacts,
  { roots, isSelfMade = false }: Pick<ExpectedTrust, 'roots' | 'isSelfMade'>,
  { crypto, now }: PkiEnvironment,
): Promise<readonly Finding[]> {
  const { topology, istiods, istiodError } = facts;
  if (topology.controlPlane.kind === 'RemoteOf') return [];
  const { name: cluster } = topology;
  const at = new Date(now).toISOString();
  if (istiods.length === 0) {
    const message = istiodError?.message ?? 'no istiod is ready, so it is unknown what it would sign with';
    return [
      {
        code: 'trust-unread',
        severity: 'error',
        confidence: 'Unknown',
        category: 'Trust',
        cluster,
        message,
        remedy: remedy`see what istiod waits for with ${run('status')}`,
        evidence: seen(message, `istiod of ${cluster}`, at),
      },
    ];
  }
  const found = await Promise.all(
    istiods.map(async (istiod) => {
      const found = await signsWith(crypto, istiod, facts, roots);
      return isSelfMade && found === 'SelfSigned' ? undefined : istiodFinding(istiod, facts, found, at);
    }),
  );
  return found.filter((finding) => finding !== undefined);
}

function istiodFinding(istiod: PresentingIstiod, facts: TrustFacts, found: SignsWith, at: string): Finding | undefined {
  const { topology } = facts;
  const { pod, chain, startedAt } = istiod;
  const base = { category: 'Trust', cluster: topology.name } as const;
  const source = `${istiodHost(topology)}: Pod ${pod}`;
  if (chain.length === 0) {
    return {
      ...base,
      code: 'trust-unread',
      severity: 'warning',
      message: `istiod ${pod} has a certificate of another CA (PILOT_CERT_PROVIDER), so what it signs with cannot be seen`,
      remedy: 'look at what the proxies present',
      evidence: seen('its certificate is not one that it signed itself', source, at),
    };
  }
  const message = istiodMessage(istiod, facts, found);
  if (message === undefined) return undefined;
  return {
    ...base,
    code: 'trust-istiod',
    severity: 'error',
    message,
    ...istiodRemedy(topology),
    evidence: seen(
      `started at ${startedAt}; presents a certificate signed by ${chain[0]?.x509.issuer || 'an unknown CA'}`,
      source,
      at,
    ),
  };
}

function istiodMessage(
  { pod, startedAt, chain }: PresentingIstiod,
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
      // Where there is no Secret that is the finding, and this istiod goes on with what it loaded before.
      if (bundle === undefined) return undefined;
      return `istiod ${pod} does not sign with the intermediate in cacerts but with an older one of the same root`;
    case 'SelfSigned':
      return `istiod ${pod} signs with the CA that it made for itself (Secret istio-ca-secret), not with cacerts${late}`;
    case 'Unknown':
      return `istiod ${pod} signs with a CA that ${bundle === undefined ? 'leads to no root of the mesh' : 'is not in cacerts'}: ${chain[0]?.x509.issuer ?? 'an unknown one'}${late}`;
  }
}

/** The kubelet brings a changed Secret to istiod within some 90 s. */
function istiodRemedy(topology: ClusterTopology): Pick<Finding, 'remedy' | 'fix'> {
  const { name: cluster, cluster: declared } = topology;
  if (istiodHost(topology) !== cluster) {
    const words =
      'wait 90 s, which a changed Secret takes to reach istiod; if nothing has changed by then, restart istiod';
    return { remedy: `${words} in ${istiodHost(topology)}` };
  }
  const deployment = istiodDeployment(topology);
  const place = { cluster, context: declared.spec.access.context ?? cluster };
  const action = restart(place, deployment.namespace ?? 'istio-system', `deployment/${deployment.name}`);
  return {
    remedy: remedy`wait 90 s, which a changed Secret takes to reach istiod; if nothing has changed by then, restart istiod: ${action}`,
    fix: [action],
  };
}
