import { managedGatewayLabel } from '../rules/merged-gateway.ts';
import { dependsOnScope } from '../rules/sidecar-scope.ts';
import type { EnvoyClusterAnswer } from '../values/answer.ts';
import { fieldsOf } from '../values/fields.ts';
import type { LocalityGroup } from '../values/locality-group.ts';
import type { EnvoyClusterRequest } from './envoy-cluster-request.ts';
import type { LocalitySetting } from './locality-setting.ts';

export interface AnswerBasis {
  readonly request: EnvoyClusterRequest;
  readonly envoyCluster: EnvoyClusterAnswer;
  readonly setting: LocalitySetting | undefined;
  readonly groups: readonly LocalityGroup[];
}

const always = [
  'istiod has read every cluster that it watches and sent the proxy its latest state.',
  // Traps T13, T14, T21 and T25: what it keeps or loses of an earlier state until the next event.
  'istiod holds nothing of an earlier state: no address that a gateway has lost, no node or name that was read before, no remote secret that gave way to another.',
  'No EnvoyFilter changes the cluster.',
  'Envoy has ejected no host and every connection can be made.',
] as const;

/** Conditions under which istiod's or Envoy's behaviour is not determined by what the model reads, each with its sentence. */
const conditional: readonly {
  readonly holds: (basis: AnswerBasis) => boolean;
  readonly sentence: string;
}[] = [
  {
    holds: ({ groups }) => hasTwinGateways(groups),
    sentence: 'Two gateways share an address: which of them comes first is not determined.',
  },
  {
    holds: ({ request }) =>
      request.service.clusters.length > 1 && !request.service.clusters.includes(request.view.istiod.cluster),
    sentence:
      'The order in which istiod connected to its remote clusters decides whose definition of the service counts.',
  },
  {
    holds: ({ request, setting }) =>
      request.service.trafficDistribution === 'PreferSameNode' && setting?.source === 'trafficDistribution',
    sentence:
      "istiod keeps answers for proxies of the same kind, and a node does not tell them apart: this one may be another node's.",
  },
  {
    holds: ({ request }) => request.client.families.size === 1 && request.view.gateways.multiNetwork,
    sentence: 'istiod keeps answers for proxies of the same kind, and the IP family does not tell them apart.',
  },
  {
    holds: ({ setting }) => setting?.kind === 'zoneAware' && setting.enabled,
    sentence: "Envoy's zone-aware routing within a priority is not modelled: shares go by weight.",
  },
  {
    holds: ({ request }) => fieldsOf(request.policy?.loadBalancer).consistentHash !== undefined,
    sentence: 'A consistent hash chooses the host: shares are those of many different keys.',
  },
  {
    holds: ({ envoyCluster, groups }) =>
      envoyCluster.panicThreshold > 0 && groups.some(({ hosts }) => hosts.some((host) => host.health !== 'HEALTHY')),
    sentence: "Envoy's panic mode, which uses unhealthy hosts below the threshold, is not modelled.",
  },
  {
    // endpointslice.go, serviceNeedsPush: slices alone push nothing for such a Service.
    holds: ({ request: { service, view } }) =>
      (service.hiddenIn ?? []).some((cluster) => cluster !== view.istiod.cluster),
    sentence:
      'A cluster exports the service to nobody: istiods elsewhere have its endpoints only after the Service itself has changed.',
  },
  {
    holds: ({ request: { mode, client } }) => mode === 'sni-dnat' && client.labels[managedGatewayLabel] !== undefined,
    sentence: "A listener of the proxy's Gateway (Gateway API) passes TLS through.",
  },
  {
    holds: ({ request: { view, client, service } }) => dependsOnScope(view, client, service.host),
    sentence:
      "Which service of the host istiod gives a gateway depends on whether it served a sidecar of the gateway's namespace before.",
  },
];

/** What the answer takes for granted, as sentences. */
export function assumptionsOf(basis: AnswerBasis): readonly string[] {
  const applicable = conditional.filter(({ holds }) => holds(basis)).map(({ sentence }) => sentence);
  return [...always, ...applicable, ...unresolvedGateways(basis)];
}

function unresolvedGateways({ request }: AnswerBasis): readonly string[] {
  return request.view.gateways.unresolved.map(
    ({ address, network }) =>
      `The host name ${address} of a gateway of network ${network} resolves to no address, so that istiod leaves the gateway out.`,
  );
}

function hasTwinGateways(groups: readonly LocalityGroup[]): boolean {
  return groups.some(({ hosts }) => {
    const gateways = hosts.filter((host) => host.via === 'gateway').map((host) => host.address);
    return new Set(gateways).size < gateways.length;
  });
}
