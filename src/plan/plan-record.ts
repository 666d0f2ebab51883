import { z } from 'zod';
import { canonicalJson, toJson } from '../base/json.ts';
import { asObjectRef, describeRef, type KubeObject, refKey } from '../objects/object.ts';
import type { Digest } from './change.ts';
import { managedFieldsOf } from './drift.ts';

const text = z.string().max(1000);

const liveRecord = z.strictObject({ uid: text, resourceVersion: text, state: text });

const changeRecord = z.strictObject({
  action: z.enum(['Create', 'Update', 'Release', 'Delete']),
  ref: z.strictObject({ apiVersion: text, kind: text, namespace: text.optional(), name: text }),
  live: liveRecord.optional(),
});

/** What a plan would do to one cluster, and what it was decided upon. */
export const clusterRecord = z.strictObject({
  cluster: text,
  /** The UID of kube-system: a context that leads to another cluster by now is noticed. */
  identity: text.optional(),
  /** The digest of what the mesh file and the renderer alone ask for. */
  inputs: text,
  changes: z.array(changeRecord).max(100_000),
});

/** An object as it was: which one, and a digest of everything but its status. */
export type LiveRecord = z.output<typeof liveRecord>;
export type ChangeRecord = z.output<typeof changeRecord>;
export type ClusterRecord = z.output<typeof clusterRecord>;

/** Metadata of an object as a plan remembers it. */
export function recordLive(live: KubeObject, digest: Digest): LiveRecord {
  const {
    uid = '',
    resourceVersion = '',
    labels,
    annotations,
    generation,
    finalizers,
    deletionTimestamp,
  } = live.metadata;
  // A status that changes is nothing that a plan depends on; its fields are those of a subresource.
  const managed = managedFieldsOf(live).filter(({ subresource }) => !subresource);
  const lasting = {
    labels,
    annotations,
    generation,
    finalizers,
    deletionTimestamp,
    managed: toJson(managed),
  };
  return { uid, resourceVersion, state: digest(canonicalJson(lasting)) };
}

/** Why a plan must no longer be carried out, one sentence for each thing that changed; none where it still holds. */
export function staleness(planned: readonly ClusterRecord[], present: readonly ClusterRecord[]): readonly string[] {
  const clusters = new Map(present.map((record) => [record.cluster, record]));
  const gone = planned
    .filter(({ cluster }) => !clusters.has(cluster))
    .map(({ cluster }) => `${cluster}: it cannot be planned now`);
  const more = present.filter(({ cluster }) => !planned.some((record) => record.cluster === cluster));
  return [
    ...gone,
    ...more.map(({ cluster }) => `${cluster}: it is not in the plan`),
    ...planned.flatMap((record) => {
      const now = clusters.get(record.cluster);
      return now === undefined ? [] : stalenessOf(record, now).map((problem) => `${record.cluster}: ${problem}`);
    }),
  ];
}

function stalenessOf(planned: ClusterRecord, present: ClusterRecord): readonly string[] {
  if (planned.identity !== present.identity) return ['it is another cluster than the one that was planned'];
  if (planned.inputs !== present.inputs) return ['Istio is rendered otherwise now, or by another version of Isthmus'];
  const before = byKey(planned.changes);
  const now = byKey(present.changes);
  return [
    ...planned.changes.flatMap((change) => {
      const problem = changeProblem(change, now.get(keyOf(change)));
      return problem === undefined ? [] : [`${nameOf(change)} ${problem}`];
    }),
    ...present.changes
      .filter((change) => !before.has(keyOf(change)))
      .map((change) => `${nameOf(change)} was as planned and is to be ${deeds[change.action]} now`),
  ];
}

const deeds = { Create: 'made', Update: 'changed', Release: 'given back', Delete: 'deleted' } as const;

function changeProblem(planned: ChangeRecord, now: ChangeRecord | undefined): string | undefined {
  if (now === undefined) return `no longer needs a change; it was to be ${deeds[planned.action]}`;
  if (now.action !== planned.action) return `is to be ${deeds[now.action]} now; it was to be ${deeds[planned.action]}`;
  if (now.live?.uid !== planned.live?.uid) return 'was deleted and recreated';
  return now.live?.state === planned.live?.state ? undefined : 'was changed meanwhile';
}

function byKey(changes: readonly ChangeRecord[]): ReadonlyMap<string, ChangeRecord> {
  return new Map(changes.map((change) => [keyOf(change), change]));
}

function keyOf({ ref }: ChangeRecord): string {
  return refKey(asObjectRef(ref));
}

function nameOf({ ref }: ChangeRecord): string {
  return describeRef(asObjectRef(ref));
}
