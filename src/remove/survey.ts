import { mapConcurrent } from '../base/concurrency.ts';
import { asIsthmusError } from '../base/error.ts';
import type { KubeClient, UnreadableObject } from '../kube/client.ts';
import { type ServedKind, type SilentGroup, servedKinds } from '../kube/objects/served-kinds.ts';
import { groupOf, type KubeObject } from '../objects/object.ts';

/** Everything that a cluster held when it was read, by metadata. */
export interface Survey {
  readonly kinds: readonly ServedKind[];
  readonly objects: readonly KubeObject[];
  /** What could not be read; objects there are unknown, which is not the same as gone. */
  readonly silent: readonly SilentGroup[];
  /** Objects that cannot be read: they are left alone. */
  readonly unreadable: readonly UnreadableObject[];
}

export interface SurveyOptions {
  readonly signal: AbortSignal;
  /** Left out: the whole cluster. */
  readonly namespace?: string;
}

const listsAtOnce = 24;

/** Reads the metadata of every object of every kind that can be deleted: one LIST a kind. */
export async function readSurvey(client: KubeClient, { signal, namespace }: SurveyOptions): Promise<Survey> {
  const served = await servedKinds(client, { signal });
  const kinds = served.kinds.filter((kind) => isSurveyed(kind) && (namespace === undefined || kind.namespaced));
  const unreadable: UnreadableObject[] = [];
  const onUnreadable = (left: UnreadableObject): number => unreadable.push(left);
  const lists = await mapConcurrent(kinds, listsAtOnce, async (kind): Promise<Listed> => {
    try {
      const where = namespace === undefined ? {} : { namespace };
      return { objects: await client.list(kind, { signal, content: 'Metadata', onUnreadable, ...where }) };
    } catch (thrown) {
      const error = asIsthmusError(thrown);
      // An aggregated API server that is gone, or a conversion webhook without its server.
      if (error.code !== 'kubernetes-error') throw error;
      return { objects: [], silent: { groupVersion: kind.apiVersion, problem: error.message } };
    }
  });
  return {
    kinds: served.kinds,
    objects: lists.flatMap(({ objects }) => objects),
    silent: [...served.silent, ...lists.flatMap(({ silent }) => (silent === undefined ? [] : [silent]))],
    unreadable,
  };
}

interface Listed {
  readonly objects: readonly KubeObject[];
  readonly silent?: SilentGroup;
}

/** Events pass by themselves, and there are many; what cannot be deleted is no object of its own (metrics, reviews). */
function isSurveyed({ apiVersion, kind, verbs }: ServedKind): boolean {
  if (!verbs.includes('list') || !verbs.includes('delete')) return false;
  return !(kind === 'Event' && (apiVersion === 'v1' || groupOf(apiVersion) === 'events.k8s.io'));
}
