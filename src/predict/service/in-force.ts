import { destinationRuleFor, type Subset } from '../../discovery/rules/destination-rule.ts';
import { route, type WeightedDestination } from '../../discovery/rules/virtual-service.ts';
import { namespaceOf } from '../../discovery/values/config-object.ts';
import { fieldsOf } from '../../discovery/values/fields.ts';
import type { IstiodView, Service } from '../../discovery/values/model.ts';
import { proxyClientOf } from '../../discovery/values/proxy-client.ts';
import type { KubeObject } from '../../objects/object.ts';
import { managedByLabel, managedByValue } from '../../objects/ownership.ts';
import type { Caller } from '../world/caller.ts';

/** An object that decides where a caller's requests to a service go. */
export interface RuleInForce {
  readonly kind: 'DestinationRule' | 'VirtualService';
  /** `namespace/name` */
  readonly object: string;
  /** A mesh of Isthmus made it; otherwise someone else did. */
  readonly isOurs: boolean;
  /** What it does, in words. */
  readonly says: string;
}

/** The objects that hold for a caller's requests to the ports of a service: what istiod merged, and what routes each port. */
export function rulesInForce(view: IstiodView, caller: Caller, service: Service): readonly RuleInForce[] {
  const { destinationRules, virtualServices } = view.config;
  const rule = destinationRuleFor(view, proxyClientOf(view, caller.proxy), service);
  const ports = service.ports.filter(({ protocol }) => protocol !== 'UDP');
  const routes = ports.map(({ port }) => route(view, caller.proxy, { host: service.host, port, headers: {} }));
  const deciding = new Map(
    routes.flatMap((answer) =>
      answer.outcome === 'Routed' && answer.virtualService !== null
        ? [[answer.virtualService, answer.destinations] as const]
        : [],
    ),
  );
  return [
    ...(rule?.from ?? []).map(
      (object): RuleInForce => ({
        kind: 'DestinationRule',
        object,
        isOurs: isOurs(destinationRules, object),
        says: ruleText(rule?.subsets ?? [], fieldsOf(rule?.trafficPolicy)),
      }),
    ),
    ...[...deciding].map(
      ([object, destinations]): RuleInForce => ({
        kind: 'VirtualService',
        object,
        isOurs: isOurs(virtualServices, object),
        says: destinationsText(service.host, destinations),
      }),
    ),
  ];
}

function isOurs(objects: readonly KubeObject[], name: string): boolean {
  const found = objects.find((one) => `${namespaceOf(one)}/${one.metadata.name}` === name);
  return found?.metadata.labels?.[managedByLabel] === managedByValue;
}

/** The settings of a traffic policy that decide where requests go, as this page names them. */
const settings = [
  ['outlierDetection', 'outlier detection'],
  ['loadBalancer', 'a load balancer'],
  ['tls', 'TLS settings'],
  ['connectionPool', 'limits of connections'],
  ['portLevelSettings', 'settings of ports'],
] as const;

function ruleText(subsets: readonly Subset[], policy: ReturnType<typeof fieldsOf>): string {
  const has = settings.flatMap(([field, words]) => (policy[field] === undefined ? [] : [words]));
  const names = subsets.map(({ name }) => name).join(', ');
  const parts = [...(names === '' ? [] : [`subsets ${names}`]), ...has];
  return parts.length === 0 ? 'changes nothing' : parts.join('; ');
}

/** Of the service itself the subsets alone. */
function destinationsText(asked: string, destinations: readonly WeightedDestination[]): string {
  const place = ({ host, subset }: WeightedDestination): string => {
    if (subset === '') return host === asked ? 'the service itself' : host;
    return host === asked ? subset : `${subset} of ${host}`;
  };
  return destinations.map((one) => `${one.share}% to ${place(one)}`).join(', ');
}
