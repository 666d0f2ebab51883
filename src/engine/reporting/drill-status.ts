import type { IsthmusError } from '../../base/error.ts';
import type { DrillState } from '../../drill/state.ts';
import type { DrillStatus, DrillState as ReportedState } from '../../report/drill-status.ts';
import { apiVersion } from '../../report/schema.ts';
import { reportedError } from './error.ts';

/** What was read of one cluster. */
export interface ClusterDrill {
  readonly cluster: string;
  /** Undefined where there is none. */
  readonly read: DrillState | IsthmusError | undefined;
}

export interface DrillsReading {
  readonly mesh: string;
  /** Milliseconds since the epoch. */
  readonly readAt: number;
  readonly clusters: readonly ClusterDrill[];
}

export function drillStatusReport({ mesh, readAt, clusters }: DrillsReading): DrillStatus {
  const unread = clusters.flatMap(({ cluster, read }) =>
    read instanceof Error ? [{ cluster, error: reportedError(read) }] : [],
  );
  const drills = clusters.flatMap(({ cluster, read }) =>
    read === undefined || read instanceof Error || read.mesh !== mesh ? [] : [stateOf(cluster, read)],
  );
  const isLost = drills.some(({ phase }) => phase === 'Repairing');
  const verdict = isLost ? 'No' : unread.length > 0 ? 'Unknown' : 'Yes';
  return {
    apiVersion,
    kind: 'DrillStatus',
    mesh,
    readAt: new Date(readAt).toISOString(),
    ok: verdict === 'Yes',
    verdict,
    drills,
    unread,
  };
}

function stateOf(
  cluster: string,
  { phase, fault, refs, holder, brokenAt, endsAt, undoneAt }: DrillState,
): ReportedState {
  const timeOf = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
  return {
    cluster,
    phase,
    fault: fault ?? null,
    objects: refs,
    holder: holder ?? null,
    brokenAt: timeOf(brokenAt),
    endsAt: timeOf(endsAt),
    undoneAt: new Date(undoneAt).toISOString(),
  };
}
