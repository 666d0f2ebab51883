import type { Finding } from '../../../base/finding.ts';
import { valueAt } from '../../../base/json.ts';
import { restart } from '../../../base/remedy.ts';
import { type Advisory, advisoriesFor, advisoryText } from '../../../istio/advisories.ts';
import { istioNamespace } from '../../../istio/names.ts';
import type { HeldFacts, MeshObjects } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';

/**
 * An istiod that calls a peer synced and holds nothing of it, or what was there before: registries that were swapped for
 * a new token have been seen to lose all endpoints of a cluster, or its gateways, and to follow it no longer, until istiod
 * was restarted.
 */
export function peerEndpointFindings(mesh: MeshObjects): readonly Finding[] {
  return mesh.held.flatMap((held): readonly Finding[] => {
    const peer = mesh.members.find(({ cluster }) => cluster === held.peer);
    if (!held.isSynced || peer === undefined || hidesNamespaces(mesh, held.cluster)) return [];
    const { served, missing, overdue } = held;
    // One that is on its way is no finding: Kubernetes and istiod tell of it at different times.
    if (served > 0 && missing === served) {
      return [finding(held, mesh, { words: `holds none of the ${served} endpoints that its Services have` })];
    }
    if (overdue > 0) {
      const words = `lacks ${overdue} of the ${served} endpoints that its Services have, for more than a minute`;
      return [finding(held, mesh, { words })];
    }
    const reader = mesh.members.find(({ cluster }) => cluster === held.cluster);
    const isAcross = reader !== undefined && reader.network !== peer.network;
    if (!isAcross || held.gateways > 0 || !held.hasAddress) return [];
    const words = 'knows no gateway of it, though its gateway has an address';
    return [finding(held, mesh, { words, lacks: 'Gateways' })];
  });
}

/** discoverySelectors hide namespaces from istiod: what it does not hold may be meant. */
function hidesNamespaces({ istiods }: MeshObjects, cluster: string): boolean {
  const selectors = valueAt(istiods.find((one) => one.cluster === cluster)?.meshConfig, ['discoverySelectors']);
  return Array.isArray(selectors) && selectors.length > 0;
}

interface Lack {
  readonly words: string;
  /** Left out, endpoints. */
  readonly lacks?: Advisory['lacks'];
}

/** Of an istiod that does it by what is known of its version, that is evidence too; its version alone is none. */
function finding(held: HeldFacts, { members, readAt }: MeshObjects, { words, lacks = 'Endpoints' }: Lack): Finding {
  const { cluster, peer, pod, version = '' } = held;
  const known = advisoriesFor(version).filter((advisory) => advisory.lacks === lacks);
  const { context = cluster } = members.find((one) => one.cluster === cluster) ?? {};
  const restarted = restart({ cluster, context }, istioNamespace, 'deployment/istiod');
  return {
    code: 'peer-endpoints',
    severity: 'error',
    category: 'Discovery',
    cluster,
    peer,
    message: `istiod ${pod} calls ${peer} synced and ${words}`,
    remedy: ['restart istiod, and look at its log where that does not help: ', restarted],
    fix: [restarted],
    evidence: [
      ...seen(words, `${cluster}: istiod ${pod}`, readAt),
      ...known.flatMap((advisory) => seen(advisoryText(version, advisory), 'release notes of Istio', readAt)),
    ],
  };
}
