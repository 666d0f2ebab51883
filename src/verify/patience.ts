import type { ProbeTarget } from '../probe/protocol.ts';
import type { ClusterRun, RunContext } from './cluster-run.ts';
import type { ClusterState } from './cluster-state.ts';

type Limits = Pick<RunContext, 'podPatienceMs' | 'patienceMs'>;

/**
 * Whether nothing more is to be expected of a cluster's client: it has finished, it cannot start, or every target is
 * measured or has failed for long enough with both ends ready. `now` is monotonic milliseconds.
 */
export function isOver(run: ClusterRun, runs: readonly ClusterRun[], at: Limits & { readonly now: number }): boolean {
  const { problem, complete, clientPod, podsCreatedAt, sidecarReadyAt, planned, targets } = run.state;
  if (problem !== undefined || complete || clientPod.failed) return true;
  if (podsCreatedAt === undefined) return false;
  if (sidecarReadyAt === undefined) return at.now - podsCreatedAt > at.podPatienceMs;
  return planned.every(
    (target) => targets.get(target.service)?.state === 'Result' || isGivenUp({ target, sidecarReadyAt, runs, ...at }),
  );
}

interface Question extends Limits {
  readonly target: ProbeTarget;
  readonly sidecarReadyAt: number;
  readonly runs: readonly ClusterRun[];
  readonly now: number;
}

function isGivenUp({ target, sidecarReadyAt, runs, podPatienceMs, patienceMs, now }: Question): boolean {
  const names = new Set(target.groups.flat());
  const servers = runs.filter(({ member }) => names.has(member.name)).map(({ state }) => state);
  if (servers.some((server) => willNeverServe(server, podPatienceMs, now))) return true;
  const readyAt = Math.max(
    sidecarReadyAt,
    ...servers.map(({ serverReadyAt = Number.POSITIVE_INFINITY }) => serverReadyAt),
  );
  // Where pods are slow to start, requests and what istiod tells of them are slow too.
  const startedIn = readyAt - Math.min(...servers.map(({ podsCreatedAt = readyAt }) => podsCreatedAt));
  return now - readyAt > Math.max(patienceMs, startedIn);
}

function willNeverServe(state: ClusterState, podPatienceMs: number, now: number): boolean {
  const { problem, server, serverReadyAt, podsCreatedAt } = state;
  if (problem !== undefined || server.failed) return true;
  if (serverReadyAt !== undefined || podsCreatedAt === undefined) return false;
  return now - podsCreatedAt > podPatienceMs;
}
