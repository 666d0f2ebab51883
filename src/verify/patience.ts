import type { ProbeTarget } from '../probe/protocol.ts';
import type { ClusterRun, RunContext } from './cluster-run.ts';

type Limits = Pick<RunContext, 'podPatienceMs' | 'patienceMs'>;

/**
 * Whether nothing more is to be expected of a cluster's client: it has finished, it cannot start, or every target is
 * measured or has failed for long enough with both ends ready. `now` is monotonic milliseconds.
 */
export function isOver(run: ClusterRun, runs: readonly ClusterRun[], at: Limits & { readonly now: number }): boolean {
  if (run.problem !== undefined || run.complete || run.clientPod.failed) return true;
  if (run.podsCreatedAt === undefined) return false;
  if (run.sidecarReadyAt === undefined) return at.now - run.podsCreatedAt > at.podPatienceMs;
  const { sidecarReadyAt } = run;
  return run.planned.every(
    (target) =>
      run.targets.get(target.service)?.state === 'Result' || isGivenUp({ target, sidecarReadyAt, runs, ...at }),
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
  const servers = runs.filter(({ member }) => names.has(member.name));
  if (servers.some((server) => willNeverServe(server, podPatienceMs, now))) return true;
  const readyAt = Math.max(
    sidecarReadyAt,
    ...servers.map(({ serverReadyAt = Number.POSITIVE_INFINITY }) => serverReadyAt),
  );
  // Where pods are slow to start, requests and what istiod tells of them are slow too.
  const startedIn = readyAt - Math.min(...servers.map(({ podsCreatedAt = readyAt }) => podsCreatedAt));
  return now - readyAt > Math.max(patienceMs, startedIn);
}

function willNeverServe(run: ClusterRun, podPatienceMs: number, now: number): boolean {
  if (run.problem !== undefined || run.server.failed) return true;
  if (run.serverReadyAt !== undefined || run.podsCreatedAt === undefined) return false;
  return now - run.podsCreatedAt > podPatienceMs;
}
