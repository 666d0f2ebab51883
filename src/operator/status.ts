import {
  type Condition,
  type ConditionReason,
  type ConditionType,
  conditionTypes,
  type MeshClusterStatus,
  type Phase,
} from '../api/mesh-cluster-status.ts';
import type { ClusterStatus, ReachableStatus } from '../report/status.ts';
import type { AbsenceStage } from './absence.ts';
import { type Judgement, judge, type Observation } from './judge.ts';
import type { LookedAt, Observations } from './observations.ts';
import type { Outcome } from './outcome.ts';

/** All that is known of a cluster when its status is written. */
export interface Knowledge {
  readonly now: number;
  /** What was seen longer ago is not relied on, in milliseconds. */
  readonly staleMs: number;
  readonly generation: number;
  /** The last looks, the latest last. */
  readonly looks: readonly Observations[];
  /** The latest of them as it was reported. */
  readonly latest: ClusterStatus | undefined;
  /** How the last reconcile ended; undefined before the first. */
  readonly outcome: Outcome | undefined;
  readonly isReconciling: boolean;
  readonly isLeaving: boolean;
  /** What the others do about it while it is not reached. */
  readonly absence: AbsenceStage;
  /** What someone else keeps setting; empty where nobody does. */
  readonly foughtOver: readonly string[];
  /** As it was written last. */
  readonly before: MeshClusterStatus;
  /** What probes say; left out where nothing is probed. */
  readonly probed?: Probed | undefined;
  /** Whether its istiods hold what its peers hold; left out where they read none. */
  readonly held?: Judgement | undefined;
  /** Why its istiods are about to lose a peer. */
  readonly istiodCredential?: Judgement | undefined;
  /** Why the operator is about to lose it. */
  readonly ownCredential?: Judgement | undefined;
}

/** What probes say of one cluster. */
export interface Probed {
  /** Whether its requests to its peers are answered; undefined where it sends none. */
  readonly dataPath: Judgement | undefined;
  /** Why its gateway is not reached by a peer. */
  readonly gatewayProblem: Judgement | undefined;
  /** Whether its requests to a peer fail for certain. */
  readonly fails: (peer: string) => boolean;
}

/** The status of a MeshCluster, from what is known and what was written before. */
export function statusOf(known: Knowledge): MeshClusterStatus {
  const judgements = judgementsOf(known);
  const before = new Map((known.before.conditions ?? []).map((one) => [one.type, one]));
  const conditions = conditionTypes.map((type) =>
    conditionOf(type, judgements[type], { known, before: before.get(type) }),
  );
  const reachable = known.latest?.reachable === true ? known.latest : undefined;
  return {
    observedGeneration: known.generation,
    phase: phaseOf(judgements, known),
    ...placeOf(known),
    ...(reachable === undefined ? numbersKept(known.before) : numbersOf(reachable, known)),
    conditions,
  };
}

type Judgements = Readonly<Record<ConditionType, Judgement>>;

function judgementsOf(known: Knowledge): Judgements {
  const { now, staleMs, looks, outcome } = known;
  const before = new Map((known.before.conditions ?? []).map(({ type, status }) => [type, status]));
  const looked = (type: LookedAt): Judgement =>
    judge(
      looks.map((look) => look[type]),
      { now, staleMs, before: before.get(type) },
    );
  const sides = {
    Reachable: looked('Reachable'),
    TrustReady: outcome?.trust === undefined ? looked('TrustReady') : certain(outcome, outcome.trust),
    ControlPlaneReady: looked('ControlPlaneReady'),
    GatewayReady: worse(looked('GatewayReady'), known.probed?.gatewayProblem),
    Discovered: unlessEnding(alsoHeld(looked('Discovered'), known.held), known.istiodCredential),
    DataPath: provedBy(looked('DataPath'), known.probed?.dataPath),
    UpToDate: unlessEnding(upToDate(known), known.ownCredential),
    Drifted: drifted(known),
  };
  return { Available: availableOf(sides, now), ...sides };
}

/** What a look found wrong counts first, then what a peer found wrong. */
function worse(looked: Judgement, problem: Judgement | undefined): Judgement {
  return looked.status === 'False' || problem === undefined ? looked : problem;
}

/** That peers answer istiod is half of it: it has to hold what is there now. */
function alsoHeld(looked: Judgement, held: Judgement | undefined): Judgement {
  if (held === undefined || looked.status !== 'True') return looked;
  if (held.status !== 'False' && looked.reason === 'NotConfirmed') return looked;
  const seen = [looked.seenAt, held.seenAt].filter((at) => at !== undefined);
  const message = held.reason === 'Confirmed' ? `${looked.message} ${held.message}` : held.message;
  return { ...held, message, seenAt: seen.length === 0 ? undefined : Math.min(...seen) };
}

/** What is as it should be, and will not be for long. */
function unlessEnding(judged: Judgement, ending: Judgement | undefined): Judgement {
  return judged.status === 'True' ? (ending ?? judged) : judged;
}

/** Findings can say that the data path is broken, and requests alone that it is not. */
function provedBy(looked: Judgement, probed: Judgement | undefined): Judgement {
  return looked.status === 'False' || probed === undefined ? looked : probed;
}

function certain({ at }: Outcome, { reason, message }: Pick<Judgement, 'reason' | 'message'>): Judgement {
  return { status: 'False', reason, message, seenAt: at };
}

const absent = {
  Drained: 'Nobody reaches the cluster; the others send nothing there until it answers (spec.onUnreachable).',
  Removed:
    'Nobody reaches the cluster; the others are brought to the mesh without it until it answers (spec.onUnreachable).',
} as const;

function upToDate({ outcome, isLeaving, absence }: Knowledge): Judgement {
  if (isLeaving) {
    const isTold = outcome?.reason === 'Leaving' || outcome?.reason === 'LeaveRefused';
    const { reason, message } = isTold
      ? outcome
      : ({ reason: 'Leaving', message: 'The MeshCluster is being deleted.' } as const);
    return { status: 'False', reason, message, seenAt: outcome?.at };
  }
  if (absence !== 'Kept') {
    return { status: 'Unknown', reason: absence, message: absent[absence], seenAt: outcome?.at };
  }
  if (outcome === undefined) {
    const message = 'The cluster was not compared with what the mesh declares yet.';
    return { status: 'Unknown', reason: 'Reconciling', message, seenAt: undefined };
  }
  const { at, result, reason, message } = outcome;
  const isKnown = reason !== 'Unreachable' && reason !== 'CredentialRefused' && reason !== 'AccessMissing';
  return { status: result === 'AsDeclared' ? 'True' : isKnown ? 'False' : 'Unknown', reason, message, seenAt: at };
}

function drifted({ outcome, foughtOver }: Knowledge): Judgement {
  if (outcome === undefined) {
    return { status: 'Unknown', reason: 'NotLooked', message: 'It was not compared yet.', seenAt: undefined };
  }
  if (foughtOver.length > 0) {
    const message = `Somebody keeps changing what the mesh declares, and it is put back more and more rarely: ${foughtOver.join('; ')}. Have them leave it, or set spec.drift to Respect.`;
    return { status: 'True', reason: 'ChangedByOthers', message, seenAt: outcome.at };
  }
  const isCompared = outcome.result === 'AsDeclared' || outcome.reason === 'Paused';
  if (!isCompared) return { status: 'Unknown', reason: outcome.reason, message: outcome.message, seenAt: outcome.at };
  const message = 'Nobody keeps changing what the mesh declares.';
  return { status: 'False', reason: 'NoDrift', message, seenAt: outcome.at };
}

/** All the others are as they should be. A data path that nothing proves counts for nothing. */
function availableOf(sides: Omit<Judgements, 'Available'>, now: number): Judgement {
  const counted = Object.entries(sides).filter(
    ([, { status, reason }]) => !(status === 'Unknown' && reason === 'NotProbed'),
  );
  const wanted = (type: string): 'True' | 'False' => (type === 'Drifted' ? 'False' : 'True');
  const wrong = counted.find(([type, { status }]) => status !== 'Unknown' && status !== wanted(type));
  const unknown = counted.find(([, { status }]) => status === 'Unknown');
  const found = wrong ?? unknown;
  const seen = counted.map(([, { seenAt }]) => seenAt ?? now);
  const seenAt = Math.min(...seen);
  if (found === undefined) {
    return { status: 'True', reason: 'Confirmed', message: 'Everything is as it should be.', seenAt };
  }
  const [type, { reason, message, status }] = found;
  const what = status === 'Unknown' ? `Whether it is ${type} is not known` : `${type} is ${status}`;
  return { status: wrong === undefined ? 'Unknown' : 'False', reason, message: `${what}: ${message}`, seenAt };
}

interface ConditionContext {
  readonly known: Knowledge;
  readonly before: Condition | undefined;
}

const longestMessage = 32_000;

function conditionOf(type: ConditionType, judgement: Judgement, { known, before }: ConditionContext): Condition {
  const { status, reason, message, seenAt } = judgement;
  const isSame = before?.status === status;
  return {
    type,
    status,
    reason,
    message: message.slice(0, longestMessage),
    lastTransitionTime: isSame ? before.lastTransitionTime : timeOf(known.now),
    ...(seenAt === undefined ? {} : { lastProbeTime: timeOf(seenAt) }),
    observedGeneration: known.generation,
  };
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

const failures: ReadonlySet<ConditionReason> = new Set([
  'InvalidDocuments',
  'DeletionGuard',
  'ApplyFailed',
  'IssuerMissing',
  'TrustInvalid',
]);

function phaseOf(judgements: Judgements, { isReconciling, isLeaving, outcome, before }: Knowledge): Phase {
  if (isLeaving) return 'Leaving';
  if (judgements.Reachable.status === 'False') return 'Unreachable';
  if (outcome !== undefined && failures.has(outcome.reason)) return 'Failed';
  if (judgements.Available.status === 'True') return 'Available';
  if (isReconciling) return 'Reconciling';
  if (outcome === undefined) return (before.phase ?? 'Created') === 'Created' ? 'Created' : 'Reconciling';
  return judgements.Available.status === 'False' ? 'Degraded' : 'Reconciling';
}

function placeOf({ latest, before }: Knowledge): Pick<MeshClusterStatus, 'network' | 'controlPlane'> {
  if (latest === undefined) {
    const { network, controlPlane } = before;
    return { ...(network === undefined ? {} : { network }), ...(controlPlane === undefined ? {} : { controlPlane }) };
  }
  const runsIn = latest.reachable ? latest.istiod?.runsIn : undefined;
  const controlPlane = runsIn === undefined ? before.controlPlane : runsIn === latest.cluster ? 'own' : runsIn;
  return { network: latest.network, ...(controlPlane === undefined ? {} : { controlPlane }) };
}

type Numbers = Pick<MeshClusterStatus, 'peers' | 'gateways' | 'ingress' | 'certificateNotAfter' | 'certificateLeft'>;

/** Of a cluster that is not reached the numbers would be a guess; when its certificate ends is still true. */
function numbersKept({ ingress, certificateNotAfter, certificateLeft }: MeshClusterStatus): Numbers {
  const unknown = { peers: '?', gateways: '?', ...(ingress === undefined ? {} : { ingress: '?' }) };
  if (certificateNotAfter === undefined || certificateLeft === undefined) return unknown;
  return { ...unknown, certificateNotAfter, certificateLeft };
}

function numbersOf({ peers, gateway, ingress, certificate }: ReachableStatus, { now, probed }: Knowledge): Numbers {
  const read = peers.filter(({ peer, answers }) => answers === 'Yes' && probed?.fails(peer) !== true).length;
  const isUnknown = peers.some(({ answers }) => answers === 'Unknown');
  const gateways = gateway === undefined ? '-' : gateway === null ? '?' : `${gateway.available}/${gateway.wanted}`;
  const address = ingress === null ? '?' : (ingress?.address ?? '-');
  const shown = {
    peers: `${isUnknown ? '?' : read}/${peers.length}`,
    gateways,
    ...(ingress === undefined ? {} : { ingress: address }),
  };
  if (certificate === undefined || certificate === null) return shown;
  const left = leftText(Date.parse(certificate.notAfter) - now);
  return { ...shown, certificateNotAfter: timeOf(Date.parse(certificate.notAfter)), certificateLeft: left };
}

const hourMs = 3_600_000;

function leftText(ms: number): string {
  if (ms <= 0) return 'ended';
  const hours = Math.floor(ms / hourMs);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

/** Whether two statuses say the same, when each was last seen aside. */
export function saysTheSame(one: MeshClusterStatus, other: MeshClusterStatus): boolean {
  const said = (status: MeshClusterStatus): string =>
    JSON.stringify({ ...status, conditions: status.conditions?.map(({ lastProbeTime: _, ...rest }) => rest) });
  return said(one) === said(other);
}

export type { Observation };
