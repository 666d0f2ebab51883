import type { MeshClusterStatus } from '../api/mesh-cluster-status.ts';
import type { ClusterStatus } from '../report/status.ts';
import { type Absence, absenceIn } from './absence.ts';
import { remembered } from './judge.ts';
import { type Observations, observationsOf } from './observations.ts';
import type { Outcome } from './outcome.ts';

/** What is remembered of a cluster from one turn to the next; the status of its document is what outlives the process. */
export interface ClusterMemory {
  looks: readonly Observations[];
  latest: ClusterStatus | undefined;
  /** How the last reconcile for these documents ended. */
  outcome: Outcome | undefined;
  /** The documents that the outcome is about, as a text. */
  declared: string;
  isReconciling: boolean;
  /** As it was written last. */
  written: MeshClusterStatus;
  /** When it was written last, in milliseconds since the epoch. */
  writtenAt: number;
  restorations: readonly Restoration[];
  /** What the others do about it while it is not reached. */
  absence: Absence;
}

/** A field that was put back to what the mesh declares. */
export interface Restoration {
  readonly at: number;
  /** `Deployment istio-system/istiod: spec.replicas, set by hpa` */
  readonly what: string;
}

export function newMemory(written: MeshClusterStatus): ClusterMemory {
  return {
    looks: [],
    latest: undefined,
    outcome: undefined,
    declared: '',
    isReconciling: false,
    written,
    writtenAt: 0,
    restorations: [],
    absence: absenceIn(written),
  };
}

/** Adds what a look found, and forgets what is older than the last looks that count. */
export function noteLook(memory: ClusterMemory, status: ClusterStatus, at: number): void {
  memory.latest = status;
  memory.looks = [...memory.looks, observationsOf(status, at)].slice(-remembered);
}

const fightMs = 600_000;
/** Put back so often within ten minutes, it is someone else's will and no accident. */
const fightFrom = 3;

export function noteOutcome(memory: ClusterMemory, outcome: Outcome): void {
  memory.outcome = outcome;
  const recent = memory.restorations.filter(({ at }) => outcome.at - at <= fightMs);
  memory.restorations = [...recent, ...outcome.restored.map((what) => ({ at: outcome.at, what }))];
}

/** What someone else keeps setting, each once. */
export function foughtOver({ restorations }: Pick<ClusterMemory, 'restorations'>, now: number): readonly string[] {
  const recent = restorations.filter(({ at }) => now - at <= fightMs);
  const byField = Map.groupBy(recent, ({ what }) => what);
  return [...byField].filter(([, times]) => times.length >= fightFrom).map(([what]) => what);
}

/** What was found so far is about other documents, where these differ. */
export function noteDocuments(memory: ClusterMemory, declared: string): void {
  if (memory.declared === declared) return;
  memory.declared = declared;
  memory.outcome = undefined;
}
