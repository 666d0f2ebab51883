import type {
  AnswerEndpoint,
  EffectiveEndpoint,
  EnvoyClusterAnswer,
  ExcludedEndpoint,
  Query,
} from '../values/answer.ts';
import { type Host, type Locality, type LocalityGroup, localityText } from '../values/locality-group.ts';
import { effectiveView } from './envoy.ts';
import type { Exclusion } from './exclusion.ts';

/** What decides about the form of an answer's endpoints, beside the hosts themselves. */
export interface AnswerContext {
  readonly envoyCluster: EnvoyClusterAnswer;
  readonly mode: Query['mode'];
}

/** The endpoints of istiod's EDS answer. */
export function answerEndpoints(groups: readonly LocalityGroup[], context: AnswerContext): readonly AnswerEndpoint[] {
  return groups.flatMap(({ hosts, priority, locality }) => {
    const place = { locality: localityText(locality), priority };
    return hosts.map((host) => answerEndpoint(host, place, context));
  });
}

/** The hosts that Envoy makes of istiod's groups, and those that it drops. */
export function effectiveEndpoints(
  groups: readonly LocalityGroup[],
  context: AnswerContext,
  ejected: Query['ejected'],
): { readonly endpoints: readonly EffectiveEndpoint[]; readonly excluded: readonly Exclusion[] } {
  const { hosts, refused, duplicates } = effectiveView(
    withEjected(groups, ejected),
    context.envoyCluster.localityWeighted,
  );
  const refusals = refused === undefined ? [] : [() => refusal(refused)];
  return {
    endpoints: hosts.map(({ host, locality, priority, share }) => ({
      ...answerEndpoint(host, { locality: localityText(locality), priority }, context),
      share,
    })),
    excluded: [
      ...refusals,
      ...duplicates.map(
        ({ host, locality, kept }) =>
          () =>
            duplicate(host, locality, kept),
      ),
    ],
  };
}

function answerEndpoint(
  host: Host,
  { locality, priority }: Pick<AnswerEndpoint, 'locality' | 'priority'>,
  context: AnswerContext,
): AnswerEndpoint {
  const mtls = isMutual(host, context);
  const { envoyCluster, mode } = context;
  const hasSni = mtls || envoyCluster.tls === 'Simple';
  return {
    address: host.address,
    weight: host.weight,
    priority,
    locality,
    network: host.network,
    cluster: host.cluster,
    via: host.via,
    mtls,
    tlsMode: host.tlsMode,
    sni: mode === 'sni-dnat' ? envoyCluster.name : hasSni ? envoyCluster.sni : null,
    health: host.health,
  };
}

/** Whether Envoy speaks mutual TLS to the host; a gateway's own cluster passes the client's through. */
function isMutual(host: Host, { envoyCluster, mode }: AnswerContext): boolean {
  if (mode === 'sni-dnat' || envoyCluster.tls === 'Auto') return host.tlsMode === 'istio';
  return envoyCluster.tls === 'Istio' || envoyCluster.tls === 'Mutual';
}

/** The groups as Envoy sees them once it has ejected hosts. */
function withEjected(groups: readonly LocalityGroup[], ejected: Query['ejected']): readonly LocalityGroup[] {
  if (ejected === undefined || ejected.size === 0) return groups;
  const judged = (host: Host): Host => (ejected.has(host.address) ? { ...host, health: 'UNHEALTHY' } : host);
  return groups.map((group) => ({ ...group, hosts: group.hosts.map(judged) }));
}

function refusal({ address, cluster }: Host): ExcludedEndpoint {
  const explanation = `An endpoint has no IP address but only port ${address.slice(1)}, and no gateway stands in for it: Envoy refuses it and all that istiod sends with it, the endpoints of other services too.`;
  return { address, cluster, reason: 'envoy-refused', explanation };
}

function duplicate(host: Host, locality: Locality, kept: Locality): ExcludedEndpoint {
  const where = (place: Locality): string => localityText(place) || '(none)';
  const explanation = `${host.address}: istiod sends it for locality ${where(locality)} too, but Envoy keeps an address once, here that of locality ${where(kept)}, and drops the weight and priority of the rest.`;
  return { address: host.address, cluster: host.cluster, reason: 'envoy-duplicate', explanation };
}
