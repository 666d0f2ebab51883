import type { Finding } from '../../base/finding.ts';
import { remember } from '../../base/memo.ts';
import { type Remedy, remedy, repeat } from '../../base/remedy.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import { traceFinding } from '../request/finding.ts';
import type { Flow, Open } from './flow.ts';

/** Flows that are not known, all for one reason. */
export interface UnknownFlows {
  /** The reason, and who must allow or repair what. */
  readonly finding: Finding;
  readonly flows: number;
  /** `host:port` */
  readonly services: readonly string[];
  /** The calling clusters. */
  readonly callers: readonly string[];
}

interface Counted {
  readonly open: Open;
  flows: number;
  readonly services: Set<string>;
  readonly callers: Set<string>;
}

export type UnknownTally = Map<string, Counted>;

export function addUnknown(tally: UnknownTally, { host, port, caller }: Flow, open: Open): void {
  const key = `${open.code} ${open.explanation}`;
  const none = (): Counted => ({ open, flows: 0, services: new Set<string>(), callers: new Set<string>() });
  const counted = remember(tally, key, none);
  counted.flows += 1;
  counted.services.add(`${host}:${port}`);
  counted.callers.add(caller.cluster);
}

/** What is not known, most flows first; then the clusters of which no flow is known. */
export function unknownFlows(tally: UnknownTally, snapshot: Snapshot): readonly UnknownFlows[] {
  const { unread = {}, hints = {} } = snapshot;
  const counted = [...tally.values()]
    .toSorted((a, b) => b.flows - a.flows)
    .map(({ open, flows, services, callers }) => {
      const { share: _, ...finding } = traceFinding(open.code, open.explanation, 100, { remedy: open.hint });
      return { finding, flows, services: [...services].sort(), callers: [...callers].sort() };
    });
  const findings = [
    ...Object.entries(unread).map(([cluster, why]) => unreadFinding(cluster, why, hints[cluster])),
    ...clustersWithoutIstiod(snapshot),
  ];
  return [...counted, ...findings.map((finding) => ({ finding, flows: 0, services: [], callers: [] }))];
}

/** Clusters that no known istiod serves, where that is for the Deployments that could not be read. */
function clustersWithoutIstiod({ clusters, istiods, unreadKinds = {} }: Snapshot): readonly Finding[] {
  const unread = Object.entries(unreadKinds).find(([, kinds]) => kinds.Deployment !== undefined);
  if (unread === undefined) return [];
  const served = new Set(istiods.flatMap(({ serves }) => serves));
  const [holder, { Deployment: why }] = unread;
  return clusters.flatMap(({ cluster }): readonly Finding[] => {
    if (served.has(cluster)) return [];
    return [
      {
        code: 'objects-unread',
        severity: 'warning',
        confidence: 'Unknown',
        cluster,
        message: `Which istiod serves cluster ${cluster} is not known: Deployments of ${holder} could not be read (${why}): requests of its callers are not in the comparison`,
        remedy: remedy`have the right to list Deployments granted, then ${repeat()}`,
      },
    ];
  });
}

function unreadFinding(cluster: string, why: string, hint: Remedy | undefined): Finding {
  return {
    code: 'cluster-unread',
    severity: 'warning',
    confidence: 'Unknown',
    cluster,
    message: `${cluster} was not read (${why}): requests of its callers are not in the comparison`,
    remedy: hint ?? remedy`have its API server answer and the right to read it granted, then ${repeat()}`,
  };
}
