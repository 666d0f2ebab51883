import { type Finding, type FindingCode, type Verdict, verdictOf } from '../../base/finding.ts';
import type { MeshEvidence } from '../facts/mesh.ts';
import { flowSuspects } from './flow-suspects.ts';
import { type Cause, foldConsequences } from './fold.ts';
import type { PrimaryOf } from './follows.ts';
import { laddersOf, type PairLadder } from './ladder.ts';
import { probedSuspects } from './probed-suspects.ts';
import { suspectOf } from './suspect.ts';

/** This folder says which of a mesh's findings follow from which, from facts alone. */

/** What is wrong with a mesh, each cause once. */
export interface Diagnosis {
  /** Warnings alone leave it at `Yes`. */
  readonly verdict: Verdict;
  readonly causes: readonly Cause[];
  readonly pairs: readonly PairLadder[];
  /** Pairs of a calling cluster and a port of a service; undefined where the model could not be made. */
  readonly flows: { readonly total: number; readonly lost: number; readonly open: number } | undefined;
}

/** Judges what was read of a mesh. The order of the findings in the evidence means nothing. */
export function diagnose(evidence: MeshEvidence): Diagnosis {
  const { flows } = evidence;
  const suspects = [
    ...withoutRepeats(evidence.findings).map(suspectOf),
    ...flowSuspects(flows ?? []),
    ...probedSuspects(evidence.probed ?? []),
  ];
  const causes = foldConsequences(suspects, primaryIn(evidence))
    .filter(isWorthIt)
    .map((cause) => asDeclared(withImpact(cause, flows?.length ?? 0)));
  const errors = suspects
    .map(({ finding }) => finding)
    .filter(({ severity, confidence }) => {
      return severity === 'error' || (severity === 'warning' && confidence === 'Unknown');
    });
  return {
    verdict: verdictOf(errors),
    causes,
    pairs: laddersOf(evidence, suspects),
    flows:
      flows === undefined
        ? undefined
        : {
            total: flows.length,
            lost: flows.filter(({ outcome }) => outcome === 'Lost').length,
            open: flows.filter(({ outcome }) => outcome === 'Open').length,
          },
  };
}

function primaryIn({ members }: MeshEvidence): PrimaryOf {
  const primaries = new Map(
    members.flatMap(({ cluster, primary }) => (primary === undefined ? [] : [[cluster, primary]])),
  );
  return (cluster) => primaries.get(cluster);
}

function withImpact(cause: Cause, total: number): Cause {
  if (cause.flows.size === 0) return cause;
  return { ...cause, finding: { ...cause.finding, impact: `${cause.flows.size} of ${total} pairs` } };
}

/** About the settings of an istiod, whichever object holds them. */
const ofSettings: ReadonlySet<FindingCode> = new Set([
  'istiod-waits',
  'kubeconfig-folder',
  'locality-settings',
  'trust-domain-differs',
]);

/** What the mesh file declares, an apply mends: a command would take the field from the mesh, and leave it drifted. */
function asDeclared(cause: Cause): Cause {
  const { undo: _, ...finding } = cause.finding;
  const isOfIt = (object: string | undefined): boolean =>
    ofSettings.has(finding.code) || (object !== undefined && object === finding.object);
  const drift = cause.consequences.find(({ code, object }) => code === 'drift' && isOfIt(object));
  if (drift?.fix === undefined) return cause;
  return { ...cause, finding: { ...finding, remedy: drift.remedy, fix: drift.fix } };
}

/** Services of clusters may differ: that is worth a finding where requests are lost by it, or where they cannot be one service. */
function isWorthIt({ finding: { code, severity }, consequences }: Cause): boolean {
  const mayBeMeant = code === 'join-service-differs' || code === 'join-port-differs';
  return !mayBeMeant || severity === 'error' || consequences.length > 0;
}

/** Two readings may find the same of a certificate: one by its Secret, one by what uses it. */
const foundTwice: ReadonlySet<string> = new Set(['trust-bundle', 'trust-expiry']);

/** Each finding once; the later reading is the one that looked closer. */
function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  const keyOf = ({ code, cluster = '', peer = '', object = '', message }: Finding): string =>
    foundTwice.has(code) ? `${code} ${cluster}` : `${code} ${cluster} ${peer} ${object} ${message}`;
  return [...new Map(findings.map((one) => [keyOf(one), one])).values()];
}
