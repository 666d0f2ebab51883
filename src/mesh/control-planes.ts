import type { Finding } from '../base/finding.ts';
import { isJsonObject, valueAt } from '../base/json.ts';
import { nearMatch } from '../base/near-match.ts';
import { placeOfValue } from './locate.ts';
import { positionAt, type SourceText } from './source.ts';
import type { StreamDocument } from './stream.ts';
import { quote, quoteKey } from './wording.ts';

const keys = ['remoteOf', 'externalOf'] as const;

/** A cluster whose istiod runs in another one, as its document says. */
interface Leaning {
  readonly document: StreamDocument;
  readonly name: string;
  readonly key: (typeof keys)[number];
  readonly on: string;
}

/**
 * What is wrong with the clusters that name another one as the place of their istiod. `names` are those of all declared
 * clusters; none where not all documents could be read.
 */
export function controlPlaneFindings(
  source: SourceText,
  clusters: readonly StreamDocument[],
  names: readonly string[],
): Finding[] {
  const leaning = clusters.flatMap(leaningOf);
  return leaning.flatMap((cluster): Finding[] => {
    const { document, name, key, on } = cluster;
    const at = positionAt(source, placeOfValue(document.index, ['spec', 'controlPlane', key]));
    const title = `MeshCluster ${quoteKey(name)}: spec.controlPlane.${key} names`;
    if (names.length > 0 && !names.includes(on)) {
      const near = nearMatch(on, names);
      const message = `${title} the cluster ${quote(on)}, which no MeshCluster declares`;
      const remedy = near === undefined ? `declared are: ${names.join(', ')}` : `did you mean ${near}?`;
      return [{ code: 'cluster-unknown', severity: 'error', message, remedy, at }];
    }
    const why = whyUnusable(cluster, leaning);
    if (why === undefined) return [];
    const remedy = 'name a cluster that has an istiod of its own, or remove spec.controlPlane';
    return [{ code: 'control-plane-unusable', severity: 'error', message: `${title} ${why}`, remedy, at }];
  });
}

function leaningOf(document: StreamDocument): Leaning[] {
  const { value } = document;
  const name = isJsonObject(value) ? valueAt(value, ['metadata', 'name']) : undefined;
  return keys.flatMap((key) => {
    const on = isJsonObject(value) ? valueAt(value, ['spec', 'controlPlane', key]) : undefined;
    return typeof name === 'string' && typeof on === 'string' ? [{ document, name, key, on }] : [];
  });
}

function whyUnusable({ name, on }: Leaning, leaning: readonly Leaning[]): string | undefined {
  if (name === on) return 'the cluster itself';
  const target = leaning.find((other) => other.name === on);
  if (target === undefined) return undefined;
  return `${quoteKey(on)}, which has no istiod of its own: its spec.controlPlane.${target.key} is ${quoteKey(target.on)}`;
}
