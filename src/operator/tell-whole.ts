import type { Clock } from '../base/clock.ts';
import { asIsthmusError } from '../base/error.ts';
import { canonicalJson, type JsonObject } from '../base/json.ts';
import type { Logger } from '../base/logger.ts';
import type { HomeSession, KeptDocument, Leadership } from '../engine/home-session.ts';
import type { ClusterMemory } from './memory.ts';
import { wholeStatusOf } from './whole-status.ts';

export interface WholeTeller {
  readonly home: Pick<HomeSession, 'writeStatus'>;
  readonly leadership: Pick<Leadership, 'check'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly memories: ReadonlyMap<string, ClusterMemory>;
  /** Statuses of Meshes and MeshServices as they were written last, by `keyOf` a document; this adds to them. */
  readonly wholes: Map<string, JsonObject>;
}

/** Writes the status of the Mesh and of each MeshService where it says something new. */
export async function tellWhole(teller: WholeTeller, documents: readonly KeptDocument[]): Promise<void> {
  const { home, leadership, clock, log, memories, wholes } = teller;
  const names = documents.filter(({ kind }) => kind === 'MeshCluster').map(({ name }) => name);
  const clusters = names.map((name) => {
    const memory = memories.get(name);
    return { name, conditions: memory?.outcome === undefined ? [] : (memory.written.conditions ?? []) };
  });
  for (const document of documents) {
    if (document.kind === 'MeshCluster' || document.isDeleted) continue;
    const key = keyOf(document);
    const before = wholes.get(key) ?? document.status;
    const { generation, kind } = document;
    const types = kind === 'Mesh' ? (['Available', 'UpToDate'] as const) : (['UpToDate'] as const);
    // A Mesh that is paused is in the conditions of its clusters, each of which was compared.
    const isPaused = kind === 'MeshService' && document.isPaused;
    const status = wholeStatusOf({ now: clock.now(), generation, isPaused, clusters, types, before });
    if (canonicalJson(status) === canonicalJson(before)) continue;
    try {
      leadership.check();
      await home.writeStatus(document, status);
      wholes.set(key, status);
    } catch (error) {
      const { message } = asIsthmusError(error);
      log({
        level: 'warning',
        message: `the status of ${document.kind} ${document.name} could not be written: ${message}`,
      });
    }
  }
}

function keyOf({ kind, namespace, name, uid }: KeptDocument): string {
  return [kind, namespace, name, uid].join('/');
}

/** A text that differs where the documents do: what was found of a cluster before is not about the others. */
export function signatureOf(documents: readonly KeptDocument[]): string {
  return JSON.stringify(
    documents.map(({ kind, namespace, name, uid, generation, isDeleted }) => [
      kind,
      namespace,
      name,
      uid,
      generation,
      isDeleted,
    ]),
  );
}
