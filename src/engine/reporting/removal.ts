import { type KubeObject, refOf } from '../../objects/object.ts';
import { countKinds, proofOf } from '../../remove/proof.ts';
import type { Examined } from '../../remove/remove-cluster.ts';
import type { ClusterRemoval, RemovalPlan, RemovalReport } from '../../remove/report.ts';
import { removalStageOf } from '../../remove/stage.ts';
import { apiVersion } from '../../report/schema.ts';
import type {
  PlannedRemoval,
  ClusterRemoval as ReportedRemoval,
  UninstallPlan,
  UninstallReport,
} from '../../report/uninstall.ts';
import { reportedError } from './error.ts';

/** The report of what a removal would take away. */
export function removalPlan({ mesh, clusters, peerSecrets }: RemovalPlan): UninstallPlan {
  return {
    apiVersion,
    kind: 'UninstallPlan',
    mesh,
    clusters: clusters.map((part) =>
      part.state === 'Failed'
        ? { cluster: part.cluster, outcome: 'Failed', error: reportedError(part.error) }
        : plannedRemoval(part.cluster, part.examined),
    ),
    peerSecrets: peerSecrets.map(({ cluster, removed }) => ({ cluster, removed })),
  };
}

function plannedRemoval(cluster: string, { survey, verdict }: Examined): PlannedRemoval {
  const { unread, unreadable } = proofOf(survey, verdict);
  const { remove, release, claimed, namespaces, keptDefinitions, foreignIstio, sidecars } = verdict;
  return {
    cluster,
    outcome: 'Planned',
    kinds: countKinds(remove),
    remove: remove.map((object) => ({ stage: removalStageOf(object), ...refOf(object) })),
    namespaces: namespaces.map(({ namespace, foreign, contents }) => ({
      name: nameOf(namespace),
      removed: foreign.length === 0,
      foreign,
      contents,
    })),
    labelsTakenFrom: release.map(nameOf),
    labelsTakenFromDefinitions: claimed.map(nameOf),
    keptDefinitions: keptDefinitions.map(({ definition, usedBy }) => ({ name: nameOf(definition), usedBy })),
    foreignIstio,
    sidecars,
    unread,
    unreadable,
  };
}

function nameOf({ metadata: { name } }: KubeObject): string {
  return name;
}

/** The report of a removal: of an uninstall, and of the first half of a leave. */
export function removalReport({ mesh, clusters, peerSecrets, peerFailures, seconds }: RemovalReport): UninstallReport {
  return {
    apiVersion,
    kind: 'UninstallReport',
    mesh,
    ok: clusters.every(({ outcome }) => outcome === 'Removed') && peerFailures.length === 0,
    clusters: clusters.map(reportedRemoval),
    peerSecrets,
    peerFailures: peerFailures.map(({ cluster, error }) => ({ cluster, error: reportedError(error) })),
    seconds,
  };
}

function reportedRemoval(part: ClusterRemoval): ReportedRemoval {
  return part.outcome === 'Failed' ? { ...part, error: reportedError(part.error) } : part;
}
