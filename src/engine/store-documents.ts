import { digest } from '../apply/read/digest.ts';
import type { Clock } from '../base/clock.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { textAt } from '../base/json.ts';
import { remedy, repeat } from '../base/remedy.ts';
import type { KubeClient } from '../kube/client.ts';
import { whenServed } from '../kube/objects/when-served.ts';
import { type KubeObject, namesOf, type ObjectRef, refKey, refOf } from '../objects/object.ts';
import { fieldManager, managedByLabel, managedByValue, meshLabel, systemNamespace } from '../objects/ownership.ts';
import { appliedObject } from '../plan/change.ts';
import { documentDefinitions, homeDocuments } from '../plan/documents.ts';
import { guardDeletions, halvedText } from '../plan/guard.ts';
import type { ApproveLosses } from '../plan/loss.ts';
import { declaresTheSame } from '../plan/same-document.ts';
import type { OperatorApply } from '../report/operator-apply.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';

export interface StoredDocument {
  readonly ref: ObjectRef;
  readonly action: OperatorApply['documents'][number]['action'];
}

export interface StoringOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly maxDelete: number | undefined;
  /** Called before the first write where documents are deleted; left out, that is approved. */
  readonly approveLosses?: ApproveLosses | undefined;
}

/**
 * Stores the declared documents in the home cluster and nothing else, but for a definition of theirs that is gone. What
 * declares the same already is left as it is, whoever wrote it. Documents of ours that are no longer declared are deleted;
 * those of others stay. Throws `prune-guard` before the first write where more would go than may, and `conflict` where
 * someone else sets a field to something else.
 */
export async function storeDocuments(
  client: KubeClient,
  { declared, name }: ResolvedMesh,
  { clock, signal, maxDelete, approveLosses }: StoringOptions,
): Promise<readonly StoredDocument[]> {
  const wanted = homeDocuments(declared);
  const stored = await readDocuments(client, wanted, signal);
  const byKey = new Map(stored.map((one) => [refKey(refOf(one)), one]));
  const keys = new Set(wanted.map((one) => refKey(refOf(one))));
  const ours = stored.filter((one) => isOurs(one, name));
  const gone = ours.filter((one) => !keys.has(refKey(refOf(one))));
  refuseTooMany(client.cluster, { gone, ours }, maxDelete ?? declared.mesh.spec.maxDelete);
  await approveDeletions(client.cluster, gone, approveLosses);
  const done: StoredDocument[] = [];
  for (const document of wanted) {
    const ref = refOf(document);
    const live = byKey.get(refKey(ref));
    if (live !== undefined && declaresTheSame(document, live)) done.push({ ref, action: 'Keep' });
    else {
      if (live === undefined) await storeNew(client, document, { mesh: name, clock, signal });
      else await store(client, document, live);
      done.push({ ref, action: live === undefined ? 'Create' : 'Update' });
    }
  }
  for (const { metadata, ...one } of gone) {
    const ref = refOf({ ...one, metadata });
    const { uid } = metadata;
    await client.delete(ref, uid === undefined ? {} : { uid });
    done.push({ ref, action: 'Delete' });
  }
  return done;
}

async function approveDeletions(
  cluster: string,
  gone: readonly KubeObject[],
  approve: ApproveLosses | undefined,
): Promise<void> {
  if (gone.length === 0) return;
  await approve?.(gone.map((one) => ({ cluster, action: 'Delete', object: refOf(one) })));
}

async function readDocuments(
  client: KubeClient,
  wanted: readonly KubeObject[],
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const [first] = wanted;
  const apiVersion = first?.apiVersion ?? '';
  const lists = await Promise.all(
    (['Mesh', 'MeshCluster', 'MeshService'] as const).map(async (kind) => {
      const where = kind === 'MeshService' ? {} : { namespace: systemNamespace };
      return await client.list({ apiVersion, kind }, { ...where, signal });
    }),
  );
  return lists.flat();
}

/** What we applied before carries the labels of the mesh; what kubectl or Git applied does not. */
function isOurs({ metadata: { labels } }: KubeObject, mesh: string): boolean {
  return labels?.[meshLabel] === mesh && labels[managedByLabel] === managedByValue;
}

function refuseTooMany(
  cluster: string,
  { gone, ours }: { readonly gone: readonly KubeObject[]; readonly ours: readonly KubeObject[] },
  maxDelete: number | undefined,
): void {
  const [deletions, inventory] = [gone.map(refOf), ours.map(refOf)];
  const guard = guardDeletions({ deletions, inventory, remaining: ours.length - gone.length, maxDelete });
  if (guard.verdict === 'Allowed') return;
  const bound = guard.verdict === 'KindHalved' ? halvedText(guard.halved) : `${guard.limit} may be`;
  const message = `${gone.length} documents would be deleted, and ${bound}: ${namesOf(deletions)}`;
  throw new IsthmusError('prune-guard', message, {
    cluster,
    remedy: remedy`look at the mesh file; where that is meant, ${repeat({ maxDelete: gone.length })}`,
  });
}

/** Who deletes a definition deletes its documents with it; the definition is recreated where it is missing. */
async function storeNew(
  client: KubeClient,
  document: KubeObject,
  { mesh, clock, signal }: Pick<StoringOptions, 'clock' | 'signal'> & { readonly mesh: string },
): Promise<void> {
  try {
    await store(client, document, undefined);
  } catch (thrown) {
    const definition = documentDefinitions(mesh).find(({ spec }) => textAt(spec, ['names', 'kind']) === document.kind);
    if (asIsthmusError(thrown).code !== 'not-found' || definition === undefined) throw thrown;
    if ((await client.get(refOf(definition), { signal })) !== undefined) throw thrown;
    await client.apply(definition, { fieldManager, conflicts: 'Force', signal });
    await whenServed(async () => await store(client, document, undefined), { clock, signal });
  }
}

/** Fields of others are taken over where we set them before, and refused where someone else does. */
async function store(client: KubeClient, document: KubeObject, live: KubeObject | undefined): Promise<void> {
  try {
    await client.apply(appliedObject(document, digest), { fieldManager, conflicts: 'Refuse' });
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    if (error.code !== 'conflict' || live === undefined) throw thrown;
    throw new IsthmusError('conflict', error.message, {
      cluster: client.cluster,
      cause: error,
      remedy: remedy`change the document where it is kept (${document.kind} ${document.metadata.name}), or make the mesh file say the same`,
    });
  }
}
