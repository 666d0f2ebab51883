import { refusedServices } from '../../discovery/endpoints/refusal.ts';
import type { RouteAnswer } from '../../discovery/rules/virtual-service.ts';
import { versionAssumptions } from '../../discovery/values/istio-version.ts';
import { flagAssumptions } from '../../discovery/values/istiod-flags.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import type { Caller } from '../world/caller.ts';
import type { ResolvedHost } from './resolve-host.ts';

const always = [
  'No NetworkPolicy forbids the request.',
  'It needs a new connection: open ones stay where they are until they close.',
];
const outside = 'The name is resolved by DNS outside the mesh.';

interface TraceBasis {
  readonly view: IstiodView;
  readonly caller: Caller;
  readonly routed: RouteAnswer | null;
  readonly resolved: ResolvedHost;
  readonly destinations: readonly { readonly assumptions: readonly string[] }[];
}

/** What a trace takes for granted, as sentences. */
export function assumptionsOf({ view, caller, routed, resolved, destinations }: TraceBasis): readonly string[] {
  const sentences = [
    ...always,
    ...(resolved.by === 'Outside' ? [outside] : []),
    ...(routed?.notes ?? []),
    ...destinations.flatMap(({ assumptions }) => assumptions),
    ...refusals(view, caller),
    ...versionAssumptions(view.istiod),
    ...flagAssumptions(view.istiod),
  ];
  return [...new Set(sentences)];
}

function refusals(view: IstiodView, { proxy }: Caller): readonly string[] {
  const refused = refusedServices(view, proxy);
  if (refused.length === 0) return [];
  const why = `${refused.join(' and ')} has an endpoint without an address, with which Envoy refuses the endpoints of all services`;
  return [`The caller's proxy got its endpoints before: ${why}, so that a new proxy has none.`];
}
