import { apiVersion } from '../api/mesh.ts';
import type { Clock } from '../base/clock.ts';
import { IsthmusError } from '../base/error.ts';
import type { JsonObject } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import { systemNamespace } from '../objects/ownership.ts';
import type { KeptDocument } from './documents.ts';

/** It owns the status of our documents, and Events about them. It never changes. */
export const operatorManager = 'isthmus-operator';

/** Writes the status of a document. False where the document is gone. */
export async function writeStatus(
  client: KubeClient,
  { kind, name, namespace }: Pick<KeptDocument, 'kind' | 'name' | 'namespace'>,
  status: JsonObject,
): Promise<boolean> {
  const object = { apiVersion, kind, metadata: { name, namespace }, status };
  try {
    await client.apply(object, { fieldManager: operatorManager, conflicts: 'Force', subresource: 'status' });
    return true;
  } catch (error) {
    if (error instanceof IsthmusError && error.code === 'not-found') return false;
    throw error;
  }
}

/** Something that happened to a document, for `kubectl describe`. */
export interface Happening {
  readonly about: Pick<KeptDocument, 'kind' | 'name' | 'uid'>;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  /** What was done or decided, as one word. */
  readonly action: string;
  /** At most 1,000 characters of it are kept. */
  readonly note: string;
}

export interface EventRecorder {
  /** Tells of it once; told again within ten minutes it only counts. Never rejects. */
  record(happening: Happening): Promise<void>;
}

interface Series {
  readonly object: JsonObject & { readonly metadata: { readonly name: string; readonly namespace: string } };
  count: number;
  writtenAt: number;
}

/** What happens again within so many milliseconds is the same. */
const sameForMs = 600_000;
/** A count is written this often at most. */
const countEveryMs = 60_000;
const longestNote = 1_000;

export interface RecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly instance: string;
  /** A text that no other Event has. */
  readonly makeId: () => string;
  readonly onFailure: (error: unknown) => void;
}

/** Events of events.k8s.io/v1, as series (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/). */
export function createRecorder({ client, clock, instance, makeId, onFailure }: RecorderOptions): EventRecorder {
  const known = new Map<string, Series>();
  const write = async (object: JsonObject): Promise<void> => {
    await client.apply(object as Series['object'] & { apiVersion: string; kind: string }, {
      fieldManager: operatorManager,
      conflicts: 'Force',
    });
  };
  return {
    async record({ about, type, reason, action, note }) {
      const now = clock.now();
      for (const [key, { writtenAt }] of known) if (now - writtenAt > sameForMs) known.delete(key);
      const key = JSON.stringify([about.uid, type, reason, note]);
      const before = known.get(key);
      try {
        if (before !== undefined) {
          before.count += 1;
          if (now - before.writtenAt < countEveryMs) return;
          before.writtenAt = now;
          const series = { count: before.count, lastObservedTime: microTime(now) };
          return await write({ ...before.object, series });
        }
        const object = {
          apiVersion: 'events.k8s.io/v1',
          kind: 'Event',
          metadata: { name: `${about.name}.${makeId()}`, namespace: systemNamespace },
          eventTime: microTime(now),
          reportingController: 'isthmus.dev/operator',
          reportingInstance: instance.slice(0, 128),
          action,
          reason,
          type,
          note: note.slice(0, longestNote),
          regarding: { apiVersion, kind: about.kind, namespace: systemNamespace, name: about.name, uid: about.uid },
        };
        known.set(key, { object, count: 1, writtenAt: now });
        await write(object);
      } catch (error) {
        known.delete(key);
        onFailure(error);
      }
    },
  };
}

/** Kubernetes' MicroTime. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
