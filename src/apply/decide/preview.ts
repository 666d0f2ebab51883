import type { ClusterName } from '../../api/name.ts';
import { mapConcurrent } from '../../base/concurrency.ts';
import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import { valueAt } from '../../base/json.ts';
import { type Action, allOf, kubectl, remedy, repeat } from '../../base/remedy.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isAboutSchema, isAboutTrial, isDeniedByWebhook, isJudged } from '../../kube/transport/status.ts';
import { describeRef, groupOf, type KubeObject, type ObjectRef, refKey } from '../../objects/object.ts';
import { fieldManager } from '../../objects/ownership.ts';
import { conflictsFor } from '../../plan/change.ts';
import type { Removal } from '../../plan/prune.ts';
import { withFoundKeys, withWantedKeys } from '../../plan/replaced-items.ts';
import type { Decision, StagedChange } from './decide.ts';
import { readReplaced } from './replaced.ts';

/** What the updates of a cluster would result in, as its API server computed it without storing it. */
export interface Previews {
  /** By refKey. */
  readonly objects: ReadonlyMap<string, KubeObject>;
  /** The updates that the API server refuses, by refKey: an apply would fail at them with the same error. */
  readonly refused: ReadonlyMap<string, IsthmusError>;
}

const inFlight = 16;

/**
 * Lets each cluster try every update without storing it: defaults, conversions and admission included. Throws
 * `immutable-field` where an object cannot become what the mesh wants, and `conflict` where another manager owns fields
 * that are not ours to take. What else the API server refuses is kept for the plan, and costs an apply that object alone. A
 * trial that fails for what this very run changes (a webhook that is not there yet) settles nothing, and that update has
 * no preview.
 */
export async function previewUpdates(
  decisions: readonly Decision[],
  signal: AbortSignal,
): Promise<ReadonlyMap<ClusterName, Previews>> {
  const all = await Promise.all(decisions.map(async (decision) => await previewCluster(decision, signal)));
  const fixed = all.flatMap((one) => one.immutable);
  if (fixed.length > 0) throw immutable(fixed);
  return new Map(all.map(({ cluster, previews }) => [cluster, previews]));
}

interface ImmutableChange {
  readonly decision: Decision;
  readonly ref: ObjectRef;
  readonly fields: string;
}

interface ClusterPreview {
  readonly cluster: ClusterName;
  readonly previews: Previews;
  readonly immutable: readonly ImmutableChange[];
}

async function previewCluster(decision: Decision, signal: AbortSignal): Promise<ClusterPreview> {
  const { part, changes, prune } = decision;
  const { client } = part;
  const updates = changes.flatMap(({ change }: StagedChange) => (change.action === 'Update' ? [change] : []));
  const previews = new Map<string, KubeObject>();
  const refused = new Map<string, IsthmusError>();
  const fixed: ImmutableChange[] = [];
  await mapConcurrent(updates, inFlight, async ({ ref, object }) => {
    const metadata = part.observed.live.get(refKey(ref));
    try {
      previews.set(refKey(ref), await tried(client, object, { metadata, signal }));
    } catch (thrown) {
      const error = asIsthmusError(thrown);
      const fields = immutableFields(error);
      if (fields !== undefined) fixed.push({ decision, ref, fields });
      else if (signal.aborted || error.code === 'conflict') throw error;
      else if (isRefusal(error, decision)) refused.set(refKey(ref), error);
    }
  });
  await mapConcurrent(prune.releases, inFlight, async (removal) => {
    const released = await releaseFields(client, removal, { dryRun: 'All', signal }).catch(() => undefined);
    if (released !== undefined) previews.set(refKey(removal.ref), released);
  });
  return { cluster: part.topology.name, previews: { objects: previews, refused }, immutable: fixed };
}

/** Tries an update. Items whose keys somebody changed are tried under these, because the server would take them for two. */
async function tried(
  client: KubeClient,
  object: KubeObject,
  { metadata, signal }: { readonly metadata: KubeObject | undefined; readonly signal: AbortSignal },
): Promise<KubeObject> {
  const options = { fieldManager, conflicts: conflictsFor(metadata), dryRun: 'All', signal } as const;
  const replaced = await readReplaced(client, object, { metadata, signal });
  if (replaced === undefined) return await client.apply(object, options);
  return withWantedKeys(await client.apply(withFoundKeys(object, replaced.items), options), replaced.items);
}

/** True where the API server refused an object for its content, and nothing that the run changes before could mend it. */
export function isRefusal(error: IsthmusError, { changes }: Decision): boolean {
  if (!isJudged(error) || isAboutTrial(error.message)) return false;
  const changed = new Set(changes.map(({ change }) => change.ref.kind));
  if (isAboutSchema(error.message)) return !changed.has('CustomResourceDefinition');
  const byWebhook = isDeniedByWebhook(error.message);
  return !(byWebhook && [...changed].some((kind) => kind === 'Deployment' || kind.endsWith('WebhookConfiguration')));
}

/**
 * Gives back every field of an object that we set and nobody else holds: a server-side apply that sets nothing. The UID
 * keeps it from making an object that is gone.
 */
export async function releaseFields(
  client: KubeClient,
  { ref, live }: Removal,
  options: { readonly dryRun?: 'All'; readonly signal?: AbortSignal },
): Promise<KubeObject> {
  const { apiVersion, kind, name, namespace } = ref;
  const { uid = '' } = live.metadata;
  const metadata = namespace === undefined ? { name, uid } : { name, namespace, uid };
  return await client.apply({ apiVersion, kind, metadata }, { fieldManager, conflicts: 'Force', ...options });
}

/** The words in which Kubernetes refuses to change a field (apimachinery/pkg/api/validation, ValidateImmutableField; core and rbac validation). */
const immutableWords = /field is immutable|may not change once set|cannot change roleRef|may not be changed/;

/** Which fields the API server refuses to change; undefined where it was refused for something else. */
function immutableFields({ code, message }: IsthmusError): string | undefined {
  if (code !== 'kubernetes-error') return undefined;
  // The server's words about a Secret are not repeated: only the names of the fields are left.
  const secret = /HTTP 422 Invalid (type|data)\b/.exec(message);
  if (secret !== null) return secret[1];
  if (!immutableWords.test(message)) return undefined;
  return /(?:is invalid: \[?|: )([\w.[\]]+): (?:Invalid value|Forbidden)/.exec(message)?.[1] ?? 'a field';
}

function immutable(fixed: readonly ImmutableChange[]): IsthmusError {
  const lines = fixed.map(
    ({ decision, ref, fields }) => `\n  ${decision.part.topology.name}: ${describeRef(ref)}: ${fields}`,
  );
  const [first] = fixed;
  const deletions = allOf(fixed.map(({ decision, ref }) => [deletion(decision, ref)]));
  const loss = fixed.some(({ decision, ref }) => isLoadBalancer(decision, ref))
    ? ' (a load balancer loses its address with that)'
    : '';
  return new IsthmusError(
    'immutable-field',
    `these fields are immutable, and Isthmus never deletes an object to recreate it; nothing was changed${lines.join('')}`,
    {
      ...(first === undefined ? {} : { cluster: first.decision.part.topology.name }),
      remedy: allOf(
        [
          `where it may be gone for a moment, delete it yourself${loss}: `,
          deletions,
          remedy`; then ${repeat()}, which recreates it`,
        ],
        '',
      ),
    },
  );
}

function deletion({ part: { topology } }: Decision, { apiVersion, kind, namespace, name }: ObjectRef): Action {
  const context = topology.cluster.spec.access.context ?? topology.name;
  const group = groupOf(apiVersion);
  const resource = `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}`;
  return kubectl('--context', context, ...(namespace === undefined ? [] : ['-n', namespace]), 'delete', resource, name);
}

function isLoadBalancer({ changes }: Decision, ref: ObjectRef): boolean {
  const wanted = changes.find(({ change }) => refKey(change.ref) === refKey(ref))?.change.object;
  return ref.kind === 'Service' && valueAt(wanted, ['spec', 'type']) === 'LoadBalancer';
}
