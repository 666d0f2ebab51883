import { mapConcurrent } from '../../base/concurrency.ts';
import { IsthmusError } from '../../base/error.ts';
import { canonicalJson, type JsonObject } from '../../base/json.ts';
import { remedy, repeat } from '../../base/remedy.ts';
import { installManager } from '../../install/names.ts';
import type { KubeClient } from '../../kube/client.ts';
import { type KubeObject, namesOf, refOf } from '../../objects/object.ts';
import { managedByLabel, managedByValue } from '../../objects/ownership.ts';

/** An object of an installation, and what has to be done about it. */
export interface Placement {
  readonly object: KubeObject;
  readonly action: 'Create' | 'Update' | 'Keep';
}

const inFlight = 8;

/**
 * What has to be done about each object. An update is tried without storing it, so what the server would make of it is what
 * counts. Namespaces that exist are left as they are. Throws `conflict` where an object exists that is someone else's.
 */
export async function planObjects(
  client: KubeClient,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<readonly Placement[]> {
  const found = await mapConcurrent(objects, inFlight, async (object) => ({
    object,
    live: await client.get(refOf(object), { signal }),
  }));
  const foreign = found.filter(({ live }) => live !== undefined && live.kind !== 'Namespace' && !isOurs(live));
  if (foreign.length > 0) {
    const names = namesOf(foreign.map(({ object }) => refOf(object)));
    throw new IsthmusError(
      'conflict',
      `${client.cluster} has objects of another owner: ${names}; nothing was changed`,
      {
        cluster: client.cluster,
        remedy: remedy`where nothing needs them, remove or rename them, then ${repeat()}`,
      },
    );
  }
  return await mapConcurrent(found, inFlight, async ({ object, live }): Promise<Placement> => {
    if (live === undefined) return { object, action: 'Create' };
    if (object.kind === 'Namespace') return { object, action: 'Keep' };
    return { object, action: await updateOf(client, object, live, signal) };
  });
}

/** Tries the update, again where a controller changed the object between the reading and the trial. */
async function updateOf(
  client: KubeClient,
  object: KubeObject,
  read: KubeObject,
  signal: AbortSignal,
): Promise<'Update' | 'Keep'> {
  for (let live = read; ; ) {
    const tried = await client.apply(object, { ...applyOptions(signal), dryRun: 'All' });
    if (contentOf(tried) === contentOf(live)) return 'Keep';
    const now = await client.get(refOf(object), { signal });
    if (now === undefined || now.metadata.resourceVersion === live.metadata.resourceVersion) return 'Update';
    live = now;
  }
}

/** Writes what has to be written, in its order. */
export async function placeObjects(
  client: KubeClient,
  placements: readonly Placement[],
  signal: AbortSignal,
): Promise<void> {
  for (const { object, action } of placements) {
    if (action !== 'Keep') await client.apply(object, applyOptions(signal));
  }
}

function applyOptions(signal: AbortSignal) {
  return { fieldManager: installManager, conflicts: 'Force', signal } as const;
}

function isOurs({ metadata }: KubeObject): boolean {
  return metadata.labels?.[managedByLabel] === managedByValue;
}

/** Without what controllers report, what changes with every write, and who wrote. */
function contentOf({ metadata, status: ____, ...rest }: KubeObject): string {
  const { managedFields: _, resourceVersion: __, generation: ___, ...kept } = metadata as JsonObject;
  return canonicalJson({ ...rest, metadata: kept });
}
