import { type KubeObject, refOf } from '../objects/object.ts';
import { countKinds } from '../remove/proof.ts';
import type { RemovalPlan, RemovalReport } from '../remove/report.ts';
import { removalStageOf } from '../remove/stage.ts';
import { errorJson } from './apply-json.ts';

/** What `isthmus uninstall --dry-run -o json` prints (docs/json.md). */
export function removalPlanJson({ mesh, clusters, peerSecrets }: RemovalPlan): unknown {
  return {
    mesh,
    clusters: clusters.map((part) => {
      if (part.state === 'Failed') return { cluster: part.cluster, error: errorJson(part.error) };
      const { remove, release, claimed, namespaces, keptDefinitions, foreignIstio, sidecars } = part.examined.verdict;
      return {
        cluster: part.cluster,
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
      };
    }),
    peerSecrets: peerSecrets.map(({ cluster, removed }) => ({ cluster, removed })),
  };
}

function nameOf({ metadata: { name } }: KubeObject): string {
  return name;
}

/** What `isthmus uninstall -o json` prints, and `isthmus leave -o json` as `left` (docs/json.md). */
export function removalReportJson({ clusters, peerFailures, ...report }: RemovalReport): unknown {
  return {
    ...report,
    clusters: clusters.map((part) => (part.outcome === 'Failed' ? { ...part, error: errorJson(part.error) } : part)),
    peerFailures: peerFailures.map(({ cluster, error }) => ({ cluster, error: errorJson(error) })),
  };
}
