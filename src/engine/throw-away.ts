import type { KubeObject } from '../objects/object.ts';
import { purposeLabel, purposeValue } from '../verify/manifests.ts';

interface Held {
  readonly clusters: readonly { readonly objects: readonly KubeObject[] }[];
}

/** Nobody misses the services of the throw-away namespaces, which a run that was killed leaves behind until they are swept. */
export function withoutThrowAway<Read extends Held>(read: Read): Read {
  const clusters = read.clusters.map((cluster) => {
    const throwAway = new Set(
      cluster.objects
        .filter(({ kind, metadata }) => kind === 'Namespace' && metadata.labels?.[purposeLabel] === purposeValue)
        .map(({ metadata }) => metadata.name),
    );
    const objects = cluster.objects.filter(({ metadata }) => !throwAway.has(metadata.namespace ?? ''));
    return { ...cluster, objects };
  });
  return { ...read, clusters };
}
