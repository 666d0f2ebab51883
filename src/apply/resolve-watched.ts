import { wrappingKeyKind } from '../api/wrapping-key.ts';
import type { KubeClient } from '../kube/client.ts';
import { type KubeObject, type ObjectRef, refKey } from '../objects/object.ts';
import type { Decision } from './decide/decide.ts';
import type { ApplyRequest, MeshPorts } from './options.ts';
import type { Prepared } from './read/prepare.ts';
import { type OtherCluster, type ResolvedRun, resolveRun } from './resolve-run.ts';
import { changingClusters } from './run/turns.ts';

/**
 * A run that is decided by what watches show, for a process that has just planned the same by them: the clusters are not read
 * again for a few objects that are put back. Each object is read from its server before it is written (`confirming`). Undefined where
 * the servers have to be asked all the same: for whatever removes something, changes a Secret, or an istiod that serves.
 */
export async function resolveWatched(request: ApplyRequest): Promise<ResolvedRun | undefined> {
  const { watched, ports, scope } = request;
  if (watched === undefined || watched.size !== ports.clients.size || scope.approved !== undefined) return undefined;
  try {
    const run = await resolveRun({ ...request, ports: { ...ports, clients: watched } }, ports.clients);
    return isPlain(run) ? written(run, ports.clients) : undefined;
  } catch {
    // What the watches show may be the reason; the servers tell.
    ports.signal.throwIfAborted();
    return undefined;
  }
}

function isPlain({ trust, decisions }: ResolvedRun): boolean {
  return trust.newRoot === undefined && changingClusters(decisions).length === 0 && decisions.every(isRestoring);
}

function isRestoring({ changes, refused, candidates }: Decision): boolean {
  // A token that is renewed is in two watches, of which one may be behind the other.
  const isOfTrust = changes.some(({ change: { ref } }) => ref.kind === 'Secret' || ref.kind === wrappingKeyKind);
  return !isOfTrust && refused.length === 0 && candidates.length === 0;
}

/** The same run with clients that ask the servers: what it writes and waits for is never answered from watches. */
function written(run: ResolvedRun, clients: MeshPorts['clients']): ResolvedRun {
  const asking = <P extends OtherCluster | Prepared>(part: P): P => ({
    ...part,
    client: clients.get(part.topology.name) ?? part.client,
  });
  return {
    ...run,
    prepared: run.prepared.map(asking),
    others: run.others.map(asking),
    decisions: run.decisions.map((decision) => ({ ...decision, part: asking(decision.part) })),
  };
}

/** An object that is about to be written. */
export interface Write {
  readonly client: KubeClient;
  readonly ref: ObjectRef;
  /** As it was when the run was decided. */
  readonly live: KubeObject | undefined;
}

/** Whether an object is what it was when the run was decided; asked once for each, because later writes follow those of the run. */
export function confirming(signal: AbortSignal): (write: Write) => Promise<boolean> {
  const answers = new Map<string, Promise<boolean>>();
  return async ({ client, ref, live }) => {
    const key = `${client.cluster} ${refKey(ref)}`;
    const answer = answers.get(key) ?? isCurrent({ client, ref, live }, signal);
    answers.set(key, answer);
    return await answer;
  };
}

async function isCurrent({ client, ref, live }: Write, signal: AbortSignal): Promise<boolean> {
  const now = await client.get(ref, { signal });
  return now?.metadata.uid === live?.metadata.uid && now?.metadata.resourceVersion === live?.metadata.resourceVersion;
}
