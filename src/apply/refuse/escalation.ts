import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import { remedy, runOn } from '../../base/remedy.ts';
import { isEscalation } from '../../kube/transport/status.ts';
import { describeRef, type ObjectRef, refKey } from '../../objects/object.ts';
import { fieldManager } from '../../objects/ownership.ts';
import { conflictsFor } from '../../plan/change.ts';
import type { Decision, StagedChange } from '../decide/decide.ts';

/**
 * Throws `access-denied` where a cluster would refuse a role because it gives rights that we do not have ourselves. No
 * right that could be asked for tells that beforehand, so the roles that are to be written are tried without storing
 * them. One for a namespace that is not there yet cannot be tried.
 */
export async function refuseEscalation(decisions: readonly Decision[], signal: AbortSignal): Promise<void> {
  const refused = await Promise.all(decisions.map(async (decision) => await refusedIn(decision, signal)));
  const all = refused.flat();
  const [first] = all;
  if (first === undefined) return;
  const lines = all.map(({ cluster, ref }) => `\n  ${cluster}: ${describeRef(ref)}`).join('');
  throw new IsthmusError(
    'access-denied',
    `this user may not give the rights that these roles give, because it does not have them itself; nothing was changed${lines}`,
    {
      cluster: first.cluster,
      remedy: remedy`have these rights granted (${runOn('apply', 'rbac')} prints the roles), or use a context that has them, such as one of cluster-admin; what settings of yours add to a role has to be granted besides`,
    },
  );
}

interface RefusedRole {
  readonly cluster: string;
  readonly ref: ObjectRef;
}

async function refusedIn({ part, changes }: Decision, signal: AbortSignal): Promise<readonly RefusedRole[]> {
  const { client, observed } = part;
  const exists = (namespace: string): boolean =>
    observed.live.has(refKey({ apiVersion: 'v1', kind: 'Namespace', name: namespace }));
  const tried = changes.map(async ({ change }: StagedChange): Promise<readonly RefusedRole[]> => {
    const { ref } = change;
    const isWritten = change.action === 'Create' || change.action === 'Update';
    if (!isWritten || !['ClusterRole', 'Role'].includes(ref.kind)) return [];
    if (ref.namespace !== undefined && !exists(ref.namespace)) return [];
    const conflicts = conflictsFor(observed.live.get(refKey(ref)));
    try {
      await client.apply(change.object, { fieldManager, conflicts, dryRun: 'All', signal });
      return [];
    } catch (error) {
      // Whatever else a trial fails with settles nothing, and the apply itself will say it.
      signal.throwIfAborted();
      return isEscalation(asIsthmusError(error)) ? [{ cluster: client.cluster, ref }] : [];
    }
  });
  return (await Promise.all(tried)).flat();
}
