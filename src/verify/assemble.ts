import { pairsOf } from './checks.ts';
import type { ClusterFacts, RunFacts } from './facts.ts';
import { judgePair } from './judge-pair.ts';
import { judgeShared } from './judge-shared.ts';
import type { ClusterResult, PairResult, SharedResult, VerifyReport } from './report.ts';

/** What the report says besides the judgements. */
export interface ReportFrame {
  readonly mesh: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly firstCrossClusterMs: number | null;
  readonly clusters: readonly ClusterResult[];
}

/** The report of a run: every pair and every caller of the shared service judged. */
export function assembleReport(run: RunFacts, frame: ReportFrame): VerifyReport {
  const pairs = pairResults(run);
  const shared: SharedResult[] = run.clusters.length < 2 ? [] : run.clusters.map((from) => judgeShared(run, from));
  const checks = [...pairs, ...shared];
  const passed = checks.filter(({ ok }) => ok).length;
  return {
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'VerifyReport',
    mesh: frame.mesh,
    trustDomain: run.trustDomain,
    namespace: run.namespace,
    startedAt: frame.startedAt,
    durationMs: frame.durationMs,
    firstCrossClusterMs: frame.firstCrossClusterMs,
    ok: passed === checks.length,
    passed,
    total: checks.length,
    clusters: frame.clusters,
    pairs,
    shared,
  };
}

function pairResults(run: RunFacts): PairResult[] {
  const byName = new Map<string, ClusterFacts>(run.clusters.map((cluster) => [cluster.member.name, cluster]));
  return pairsOf(run.clusters.map(({ member }) => member)).flatMap((pair) => {
    const from = byName.get(pair.from.name);
    const to = byName.get(pair.to.name);
    return from === undefined || to === undefined ? [] : [judgePair(run, from, to)];
  });
}
