import type { Finding } from '../../../base/finding.ts';
import { messageOf, type Reading, seen } from '../../facts/reading.ts';
import type { ClusterFacts, StatusPart } from '../../facts/status.ts';

const partNames: Readonly<Record<StatusPart, string>> = {
  ControlPlane: 'its istiod',
  Gateway: 'its east-west gateway',
  Ingress: 'its ingress gateway',
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
