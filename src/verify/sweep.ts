import { asIsthmusError } from '../base/error.ts';
import { type JsonObject, objectsAt, valueAt } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import { servedKinds } from '../kube/objects/served-kinds.ts';
import { describeRef, groupOf, type KubeObject, refOf } from '../objects/object.ts';
import { following } from '../objects/owners.ts';
import { fieldManager, isRunNamespace, managedByLabel, managedByValue, meshLabel } from '../objects/ownership.ts';
import { isPlatforms } from '../objects/platform.ts';
import type { ClusterRun, RunContext } from './cluster-run.ts';
import { expiresAnnotation, purposeLabel, purposeValue } from './manifests.ts';

const callTimeoutMs = 10_000;

/**
 * Deletes what earlier runs left and has expired by now, and records the names. A label and an annotation are set by
 * anybody who may patch a namespace, and deleted is what the user may delete: so the name has to be that of a run, our
 * field manager must have made it, and it must hold nothing but what a run puts there. What is not deleted is recorded
 * with the reason. Never rejects: a run does not fail for another's leftovers, nor one leftover for another.
 */
export async function sweep(
  run: ClusterRun,
  client: KubeClient,
  context: Pick<RunContext, 'clock' | 'signal'>,
): Promise<void> {
  for (const namespace of await leftovers(run, client, context)) {
    const { name, uid, resourceVersion } = namespace.metadata;
    try {
      const reason = await reasonToKeep(client, namespace, context.signal);
      if (reason !== undefined) {
        run.record({ type: 'Spared', namespace: name, reason });
        continue;
      }
      await client.delete(refOf(namespace), {
        signal: context.signal,
        timeoutMs: callTimeoutMs,
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      });
      run.record({ type: 'Swept', namespace: name });
    } catch (error) {
      // The next run sweeps again.
      if (!context.signal.aborted)
        run.record({ type: 'Spared', namespace: name, reason: asIsthmusError(error).message });
    }
  }
}

/** The namespaces that say they are of verify and have expired. */
async function leftovers(
  run: ClusterRun,
  client: KubeClient,
  { clock, signal }: Pick<RunContext, 'clock' | 'signal'>,
): Promise<readonly KubeObject[]> {
  const labelSelector = `${managedByLabel}=${managedByValue},${purposeLabel}=${purposeValue}`;
  const options = { signal, timeoutMs: callTimeoutMs, labelSelector };
  const namespaces = await client.list({ apiVersion: 'v1', kind: 'Namespace' }, options).catch((error: unknown) => {
    if (!signal.aborted) run.record({ type: 'Unswept', reason: asIsthmusError(error).message });
    return [];
  });
  return namespaces.filter(({ metadata: { annotations, deletionTimestamp } }) => {
    const expires = Date.parse(annotations?.[expiresAnnotation] ?? '');
    return expires < clock.now() && deletionTimestamp === undefined;
  });
}

/** Why a namespace is not taken for a run's; undefined where it is one. */
async function reasonToKeep(
  client: KubeClient,
  namespace: KubeObject,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!isRunNamespace(namespace.metadata.name)) return 'its name is not that of a run';
  if (!isMadeByUs(namespace, purposeLabel)) return 'Isthmus did not label it';
  return await contentToKeep(client, namespace.metadata.name, signal);
}

/** True where our field manager holds a label of an object, as it does of everything that a run makes. */
function isMadeByUs(object: KubeObject, label: string): boolean {
  const ours = objectsAt(object, ['metadata', 'managedFields']).filter(({ manager }) => manager === fieldManager);
  return ours.some((entry: JsonObject) => {
    return valueAt(entry, ['fieldsV1', 'f:metadata', 'f:labels', `f:${label}`]) !== undefined;
  });
}

/** ConfigMaps that an istiod puts into every namespace. */
const distributed: ReadonlySet<string> = new Set(['istio-ca-root-cert', 'istio-ca-crl']);

/** What a namespace holds that neither a run nor the cluster put there, or what cannot be read of it. */
async function contentToKeep(client: KubeClient, namespace: string, signal: AbortSignal): Promise<string | undefined> {
  const options = { signal, timeoutMs: callTimeoutMs };
  const { kinds, silent } = await servedKinds(client, options);
  if (silent[0] !== undefined) return `nothing can be said of ${silent[0].groupVersion}: no answer`;
  const objects: KubeObject[] = [];
  for (const kind of kinds.filter(({ namespaced, verbs }) => namespaced && verbs.includes('delete'))) {
    if (!kind.verbs.includes('list') || kind.kind === 'Event') continue;
    objects.push(...(await client.list(kind, { ...options, namespace, content: 'Metadata' })));
  }
  const own = objects.filter((object) => isMadeByUs(object, meshLabel));
  const follows = following(objects, own);
  const accounted = new Set([...own, ...follows, ...objects.filter(isPlatforms), ...objects.filter(isDistributed)]);
  const foreign = objects.find((object) => !accounted.has(object));
  return foreign === undefined ? undefined : `it holds ${describeRef(refOf(foreign))}`;
}

function isDistributed({ apiVersion, kind, metadata: { name } }: KubeObject): boolean {
  return kind === 'ConfigMap' && groupOf(apiVersion) === '' && distributed.has(name);
}
