import { type ConditionReason, pausedAnnotation } from '../api/mesh-cluster-status.ts';
import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import { partsOf } from '../base/remedy.ts';
import type { ServiceName } from '../engine/options.ts';
import type { ApplyReport } from '../report/apply.ts';
import type { ReportedError } from '../report/error.ts';
import type { PlannedChange, PlanReport } from '../report/plan.ts';
import { accessReason, errorText } from './observations.ts';

/** What a reconcile of one cluster came to. */
export interface Outcome {
  readonly at: number;
  readonly result: 'AsDeclared' | 'Differs';
  readonly reason: ConditionReason;
  readonly message: string;
  /** Requests that changed something. */
  readonly writes: number;
  /** Fields that others had changed, as `Deployment istio-system/istiod: spec.replicas, set by hpa`. */
  readonly restored: readonly string[];
  /** The same again cannot help: a document or a person has to change something first. */
  readonly waitsForChange: boolean;
  /** The cluster holds objects that are no longer declared, which another one may still use. */
  readonly keeps?: boolean;
  /** What keeps the trust of the mesh from being made or used, where that is the reason. */
  readonly trust?: { readonly reason: ConditionReason; readonly message: string };
}

/** The changes of one cluster, or why it could not be planned. */
export type ClusterChanges =
  | {
      readonly state: 'Planned';
      readonly changes: readonly PlannedChange[];
      readonly deletions: number;
      /** It holds objects that are no longer declared. */
      readonly keeps: boolean;
      readonly guard: Guard;
    }
  | { readonly state: 'Failed'; readonly error: ReportedError };

interface Guard {
  readonly verdict: 'Allowed' | 'OverLimit' | 'KindHalved' | 'Everything';
  readonly limit: number;
  readonly halved: readonly { readonly kind: string; readonly deletions: number; readonly inventory: number }[];
}

/** What a plan says of one cluster. */
export function changesOf({ clusters }: PlanReport, cluster: string): ClusterChanges {
  const found = clusters.find((one) => one.cluster === cluster);
  if (found?.outcome === 'Planned') {
    const { changes, guard, kept } = found;
    return { state: 'Planned', changes, deletions: guard.deletions, keeps: kept.length > 0, guard };
  }
  if (found?.outcome === 'Failed') return { state: 'Failed', error: found.error };
  throw new Error(`the plan says nothing of ${cluster}`);
}

/** What others changed of ours, as texts that name the object, the field and its managers. */
export function restoredFields(changes: readonly PlannedChange[]): readonly string[] {
  return changes.flatMap(({ ref, drift }) =>
    drift.map(({ field, managers }) => {
      const object = `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
      return `${object}: ${field}, ${managers.length === 0 ? 'taken away' : `set by ${managers.join(', ')}`}`;
    }),
  );
}

export function asDeclared(at: number, { writes, restored }: Pick<Outcome, 'writes' | 'restored'>): Outcome {
  const message = 'The cluster holds what the mesh declares.';
  return { at, result: 'AsDeclared', reason: 'Applied', message, writes, restored, waitsForChange: false };
}

/** The guard of deletions: only a person lifts it. */
export function heldBack(at: number, guard: Guard, deletions: number): Outcome {
  return differs(at, { reason: 'DeletionGuard', message: guardText(guard, deletions), waitsForChange: true });
}

function guardText({ verdict, limit, halved }: Guard, deletions: number): string {
  if (verdict === 'Everything') {
    return 'Every object of the mesh in this cluster would be deleted, which is never done here. Correct the documents, or delete its MeshCluster with spec.deletionPolicy set to Uninstall.';
  }
  const kinds = halved.map((one) => `${one.deletions} of ${one.inventory} ${one.kind}s`).join(', ');
  const what =
    verdict === 'KindHalved'
      ? `${kinds} would be deleted`
      : `${deletions} objects would be deleted and ${limit} may be`;
  return `${what}. Correct the documents, or look at \`isthmus plan --home CONTEXT\` and set spec.maxDelete of the Mesh to ${deletions} until it is done.`;
}

/** Nothing is written; a cluster that is as declared says that it is paused too. */
export function paused(at: number, changes: readonly PlannedChange[]): Outcome {
  const { length } = changes;
  if (length === 0) {
    const message = `The cluster holds what the mesh declares; ${pauseText}.`;
    return { ...asDeclared(at, { writes: 0, restored: [] }), reason: 'Paused', message };
  }
  const differ = length === 1 ? '1 object differs' : `${length} objects differ`;
  const message = `${differ} from what the mesh declares; ${pauseText}.`;
  return differs(at, { reason: 'Paused', message, waitsForChange: true });
}

/** Says of a cluster that is as declared what of it was not compared. */
export function butForPaused(outcome: Outcome, services: readonly ServiceName[]): Outcome {
  if (outcome.result !== 'AsDeclared' || services.length === 0) return outcome;
  const names = services.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
  return { ...outcome, message: `${outcome.message} MeshServices that are paused were left out: ${names}.` };
}

/** Of a MeshService. */
export const pausedServiceText = `Its DestinationRule and VirtualService stay as they are until the annotation ${pausedAnnotation} is taken away`;

const pauseText = `nothing is written until the annotation ${pausedAnnotation} is taken away`;

/** What an apply did to one cluster. */
export function appliedOutcome(at: number, report: ApplyReport, restored: readonly string[], cluster: string): Outcome {
  const found = report.clusters.find((one) => one.cluster === cluster);
  const { writes } = report;
  if (found?.outcome === 'Failed') return { ...failed(at, found.error), writes, restored };
  if (found?.outcome !== 'Applied') throw new Error(`the apply says nothing of ${cluster}`);
  const stuck = found.pruned?.failed ?? [];
  const [lost] = found.unconnected;
  if (lost !== undefined) {
    const message = `The cluster is not connected to ${lost.peer}. ${errorText(lost.error)}`;
    return { ...differs(at, { reason: 'ApplyFailed', message, waitsForChange: false }), writes, restored };
  }
  const [first] = stuck;
  if (first === undefined) return asDeclared(at, { writes, restored });
  const message = `${stuck.length} objects could not be removed, ${first.ref.kind} ${first.ref.name} among them: ${first.reason}.`;
  return { ...differs(at, { reason: 'ApplyFailed', message, waitsForChange: false }), writes, restored };
}

/** Why a plan or an apply could not go on. */
export function failed(at: number, error: ReportedError | IsthmusError): Outcome {
  const { code } = error;
  const message = findingsText(error) ?? errorText(error as ReportedError);
  if (code === 'root-key-missing') {
    const trust = { reason: 'IssuerMissing', message } as const;
    return { ...differs(at, { reason: 'IssuerMissing', message, waitsForChange: true }), trust };
  }
  if (code === 'trust-invalid') {
    const trust = { reason: 'TrustInvalid', message } as const;
    return { ...differs(at, { reason: 'TrustInvalid', message, waitsForChange: true }), trust };
  }
  if (code === 'prune-guard') return differs(at, { reason: 'DeletionGuard', message, waitsForChange: true });
  if (code === 'invalid-config') return differs(at, { reason: 'InvalidDocuments', message, waitsForChange: true });
  if (code === 'lock-held') return differs(at, { reason: 'Reconciling', message, waitsForChange: false });
  const isAccess = code === 'cluster-unreachable' || code === 'authentication-failed' || code === 'access-denied';
  return differs(at, { reason: isAccess ? accessReason(error) : 'ApplyFailed', message, waitsForChange: false });
}

export function failedBy(at: number, thrown: unknown): Outcome {
  return failed(at, asIsthmusError(thrown));
}

/** At most so many findings are in a condition. */
const shownFindings = 5;

function findingsText(error: ReportedError | IsthmusError): string | undefined {
  const findings = 'findings' in error ? error.findings : [];
  if (findings.length === 0) return undefined;
  const shown = findings
    .slice(0, shownFindings)
    .map(({ message, remedy }) => errorText({ message, remedy: [...partsOf(remedy)] }));
  const more = findings.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more are wrong.`] : [])].join(' ');
}

function differs(at: number, rest: Pick<Outcome, 'reason' | 'message' | 'waitsForChange'>): Outcome {
  return { at, result: 'Differs', writes: 0, restored: [], ...rest };
}
