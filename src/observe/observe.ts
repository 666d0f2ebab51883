import { objectsAt, valueAt } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import { type KindRef, type KubeObject, type ObjectRef, refKey, refOf } from '../objects/object.ts';
import { fieldManager } from '../objects/ownership.ts';

/** What a cluster held when it was read. */
export interface Observed {
  /** Metadata, by refKey, of every object of the kinds and namespaces that were asked for and of every whole one. */
  readonly live: ReadonlyMap<string, KubeObject>;
  /** Whole objects, by refKey; absent ones are missing. */
  readonly whole: ReadonlyMap<string, KubeObject>;
  /** The Deployments among the listed ones, by refKey, that somebody scaled to 0. */
  readonly scaledToZero: ReadonlySet<string>;
}

export interface ObserveQuery {
  /** Objects whose kinds, in their namespaces, are to be listed as metadata. */
  readonly listed: readonly ObjectRef[];
  /** Objects to be read whole. */
  readonly whole: readonly ObjectRef[];
  readonly signal: AbortSignal;
}

/**
 * Reads a cluster: one LIST per kind and namespace, one GET per whole object, all at once; then one for each Deployment that
 * somebody else scaled.
 */
export async function observe(client: KubeClient, { listed, whole, signal }: ObserveQuery): Promise<Observed> {
  const [lists, objects] = await Promise.all([
    Promise.all(
      collectionsOf(listed).map(async ({ kind, namespace }) =>
        client.list(kind, { signal, content: 'Metadata', ...(namespace === undefined ? {} : { namespace }) }),
      ),
    ),
    Promise.all(whole.map(async (ref) => client.get(ref, { signal }))),
  ]);
  const found = objects.filter((object) => object !== undefined);
  const live = byKey([...lists.flat(), ...found]);
  return { live, whole: byKey(found), scaledToZero: await readScaledToZero(client, { listed, live, signal }) };
}

interface ScaleQuery extends Pick<ObserveQuery, 'listed' | 'signal'> {
  readonly live: ReadonlyMap<string, KubeObject>;
}

/**
 * Metadata tell who set the number of pods, and not to what: only where somebody else did (an edit, a patch, an autoscaler) is
 * the Deployment read. After `kubectl scale` to 0 no manager holds the number, so that it is not found here.
 */
async function readScaledToZero(
  client: KubeClient,
  { listed, live, signal }: ScaleQuery,
): Promise<ReadonlySet<string>> {
  const scaled = listed.filter((ref) => ref.kind === 'Deployment' && isScaledByOthers(live.get(refKey(ref))));
  const found = await Promise.all(scaled.map(async (ref) => await client.get(ref, { signal })));
  const asleep = found.filter((object) => valueAt(object, ['spec', 'replicas']) === 0);
  return new Set(asleep.flatMap((object) => (object === undefined ? [] : [refKey(refOf(object))])));
}

function isScaledByOthers(live: KubeObject | undefined): boolean {
  return objectsAt(live, ['metadata', 'managedFields']).some(
    (entry) =>
      !(entry.manager === fieldManager && entry.operation === 'Apply') &&
      valueAt(entry, ['fieldsV1', 'f:spec', 'f:replicas']) !== undefined,
  );
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
