import type { IsthmusError } from '../../base/error.ts';
import type { Finding, FindingCode } from '../../base/finding.ts';
import { type Remedy, remedy, run } from '../../base/remedy.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { renewalTime } from '../../pki/check.ts';
import { checkBundle } from '../../pki/check-bundle.ts';
import type { PkiEnvironment } from '../../pki/environment.ts';
import type { TrustProblem } from '../../pki/problem.ts';
import { istiodHost } from '../../topology/topology.ts';
import { messageOf, seen } from '../facts/reading.ts';
import type { ExpectedTrust, HeldBundle, TrustFacts } from '../facts/trust.ts';
import { renewIntermediate } from './cluster/intermediate.ts';
import { distributedFindings, proxyFindings } from './trust-given-out.ts';
import { istiodFindings } from './trust-istiod.ts';

/** Everything in one cluster that is not as the mesh's trust should be. */
export async function trustFindings(
  facts: TrustFacts,
  expected: ExpectedTrust,
  environment: PkiEnvironment,
): Promise<readonly Finding[]> {
  return [
    ...(await bundleFindings(facts, expected, environment)),
    ...(await istiodFindings(facts, expected, environment)),
    ...distributedFindings(facts, expected, environment),
    ...(await proxyFindings(facts, expected, environment)),
  ];
}

/** What is wrong with the Secret that a cluster's istiod reads its intermediate from. */
export async function bundleFindings(
  { topology, bundle, bundleError }: TrustFacts,
  { root, trustDomain, isSelfMade = false }: ExpectedTrust,
  environment: PkiEnvironment,
): Promise<readonly Finding[]> {
  if (topology.controlPlane.kind === 'RemoteOf') return [];
  const { name: cluster } = topology;
  const at = new Date(environment.now).toISOString();
  const source = `${istiodHost(topology)}: Secret cacerts of istiod`;
  if (bundleError !== undefined) {
    return [
      {
        ...trustUnread(cluster, bundleError, at),
        message: `its cacerts could not be read: ${messageOf(cluster, bundleError.message)}`,
      },
    ];
  }
  if (bundle === undefined) {
    if (isSelfMade) return [];
    return [
      {
        code: 'trust-bundle',
        severity: 'error',
        category: 'Trust',
        cluster,
        message: 'there is no Secret cacerts: an istiod that starts now makes a CA for itself',
        remedy: remedy`make it with ${run('apply')}`,
        fix: [run('apply')],
        evidence: seen('the Secret does not exist, or has no data', source, at),
      },
    ];
  }
  const problems = await checkBundle(bundle.texts, { root, trustDomain }, environment);
  return problems.map((problem) => ({
    code: codeOf(problem),
    severity: problem.severity,
    category: 'Trust',
    cluster,
    message: problem.message,
    remedy: remedyFor(problem, bundle),
    evidence: seen(`made at ${bundle.createdAt}; ${problem.message}`, source, at),
  }));
}

function codeOf({ reason }: TrustProblem): FindingCode {
  return reason === 'expired' || reason === 'renewal-due' || reason === 'root-ends-soon'
    ? 'trust-expiry'
    : 'trust-bundle';
}

function remedyFor({ reason }: TrustProblem, { isTheirs = false }: HeldBundle): Remedy {
  if (reason === 'expired' || reason === 'renewal-due') return renewIntermediate(isTheirs);
  if (reason === 'root-ends-soon') return 'plan a change of the root: every workload has to trust both for a while';
  if (reason === 'outlives-signer')
    return 'leave it: nothing is wrong until the signer ends, and the next renewal corrects it';
  return 'restore the cacerts that belongs to this mesh; docs/concepts/trust.md describes how it is made';
}

/** An issuer that has ended or is due for renewal. */
export function issuerFindings(issuer: Certificate | undefined, now: number): readonly Finding[] {
  if (issuer === undefined || now < renewalTime(issuer)) return [];
  const ended = issuer.notAfter <= now;
  const date = new Date(issuer.notAfter).toISOString().slice(0, 10);
  return [
    {
      code: 'trust-expiry',
      severity: ended ? 'error' : 'warning',
      category: 'Trust',
      message: `the issuer "${issuer.x509.subject}" ${ended ? 'ended' : 'ends'} on ${date}`,
      remedy: remedy`where Isthmus made it, renew it with ${run('apply')} on the machine that has the root's key; where it is yours, have your CA renew it under the same root`,
      evidence: seen(`valid until ${date}`, 'certificate of the issuer', new Date(now).toISOString()),
    },
  ];
}

/** A cluster that could not be asked about its trust; `at` is RFC 3339. */
export function trustUnread(cluster: string, error: Unread, at: string): Finding {
  return unread('nothing is known of its trust', { cluster, error, at });
}

/** A cluster of which it is not known whether it holds the declared mesh; `at` is RFC 3339. */
export function holderUnread(cluster: string, error: Unread, at: string): Finding {
  return unread('whether it holds this mesh and not another one is not known', { cluster, error, at });
}

/** The issuer in the home cluster. What the clusters hold of it stands for it, so that nothing else is unknown. */
export function issuerUnread(cluster: string, error: Unread, at: string): Finding {
  const found = unread('the issuer was not read, and what cacerts hold of it stands for it', { cluster, error, at });
  return { ...found, severity: 'warning' };
}

type Unread = Pick<IsthmusError, 'message' | 'remedy'>;

interface UnreadPart {
  readonly cluster: string;
  readonly error: Unread;
  readonly at: string;
}

function unread(what: string, { cluster, error: { message, remedy: hint }, at }: UnreadPart): Finding {
  return {
    code: 'trust-unread',
    severity: 'error',
    confidence: 'Unknown',
    category: 'Reach',
    cluster,
    message: `${what}: ${messageOf(cluster, message)}`,
    remedy: hint ?? 'look again when the cluster answers',
    evidence: seen(message, `API server of ${cluster}`, at),
  };
}
