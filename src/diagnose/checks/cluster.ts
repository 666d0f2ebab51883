import type { IsthmusError } from '../../base/error.ts';
import type { Finding } from '../../base/finding.ts';
import { otherMeshRemedy } from '../../base/other-mesh.ts';
import { type Remedy, remedy, run } from '../../base/remedy.ts';
import { messageOf, type Reading, seen } from '../facts/reading.ts';
import type { ClusterFacts, StatusPart, VersionedProxy } from '../facts/status.ts';
import { controlPlaneFindings, gatewayFindings } from './control-plane.ts';
import { peerFindings } from './peers.ts';
import { kubernetesFindings, proxyVersionFindings } from './versions.ts';

/** Everything in one cluster that is not as the mesh wants it. */
export function clusterFindings(
  facts: ClusterFacts,
  proxies: readonly VersionedProxy[],
  reading: Reading,
): readonly Finding[] {
  return [
    ...unreadPartFindings(facts, reading),
    ...controlPlaneFindings(facts, reading),
    ...gatewayFindings(facts, reading),
    ...peerFindings(facts, reading),
    ...intermediateFindings(facts, reading),
    ...injectionFindings(facts, reading),
    ...mtlsFindings(facts, reading),
    ...kubernetesFindings(facts, reading),
    ...proxyVersionFindings(facts, proxies, reading),
  ];
}

/** A cluster that belongs to another mesh than the declared one; `holds`: the mesh that its istiod's label names. */
export function meshFindings(
  { cluster, holds, mesh }: { readonly cluster: string; readonly holds: string | undefined; readonly mesh: string },
  { at }: Pick<Reading, 'at'>,
): readonly Finding[] {
  if (holds === undefined || holds === mesh) return [];
  return [
    {
      code: 'mesh-differs',
      severity: 'error',
      category: 'Config',
      cluster,
      message: `it holds mesh ${holds}, and the Mesh is called ${mesh}`,
      remedy: otherMeshRemedy(holds),
      evidence: seen(`it carries the label isthmus.dev/mesh=${holds}`, `${cluster}: Deployment istiod`, at),
    },
  ];
}

/** Days before its end from which an intermediate is reported: an apply renews it much earlier. */
const noticeMs = 30 * 24 * 3_600_000;

/** What is wrong with the intermediate that a cluster's istiod signs with. */
export function intermediateFindings(
  { cluster, certificate, istiod }: Pick<ClusterFacts, 'cluster' | 'certificate' | 'istiod'>,
  { at }: Reading,
): readonly Finding[] {
  if (certificate === null) return [];
  const source = `${istiod?.runsIn ?? cluster}: Secret cacerts`;
  if (certificate === undefined) {
    return [
      {
        code: 'trust-bundle',
        severity: 'error',
        category: 'Trust',
        cluster,
        message: 'no readable intermediate in cacerts',
        remedy: remedy`look at ${run('trust')}; where there is no Secret cacerts, ${run('apply')} makes it`,
        evidence: seen('it is missing, or holds no certificate with its root', source, at),
      },
    ];
  }
  const { notAfter } = certificate;
  const left = Date.parse(notAfter) - Date.parse(at);
  if (left >= noticeMs) return [];
  return [
    {
      code: 'trust-expiry',
      severity: left <= 0 ? 'error' : 'warning',
      category: 'Trust',
      cluster,
      message: `the intermediate ${left <= 0 ? 'ended' : 'ends'} on ${notAfter}`,
      remedy: renewIntermediate(certificate.isTheirs ?? false),
      evidence: seen(`its intermediate is valid until ${notAfter}`, source, at),
    },
  ];
}

/** An apply renews an intermediate of ours; one that someone else made is left to them. */
export function renewIntermediate(isTheirs: boolean): Remedy {
  if (!isTheirs) return remedy`renew it with ${run('apply')}`;
  return 'have it renewed by whoever made the Secret cacerts (cert-manager, for one, does so by itself): an apply leaves it as it is';
}

/** Namespaces that are to be injected and are not. */
export function injectionFindings(
  { cluster, injectNamespaces }: Pick<ClusterFacts, 'cluster' | 'injectNamespaces'>,
  { at }: Reading,
): readonly Finding[] {
  return (injectNamespaces ?? [])
    .filter(({ labelled }) => !labelled)
    .map(({ name }) => ({
      code: 'injection-label',
      severity: 'error',
      category: 'Config',
      cluster,
      message: `namespace ${name} is not labelled for injection`,
      remedy: remedy`label it with ${run('apply')}, then restart its workloads`,
      fix: [run('apply')],
      evidence: seen('it does not exist, or its labels choose another revision', `${cluster}: Namespace ${name}`, at),
    }));
}

/** Mutual TLS is what gateways between networks pass on: without it nobody of another network is answered. */
export function mtlsFindings(
  { cluster, mtlsDisabledBy }: Pick<ClusterFacts, 'cluster' | 'mtlsDisabledBy'>,
  { at }: Reading,
): readonly Finding[] {
  if (mtlsDisabledBy === undefined || mtlsDisabledBy === null) return [];
  return [
    {
      code: 'mtls-disabled',
      severity: 'error',
      category: 'Policy',
      cluster,
      message: `${mtlsDisabledBy} disables mutual TLS in the whole cluster: requests from other networks fail`,
      remedy: 'delete it, or set its spec.mtls.mode to PERMISSIVE or STRICT',
      evidence: seen('spec.mtls.mode is DISABLE, and it has no selector', `${cluster}: ${mtlsDisabledBy}`, at),
    },
  ];
}

const partNames: Readonly<Record<StatusPart, string>> = {
  ControlPlane: 'its istiod',
  Gateway: 'its east-west gateway',
  Intermediate: 'its intermediate',
  IstiodView: 'what its istiod reads',
  MeshPolicy: 'whether mutual TLS is on',
  Namespaces: 'its namespaces',
  Proxies: 'its proxies',
  ProxyPods: 'its pods with a proxy',
  RemoteSecrets: 'its remote secrets',
  Shifts: 'whether a shift is under way',
  Version: 'its version',
};

const longest = 200;

function shortened(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** What of a cluster could not be read: one finding for each reason, with all that it leaves unknown. */
export function unreadPartFindings(
  { cluster, unread }: Pick<ClusterFacts, 'cluster' | 'unread'>,
  { at }: Pick<Reading, 'at'>,
): readonly Finding[] {
  const byReason = Map.groupBy(unread, ({ error: { message } }) => message);
  return [...byReason].map(([message, parts]) => {
    const names = parts.map(({ part }) => partNames[part]).toSorted();
    return {
      code: 'cluster-part-unread',
      severity: 'warning',
      confidence: 'Unknown',
      category: 'Reach',
      cluster,
      message: `unknown: ${names.join(', ')}: ${shortened(messageOf(cluster, message))}`,
      remedy: parts[0]?.error.remedy ?? 'have it allowed or repaired, and look again',
      evidence: seen(message, `API server of ${cluster}`, at),
    };
  });
}

/** A cluster of which nothing could be read: what is unknown is not healthy. */
export function unreadFinding(
  cluster: string,
  { message, remedy: hint }: Pick<IsthmusError, 'message' | 'remedy'>,
  at: string,
): Finding {
  return {
    code: 'cluster-unread',
    severity: 'error',
    confidence: 'Unknown',
    category: 'Reach',
    cluster,
    message: `nothing is known of it: ${messageOf(cluster, message)}`,
    remedy: hint ?? 'look again when the cluster answers',
    evidence: seen(message, `API server of ${cluster}`, at),
  };
}
