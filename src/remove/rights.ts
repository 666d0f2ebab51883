import { IsthmusError } from '../base/error.ts';
import { remedy, runOn } from '../base/remedy.ts';
import { mayI } from '../fleet/identity.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ServedKind } from '../kube/objects/served-kinds.ts';
import { groupOf, type KubeObject } from '../objects/object.ts';
import { describeRight, type Right } from '../objects/right.ts';
import type { Examined } from './remove-cluster.ts';

/** The rights that emptying a cluster takes, a line for each kind and namespace. */
export function removalRights({ survey: { kinds }, verdict }: Examined): readonly Right[] {
  const going = verdict.namespaces.filter(({ foreign }) => foreign.length === 0).map(({ namespace }) => namespace);
  const rights = [
    ...[...verdict.remove, ...going].flatMap((object) => rightTo('delete', object, kinds)),
    ...[...verdict.release, ...verdict.claimed].flatMap((object) => rightTo('patch', object, kinds)),
  ];
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}

function rightTo(
  verb: string,
  { apiVersion, kind, metadata }: KubeObject,
  kinds: readonly ServedKind[],
): readonly Right[] {
  const group = groupOf(apiVersion);
  const served = kinds.find((one) => one.kind === kind && groupOf(one.apiVersion) === group);
  if (served === undefined) return [];
  const right = { verb, group, resource: served.plural };
  return [metadata.namespace === undefined ? right : { ...right, namespace: metadata.namespace }];
}

/** Throws `access-denied` with what is missing, before anything is written. */
export async function requireRights(client: KubeClient, rights: readonly Right[], signal: AbortSignal): Promise<void> {
  if (rights.length === 0) return;
  if ((await mayI(client, [{ verb: '*', group: '*', resource: '*' }], { signal })).length === 0) return;
  const denied = await mayI(client, rights, { signal });
  if (denied.length === 0) return;
  const { cluster } = client;
  const more = denied.length > 5 ? `; and ${denied.length - 5} more` : '';
  throw new IsthmusError(
    'access-denied',
    `cluster ${cluster}: this user may not ${denied.slice(0, 5).map(describeRight).join('; ')}${more}`,
    {
      cluster,
      remedy: remedy`use a context with these rights, or have them granted (${runOn('COMMAND', 'rbac')} prints the roles); nothing was removed there`,
    },
  );
}
