import { valueAt } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import { type KindRef, type KubeObject, type ObjectRef, refKey, refOf } from '../objects/object.ts';

/** What a cluster held when it was read. */
export interface Observed {
  /** Metadata at least, by refKey, of every object of the kinds and namespaces that were asked for and of every whole one. */
  readonly live: ReadonlyMap<string, KubeObject>;
  /** Whole objects, by refKey; absent ones are missing. */
  readonly whole: ReadonlyMap<string, KubeObject>;
  /** The Deployments among the listed ones, by refKey, that are at 0 replicas. */
  readonly scaledToZero: ReadonlySet<string>;
}

export interface ObserveQuery {
  /** Objects whose kinds, in their namespaces, are to be listed: Deployments whole, others as metadata. */
  readonly listed: readonly ObjectRef[];
  /** Objects to be read whole. */
  readonly whole: readonly ObjectRef[];
  readonly signal: AbortSignal;
}

/** Reads a cluster: one LIST per kind and namespace, one GET per whole object, all at once. */
export async function observe(client: KubeClient, { listed, whole, signal }: ObserveQuery): Promise<Observed> {
  const [lists, objects] = await Promise.all([
    Promise.all(
      collectionsOf(listed).map(async ({ kind, namespace }) =>
        client.list(kind, { signal, content: contentOf(kind), ...(namespace === undefined ? {} : { namespace }) }),
      ),
    ),
    Promise.all(whole.map(async (ref) => client.get(ref, { signal }))),
  ]);
  const found = objects.filter((object) => object !== undefined);
  const live = byKey([...lists.flat(), ...found]);
  return {
    live,
    whole: byKey(found),
    scaledToZero: new Set(listed.map(refKey).filter((key) => isAtZero(live.get(key)))),
  };
}

/**
 * Metadata do not tell that a Deployment runs in no pod: `kubectl scale` to 0 leaves no field manager of the number. So
 * Deployments, of which there are few, are listed whole.
 */
function contentOf({ kind }: KindRef): 'Full' | 'Metadata' {
  return kind === 'Deployment' ? 'Full' : 'Metadata';
}

function isAtZero(live: KubeObject | undefined): boolean {
  return live?.kind === 'Deployment' && valueAt(live, ['spec', 'replicas']) === 0;
}

const kubeSystem = refKey({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' });

/** The UID of kube-system, which says whether two names mean the same cluster; undefined where namespaces were not listed. */
export function identityOf({ live }: Observed): string | undefined {
  return live.get(kubeSystem)?.metadata.uid;
}

interface Collection {
  readonly kind: KindRef;
  readonly namespace: string | undefined;
}

function collectionsOf(refs: readonly ObjectRef[]): readonly Collection[] {
  const collections = new Map<string, Collection>();
  for (const { apiVersion, kind, namespace } of refs) {
    collections.set(`${apiVersion} ${kind} ${namespace ?? ''}`, { kind: { apiVersion, kind }, namespace });
  }
  return [...collections.values()];
}

function byKey(objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> {
  return new Map(objects.map((object) => [refKey(refOf(object)), object]));
}
