import type { Finding } from '../../base/finding.ts';
import { remember } from '../../base/memo.ts';
import { remedy, repeat } from '../../base/remedy.ts';
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
export function unknownFlows(tally: UnknownTally, { unread = {} }: Snapshot): readonly UnknownFlows[] {
  const counted = [...tally.values()]
    .toSorted((a, b) => b.flows - a.flows)
    .map(({ open, flows, services, callers }) => {
      const { share: _, ...finding } = traceFinding(open.code, open.explanation, 100);
      return { finding, flows, services: [...services].sort(), callers: [...callers].sort() };
    });
  const uncounted = Object.entries(unread).map(([cluster, why]) => ({
    finding: unreadFinding(cluster, why),
    flows: 0,
    services: [],
    callers: [],
  }));
  return [...counted, ...uncounted];
}

function unreadFinding(cluster: string, why: string): Finding {
  return {
    code: 'cluster-unread',
    severity: 'warning',
    confidence: 'Unknown',
    cluster,
    message: `${cluster} was not read (${why}): requests of its callers are not in the comparison`,
    remedy: remedy`have its API server answer and the right to read it granted, then ${repeat()}`,
  };
}
