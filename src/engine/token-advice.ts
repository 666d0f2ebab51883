import { advisoriesFor, advisoryText } from '../istio/advisories.ts';
import { readControlPlanes } from '../observe/control-plane.ts';
import type { IstiodPlace } from '../observe/istiod.ts';
import type { ClusterTopology } from '../topology/topology.ts';

/** What the istiod of a cluster is known to do wrong with changed tokens; nothing where its version could not be read. */
export async function tokenAdvice(
  place: IstiodPlace | undefined,
  { revision }: Pick<ClusterTopology, 'revision'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (place === undefined) return [];
  try {
    const planes = await readControlPlanes(place, signal);
    const version = planes.find((one) => one.revision === revision)?.version;
    return version === undefined ? [] : advisoriesFor(version).map((one) => advisoryText(version, one));
  } catch {
    signal.throwIfAborted();
    return [];
  }
}
