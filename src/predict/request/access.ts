import { oncePer } from '../../base/memo.ts';
import { concreteHost } from '../../discovery/rules/alias.ts';
import { spiffeId, trustDomainOf } from '../../discovery/values/mesh-config.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import { isHttp, undeclared } from '../../discovery/values/protocol.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import { groupOf } from '../../objects/object.ts';
import type { Caller } from '../world/caller.ts';
import type { Inquiry } from './inquiry.ts';
import type { Access } from './path.ts';

/** What a caller's requests to a port show of themselves; undefined in a mesh without AuthorizationPolicies. */
export function accessOf(
  { world, http }: Pick<Inquiry, 'world' | 'http'>,
  view: IstiodView,
  { caller, host, port }: { readonly caller: Caller; readonly host: string; readonly port: number },
): Access | undefined {
  if (!hasPolicies(world.snapshot)) return undefined;
  const { namespace, serviceAccount } = caller;
  const principal = spiffeId(trustDomainOf(view.istiod), namespace, serviceAccount).slice('spiffe://'.length);
  const [service] = view.services.get(concreteHost(view, host) ?? host)?.values() ?? [];
  const protocol = service?.ports.find((one) => one.port === port)?.protocol ?? undeclared;
  const isRequest = isHttp(protocol) || protocol === undeclared;
  return { principal, http: isRequest ? http : undefined, key: `${principal} ${isRequest ? 'http' : 'tcp'}` };
}

const hasPolicies = oncePer(({ clusters }: Snapshot): boolean =>
  clusters.some(({ objects }) =>
    objects.some(
      ({ apiVersion, kind }) => kind === 'AuthorizationPolicy' && groupOf(apiVersion) === 'security.istio.io',
    ),
  ),
);
