import { IsthmusError } from '../../base/error.ts';
import { remedy, run, runOn } from '../../base/remedy.ts';
import { mayI } from '../../fleet/identity.ts';
import { builtInResource } from '../../kube/objects/built-in-kinds.ts';
import { groupOf, namesOf } from '../../objects/object.ts';
import { describeRight, type Right } from '../../objects/right.ts';
import { type DeletionGuard, halvedText } from '../../plan/guard.ts';
import type { Decision } from '../decide/decide.ts';

/** Throws where a cluster would lose more objects than one apply may take. */
export function refuseDeletions(decisions: readonly Decision[]): void {
  const over = decisions.filter(({ guard }) => guard.verdict !== 'Allowed');
  const [first] = over;
  if (first === undefined) return;
  const list = over.map(({ part, guard, prune }) => {
    const { deletions, inventory } = guard;
    const bound = boundText(guard);
    const names = namesOf(prune.deletions.map(({ ref }) => ref));
    return `\n  ${part.topology.name}: ${deletions} of ${inventory} objects, and ${bound}: ${names}`;
  });
  throw new IsthmusError(
    'prune-guard',
    `more would be deleted than one apply may delete; nothing was changed${list.join('')}`,
    {
      cluster: first.part.topology.name,
      remedy: over.some(({ guard }) => guard.verdict === 'Everything')
        ? remedy`no limit allows that: to remove the mesh from one cluster, run ${runOn(first.part.topology.name, 'leave')}; to remove all of it, run ${run('uninstall')}`
        : remedy`look at the plan with ${run('plan')}, and put back into the mesh file what it should not have lost; a cluster is taken out with ${runOn('CLUSTER', 'leave')} while the file still declares it`,
    },
  );
}

function boundText({ verdict, limit, halved }: DeletionGuard): string {
  if (verdict === 'Everything') return 'nothing of the mesh would be left there';
  if (verdict === 'OverLimit') return `the limit is ${limit}`;
  return `that is ${halvedText(halved)}`;
}

/** Throws `access-denied` where we lack the right for a deletion that is planned. */
export async function refuseUnauthorized(decisions: readonly Decision[], signal: AbortSignal): Promise<void> {
  await Promise.all(
    decisions.map(async ({ part: { client }, prune }) => {
      const rights = prune.deletions.flatMap(({ ref }): readonly (readonly [string, Right])[] => {
        const resource = builtInResource(ref)?.plural;
        if (resource === undefined) return [];
        const where = ref.namespace === undefined ? {} : { namespace: ref.namespace };
        const right = { verb: 'delete', group: groupOf(ref.apiVersion), resource, ...where };
        return [[describeRight(right), right]];
      });
      const [denied] = await mayI(client, [...new Map(rights).values()], { signal });
      if (denied === undefined) return;
      const { cluster } = client;
      throw new IsthmusError(
        'access-denied',
        `cluster ${cluster}: this user may not ${describeRight(denied)}, which is no longer declared; nothing was changed`,
        {
          cluster,
          remedy: remedy`have the right granted (${runOn('apply', 'rbac')} prints the roles), or use a context that has it`,
        },
      );
    }),
  );
}
