import type { ConditionReason, ConditionType } from '../api/mesh-cluster-status.ts';
import type { ReportedError } from '../report/error.ts';
import type { Finding } from '../report/finding.ts';
import type { ClusterStatus, ReachableStatus } from '../report/status.ts';
import type { Observation } from './judge.ts';
import { remedyText } from './remedy-text.ts';

/** The sides of a cluster that a status report tells. */
export type LookedAt = Extract<
  ConditionType,
  'Reachable' | 'TrustReady' | 'ControlPlaneReady' | 'GatewayReady' | 'Discovered' | 'DataPath'
>;

export type Observations = Readonly<Record<LookedAt, Observation>>;

type Seen = Omit<Observation, 'at'>;

/** What one status of a cluster says of each side of it. */
export function observationsOf(status: ClusterStatus, at: number): Observations {
  const lost = lossOf(status);
  const seen = lost === undefined ? sidesOf(status as ReachableStatus) : unknownBut(lost);
  return Object.fromEntries(
    Object.entries(seen).map(([type, one]) => [type, { ...one, at }]),
  ) as unknown as Observations;
}

/** Why nothing is known of a cluster: it does not answer, or no longer does for a part of the look. */
function lossOf(status: ClusterStatus): ReportedError | undefined {
  if (!status.reachable) return status.error;
  return status.unread.find(({ error }) => error.code === 'cluster-unreachable')?.error;
}

/** Why a cluster is not reached, as a reason. */
export function accessReason({ code }: Pick<ReportedError, 'code'>): ConditionReason {
  switch (code) {
    case 'authentication-failed':
      return 'CredentialRefused';
    case 'access-denied':
      return 'AccessDenied';
    case 'not-found':
    case 'invalid-kubeconfig':
    case 'invalid-config':
    case 'context-not-found':
      return 'AccessMissing';
    default:
      return 'Unreachable';
  }
}

function unknownBut(error: ReportedError): Readonly<Record<LookedAt, Seen>> {
  const reason = accessReason(error);
  const message = errorText(error);
  const unknown: Seen = {
    finding: 'Unknown',
    reason,
    message: `Not known, because the cluster is not reached. ${message}`,
  };
  return {
    Reachable: { finding: 'Bad', reason, message },
    TrustReady: unknown,
    ControlPlaneReady: unknown,
    GatewayReady: unknown,
    Discovered: unknown,
    DataPath: unknown,
  };
}

function sidesOf(status: ReachableStatus): Readonly<Record<LookedAt, Seen>> {
  return {
    Reachable: good('The API server answers.'),
    TrustReady: trustOf(status),
    ControlPlaneReady: controlPlaneOf(status),
    GatewayReady: gatewayOf(status),
    Discovered: discoveredOf(status),
    DataPath: dataPathOf(status),
  };
}

function good(message: string, reason: ConditionReason = 'Confirmed'): Seen {
  return { finding: 'Good', reason, message };
}

/** A side that is good unless a finding or an unread part says otherwise. */
function unless(status: ReachableStatus, side: LookedAt, { parts, reason, otherwise }: Unless): Seen {
  const findings = status.findings.filter((one) => sideOf(one) === side && one.severity !== 'info');
  const known = findings.filter(({ confidence, severity }) => confidence !== 'Unknown' && severity === 'error');
  if (known.length > 0) return { finding: 'Bad', reason: reason(known), message: known.map(findingText).join(' ') };
  const unread = status.unread.find(({ part }) => parts.includes(part));
  if (unread !== undefined) return { finding: 'Unknown', reason: 'Unread', message: errorText(unread.error) };
  const warnings = findings.map(findingText);
  return warnings.length === 0 ? otherwise : { ...otherwise, message: [otherwise.message, ...warnings].join(' ') };
}

interface Unless {
  /** The parts of the status that tell of it. */
  readonly parts: readonly string[];
  readonly reason: (findings: readonly Finding[]) => ConditionReason;
  readonly otherwise: Seen;
}

function trustOf(status: ReachableStatus): Seen {
  const { certificate } = status;
  return unless(status, 'TrustReady', {
    parts: ['Intermediate'],
    reason: (findings) => {
      if (certificate === undefined) return 'NoCertificate';
      return findings.some(({ code }) => code === 'trust-expiry') ? 'CertificateEnding' : 'TrustInvalid';
    },
    otherwise: good(
      certificate ? `The intermediate is valid until ${certificate.notAfter}.` : 'Nothing is wrong with it.',
    ),
  });
}

function controlPlaneOf(status: ReachableStatus): Seen {
  const { istiod } = status;
  return unless(status, 'ControlPlaneReady', {
    parts: ['ControlPlane', 'Proxies', 'Namespaces'],
    reason: () => {
      if (istiod === null) return 'FindingsFound';
      if (!istiod.exists) return 'IstiodMissing';
      return istiod.complete && istiod.stalled === undefined ? 'FindingsFound' : 'IstiodNotReady';
    },
    otherwise: good(
      istiod ? `istiod runs in ${istiod.runsIn}, ${istiod.available} of ${istiod.wanted} pods.` : 'istiod runs.',
    ),
  });
}

function gatewayOf(status: ReachableStatus): Seen {
  const { gateway } = status;
  if (gateway === undefined) return good('The mesh needs no east-west gateway here.', 'OneNetwork');
  return unless(status, 'GatewayReady', {
    parts: ['Gateway'],
    reason: () => {
      if (gateway === null || !gateway.exists) return 'GatewayMissing';
      return gateway.complete
        ? gateway.address === undefined
          ? 'GatewayWithoutAddress'
          : 'FindingsFound'
        : 'GatewayNotReady';
    },
    otherwise: good(
      gateway?.address === undefined ? 'The gateway is whole.' : `The gateway is whole, at ${gateway.address}.`,
    ),
  });
}

function discoveredOf(status: ReachableStatus): Seen {
  const { peers } = status;
  const read = peers.filter(({ answers }) => answers === 'Yes').length;
  const unknown = peers.find(({ answers }) => answers === 'Unknown');
  const otherwise: Seen =
    unknown === undefined
      ? good(`istiod reads ${read} of ${peers.length} peers.`)
      : { finding: 'Unknown', reason: 'Unread', message: `Whether ${unknown.peer} answers istiod is not known.` };
  return unless(status, 'Discovered', {
    parts: ['RemoteSecrets', 'IstiodView'],
    reason: () => (peers.some(({ configured }) => configured === false) ? 'PeerNotConfigured' : 'PeerNotRead'),
    otherwise,
  });
}

/** What findings say of it; probes are judged by themselves (paths.ts). */
function dataPathOf(status: ReachableStatus): Seen {
  return unless(status, 'DataPath', {
    parts: [],
    reason: () => 'FindingsFound',
    otherwise: {
      finding: 'Unknown',
      reason: 'NotProbed',
      message:
        'No request is sent to prove it, because `spec.probe` is Off or there is no other cluster; `isthmus verify` sends some.',
    },
  });
}

/** Which side of a cluster a finding is about. */
function sideOf({ code, category }: Finding): LookedAt | undefined {
  if (code.startsWith('control-plane')) return 'ControlPlaneReady';
  if (code.startsWith('gateway')) return 'GatewayReady';
  switch (category) {
    case 'Trust':
    case 'Security':
      return 'TrustReady';
    case 'Discovery':
      return 'Discovered';
    case 'Network':
    case 'DataPath':
    case 'Policy':
      return 'DataPath';
    case 'Config':
    case 'Capacity':
    case 'Lifecycle':
    case undefined:
      return 'ControlPlaneReady';
    case 'Reach':
      return undefined;
  }
}

export function findingText({ message, remedy }: Pick<Finding, 'message' | 'remedy'>): string {
  return sentences(message, remedyText(remedy));
}

export function errorText({ message, remedy }: Pick<ReportedError, 'message' | 'remedy'>): string {
  return sentences(message, remedy === undefined ? '' : remedyText(remedy));
}

/** A message and what to do about it, each as a sentence. */
function sentences(message: string, remedy: string): string {
  return [message, remedy]
    .filter((text) => text !== '')
    .map((text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`)
    .join(' ');
}
