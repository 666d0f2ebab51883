import { mapConcurrent } from '../../base/concurrency.ts';
import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import { kubectl, remedy, repeat } from '../../base/remedy.ts';
import type { KubeClient } from '../../kube/client.ts';
import { builtInResource } from '../../kube/objects/built-in-kinds.ts';
import { type ServedKinds, servedKinds } from '../../kube/objects/served-kinds.ts';
import { describeRef, type KubeObject, type ObjectRef, refKey } from '../../objects/object.ts';
import type { Candidate } from '../../plan/prune.ts';

export interface CandidateQuery {
  /** What the stored inventory names. */
  readonly inventory: readonly ObjectRef[];
  /** What the mesh wants in the cluster, the inventory itself included. */
  readonly wanted: readonly ObjectRef[];
  /** Metadata that was read already, by refKey. */
  readonly live: ReadonlyMap<string, KubeObject>;
  readonly signal: AbortSignal;
}

const inFlight = 16;

/**
 * The objects that the inventory names and that are no longer declared, each with its metadata or with the proof that it is
 * gone. Throws `prune-unsafe` where neither can be had: nothing is removed on a guess.
 */
export async function readCandidates(client: KubeClient, query: CandidateQuery): Promise<readonly Candidate[]> {
  const { inventory, wanted, live, signal } = query;
  const keys = new Set(wanted.map(refKey));
  const refs = inventory.filter((ref) => !keys.has(refKey(ref)));
  return await mapConcurrent(refs, inFlight, async (ref) => ({
    ref,
    live: live.get(refKey(ref)) ?? (await readOrProveGone(client, ref, signal)),
  }));
}

/** The object, or undefined where it is proven not to be there. */
export async function readOrProveGone(
  client: KubeClient,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    const found = await client.get(ref, { signal });
    if (found === undefined && builtInResource(ref) === undefined) {
      requireAnswer(ref, await servedKinds(client, { signal }));
    }
    return found;
  } catch (error) {
    if (signal.aborted || (error instanceof IsthmusError && error.code === 'prune-unsafe')) throw error;
    throw unsafe(client.cluster, ref, asIsthmusError(error));
  }
}

/** A kind whose API does not answer looks like one that does not exist: its objects may be there all the same. */
function requireAnswer(ref: ObjectRef, { silent }: ServedKinds): void {
  const problem = silent.find(({ groupVersion }) => groupVersion === ref.apiVersion)?.problem;
  if (problem !== undefined) throw new IsthmusError('kubernetes-error', problem);
}

function unsafe(cluster: string, ref: ObjectRef, { message, cause }: IsthmusError): IsthmusError {
  return new IsthmusError(
    'prune-unsafe',
    `${cluster}: ${describeRef(ref)} is no longer wanted, but whether it is still there cannot be read, so nothing was changed: ${message}`,
    {
      cluster,
      cause,
      remedy: remedy`make ${ref.apiVersion} answer again in ${cluster} (${kubectl('get', 'apiservices')} there shows its state), then ${repeat()}`,
    },
  );
}
