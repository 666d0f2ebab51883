import { valueAt } from '../../base/json.ts';
import { nearMatch } from '../../base/near-match.ts';
import { type MeshDocument, type Mistake, valueSpot } from './form.ts';
import { quote, quoteKey } from './wording.ts';

const keys = ['remoteOf', 'externalOf'] as const;

/** A cluster whose istiod runs in another one, as its document says. */
interface ServedCluster {
  readonly document: MeshDocument;
  readonly name: string;
  readonly key: (typeof keys)[number];
  /** The cluster in which its istiod runs. */
  readonly by: string;
}

/**
 * What is wrong with the clusters that name another one as the place of their istiod. `names` are those of all declared
 * clusters; none where not all documents could be read.
 */
export function controlPlaneMistakes(clusters: readonly MeshDocument[], names: readonly string[]): Mistake[] {
  const served = clusters.flatMap(servedIn);
  return served.flatMap((cluster): Mistake[] => {
    const { document, name, key, by } = cluster;
    const spot = valueSpot(document, ['spec', 'controlPlane', key]);
    const title = `MeshCluster ${quoteKey(name)}: spec.controlPlane.${key} names`;
    if (names.length > 0 && !names.includes(by)) {
      const near = nearMatch(by, names);
      const message = `${title} the cluster ${quote(by)}, which no MeshCluster declares`;
      const remedy = near === undefined ? `declared are: ${names.join(', ')}` : `did you mean ${near}?`;
      return [{ code: 'cluster-unknown', message, remedy, spot }];
    }
    const why = whyUnusable(cluster, served);
    if (why === undefined) return [];
    const remedy = 'name a cluster that has an istiod of its own, or remove spec.controlPlane';
    return [{ code: 'control-plane-unusable', message: `${title} ${why}`, remedy, spot }];
  });
}

function servedIn(document: MeshDocument): ServedCluster[] {
  const name = valueAt(document.value, ['metadata', 'name']);
  return keys.flatMap((key) => {
    const by = valueAt(document.value, ['spec', 'controlPlane', key]);
    return typeof name === 'string' && typeof by === 'string' ? [{ document, name, key, by }] : [];
  });
}

function whyUnusable({ name, by }: ServedCluster, served: readonly ServedCluster[]): string | undefined {
  if (name === by) return 'the cluster itself';
  const target = served.find((other) => other.name === by);
  if (target === undefined) return undefined;
  return `${quoteKey(by)}, which has no istiod of its own: its spec.controlPlane.${target.key} is ${quoteKey(target.by)}`;
}
