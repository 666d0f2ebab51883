import type { IsthmusError } from '../../../base/error.ts';
import type { Finding, Severity } from '../../../base/finding.ts';
import { allOf, option, type Remedy, remedy, runOn, set } from '../../../base/remedy.ts';
import { messageOf, seen } from '../../facts/reading.ts';

/** An attempt to reach an API server from a pod of another cluster. */
export interface ReachAttempt {
  /** The cluster that joins, which the findings are about. */
  readonly joining: string;
  /** The cluster of the pod. */
  readonly from: string;
  /** The cluster of the API server, and its address. */
  readonly to: string;
  readonly server: string;
  /** RFC 3339. */
  readonly at: string;
}

/** `Loopback`: the address means every machine itself, so that no pod is needed to tell. */
export type ReachOutcome = 'Loopback' | 'NotReached' | 'Reached' | 'Untrusted';

/** What an attempt says of the istiod that has to go the same way. */
export function reachFindings(attempt: ReachAttempt, outcome: ReachOutcome, detail: string): readonly Finding[] {
  const { from, to, server } = attempt;
  const address = set('spec.peerServer', { kind: 'MeshCluster', name: to });
  const hint = remedy`istiod in ${from} reads ${to} through it: ${address} to an address that pods of ${from} reach and its certificate names`;
  switch (outcome) {
    case 'Reached':
      return [];
    case 'Loopback': {
      const message = `${from} is to reach the API server of ${to} at ${server}, which means every machine itself`;
      const own = remedy`${address} to the address that pods of ${from} reach it by`;
      return [unreachable(attempt, 'error', message, own)];
    }
    case 'Untrusted': {
      const message = `pods of ${from} find another certificate at ${server}, the API server of ${to}: ${detail}`;
      const authority = set('spec.peerCertificateAuthority', { kind: 'MeshCluster', name: to });
      const proxied = allOf([
        hint,
        remedy`where something in between ends TLS, ${authority} to the CA of its certificate`,
      ]);
      return [unreachable(attempt, 'error', message, proxied)];
    }
    case 'NotReached': {
      const message = `pods of ${from} do not reach the API server of ${to} at ${server}: ${detail}`;
      const network = `where that is its address, see what between the two clusters keeps packets out`;
      return [unreachable(attempt, 'error', message, allOf([hint, network]))];
    }
  }
}

/** An attempt that could not be made. */
export function untestedReach(
  { joining, from, at }: Pick<ReachAttempt, 'joining' | 'from' | 'at'>,
  reason: string,
): Finding {
  return {
    code: 'join-unreachable',
    severity: 'warning',
    category: 'Reach',
    cluster: joining,
    message: `it is unknown whether pods of ${from} reach the API server they need: ${reason}`,
    remedy: remedy`see why the pod does not run; the test needs the image of Isthmus, which a build from source has to load into the nodes (docs/image.md), and ${option('probeImage')} names a copy that the cluster can pull`,
    evidence: seen(reason, `throw-away pod in ${from}`, at),
  };
}

/** A member that could not be read, and why, so that the joining cluster was not compared with it. */
export interface SilentMember {
  readonly name: string;
  readonly error: Pick<IsthmusError, 'code' | 'message' | 'remedy'>;
}

/** What is not known of the joining cluster because a member could not be read; `at` is RFC 3339. */
export function silentMember(joining: string, { name, error }: SilentMember, at: string): Finding {
  const again = remedy`then check again: ${runOn(joining, 'join', { check: true })}`;
  return {
    code: 'join-unreachable',
    severity: 'warning',
    category: 'Reach',
    cluster: joining,
    message: `nothing could be compared with ${name}: ${messageOf(name, error.message)}`,
    remedy: allOf([error.remedy ?? `see why the API server of ${name} does not answer`, again]),
    evidence: seen(`${error.message} [${error.code}]`, `API server of ${name}`, at),
  };
}

function unreachable({ joining, from, at }: ReachAttempt, severity: Severity, message: string, hint: Remedy): Finding {
  const evidence = seen(message, `throw-away pod in ${from}`, at);
  return { code: 'join-unreachable', severity, category: 'Reach', cluster: joining, message, remedy: hint, evidence };
}
