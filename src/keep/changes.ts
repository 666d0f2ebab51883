import { apiVersion } from '../api/mesh.ts';
import { pausedAnnotation, renewTokenAnnotation } from '../api/mesh-cluster-status.ts';
import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import { valueAt } from '../base/json.ts';
import type { KubeClient, WatchEvent, WatchOptions } from '../kube/client.ts';
import { type KindRef, type KubeObject, refKey, refOf } from '../objects/object.ts';
import { managedByLabel, managedByValue, meshLabel, systemNamespace } from '../objects/ownership.ts';

/** An object that changed, or a kind of which anything may have. */
export interface ObjectChange {
  /** `Modified Service eastwest` */
  readonly what: string;
  readonly kind: string;
  /** `Asked`: nothing but what an annotation asks for once; `Status`: nothing but what its controller reports. */
  readonly part: 'Object' | 'Asked' | 'Status';
}

/** Watches that tell one listener. They last until the signal is aborted. */
export interface WatchPlan {
  readonly client: KubeClient;
  readonly signal: AbortSignal;
  /** Called for every change after the first list of a kind. */
  readonly onChange: (change: ObjectChange) => void;
  /** Called where a watch could not begin or ended; it is begun again after `pause`. */
  readonly onFailure: (error: IsthmusError) => void;
  /** Resolves when the next attempt is due; rejects with the signal. */
  readonly pause: () => Promise<void>;
}

/** One watch, and what of an object counts as a change of it. */
interface Watched {
  readonly kind: KindRef;
  readonly options: Omit<WatchOptions, 'signal'>;
  /** A text that changes with what matters of the object. */
  readonly mark: (object: KubeObject) => string;
  /** A text that changes with what it asks for once; left out where it asks for nothing. */
  readonly asked?: (object: KubeObject) => string;
  /** Whether the rest of it, its status, matters too. */
  readonly status: 'Matters' | 'Ignored';
}

/** What is reported of a gateway's Service are its addresses, and of a Deployment whether it is whole. */
const statusMatters: ReadonlySet<string> = new Set(['Service', 'Deployment']);

/** The documents of a mesh, by their specs and by what else is asked of them: a written status is no change. */
export async function watchDocuments(plan: WatchPlan): Promise<void> {
  const mark = ({ metadata }: KubeObject): string =>
    JSON.stringify([
      metadata.uid ?? '',
      metadata.generation ?? 0,
      metadata.annotations?.[pausedAnnotation] ?? null,
      metadata.deletionTimestamp ?? null,
      metadata.labels?.[meshLabel] ?? null,
    ]);
  const asked = ({ metadata }: KubeObject): string => metadata.annotations?.[renewTokenAnnotation] ?? '';
  const watched = (['Mesh', 'MeshCluster', 'MeshService'] as const).map((kind): Watched => {
    const namespace = kind === 'MeshService' ? {} : { namespace: systemNamespace };
    const options = { ...namespace, content: 'Metadata' } as const;
    return { kind: { apiVersion, kind }, options, mark, asked, status: 'Ignored' };
  });
  await Promise.all(watched.map((one) => watchFor(plan, one)));
}

/** A Secret by its name: nobody has to list the others for it. */
export async function watchSecret(plan: WatchPlan, name: string): Promise<void> {
  await watchFor(plan, {
    kind: { apiVersion: 'v1', kind: 'Secret' },
    options: { namespace: systemNamespace, fieldSelector: `metadata.name=${name}`, content: 'Metadata' },
    mark: ({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`,
    status: 'Ignored',
  });
}

/** Who holds the fields of an object, by manager: what a status or a renewed time leaves as it is. */
function ownershipMark({ metadata }: KubeObject): string {
  const entries = Array.isArray(metadata.managedFields) ? metadata.managedFields : [];
  const held = entries
    .filter((entry) => valueAt(entry, ['subresource']) === undefined)
    .map((entry) => [valueAt(entry, ['manager']), valueAt(entry, ['operation']), valueAt(entry, ['fieldsV1'])]);
  return JSON.stringify([metadata.uid, metadata.generation, metadata.labels, metadata.deletionTimestamp, held]);
}

/**
 * The objects of a mesh in one cluster, of these kinds, as metadata alone. Values do not matter: whoever changes a field of ours holds it
 * afterwards, and the generation or the holders of the object tell.
 */
export async function watchOwned(plan: WatchPlan, mesh: string, kinds: readonly KindRef[]): Promise<void> {
  const labelSelector = `${managedByLabel}=${managedByValue},${meshLabel}=${mesh}`;
  await Promise.all(
    kinds.map((kind) => {
      const status = statusMatters.has(kind.kind) ? 'Matters' : 'Ignored';
      return watchFor(plan, { kind, options: { labelSelector, content: 'Metadata' }, mark: ownershipMark, status });
    }),
  );
}

async function watchFor(plan: WatchPlan, watched: Watched): Promise<void> {
  const { client, signal, onFailure, pause } = plan;
  const known = createKnown(plan, watched);
  while (!signal.aborted) {
    try {
      for await (const event of client.watch(watched.kind, { ...watched.options, signal })) known.note(event);
    } catch (error) {
      if (signal.aborted) return;
      onFailure(asIsthmusError(error));
    }
    if (signal.aborted) return;
    await pause().catch(() => undefined);
  }
}

interface Seen {
  readonly mark: string;
  readonly asked: string;
  readonly version: string | undefined;
}

type State = ReadonlyMap<string, Seen>;

/** What a watch has shown so far. */
interface Known {
  /** Tells of what differs from what was known. The first list is what there is; a later one may have brought or lost anything. */
  note(event: WatchEvent): void;
}

function createKnown({ onChange }: WatchPlan, watched: Watched): Known {
  const { kind } = watched.kind;
  let known: State | undefined;
  return {
    note(event) {
      const before = known ?? new Map<string, Seen>();
      const isFirst = known === undefined;
      known = stateAfter(before, event, watched);
      const part = isFirst ? undefined : changedPart(before, known, watched);
      const what = event.type === 'Listed' ? `listed ${kind}` : `${event.type} ${kind} ${event.object.metadata.name}`;
      if (part !== undefined) onChange({ what, kind, part });
    },
  };
}

function stateAfter(before: State, event: WatchEvent, { mark, asked = () => '' }: Watched): State {
  const entry = (object: KubeObject): readonly [string, Seen] => [
    refKey(refOf(object)),
    { mark: mark(object), asked: asked(object), version: object.metadata.resourceVersion },
  ];
  if (event.type === 'Listed') return new Map(event.objects.map(entry));
  const after = new Map(before);
  const [key, seen] = entry(event.object);
  if (event.type === 'Deleted') after.delete(key);
  else after.set(key, seen);
  return after;
}

function changedPart(before: State, after: State, { status }: Watched): ObjectChange['part'] | undefined {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  const differs = (part: keyof Seen): boolean => keys.some((key) => before.get(key)?.[part] !== after.get(key)?.[part]);
  if (differs('mark')) return 'Object';
  if (differs('asked')) return 'Asked';
  return status === 'Matters' && differs('version') ? 'Status' : undefined;
}
