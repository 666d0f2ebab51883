import type { JsonObject } from '../../base/json.ts';
import { fieldsOf, numberOf, objectsOf } from '../values/fields.ts';
import type { IstiodView } from '../values/model.ts';
import type { ProxyClient } from '../values/proxy-client.ts';
import type { Egress } from './egress.ts';
import { outboundPolicy } from './outbound-policy.ts';
import { type Destination, destinationOf } from './virtual-service-config.ts';

/** A request of an application behind a sidecar. */
export interface RouteRequest {
  /** The full name that it is sent to. */
  readonly host: string;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  /** GET where it is left out. */
  readonly method?: string;
  /** With the query; `/` where it is left out. */
  readonly path?: string;
  /** The server name of a TLS connection; the host where it is left out. */
  readonly sni?: string;
}

export interface WeightedDestination extends Destination {
  /** Percent of the requests, 0 to 100. */
  readonly share: number;
}

export type NotRoutedCode =
  /** Nothing takes the request, and REGISTRY_ONLY keeps it in. */
  | 'unknown-host'
  /** It goes to the address that the application has for the name, past the mesh: what is there is not modelled. */
  | 'passed-through'
  /** A route of the Gateway API decides, which is not modelled. */
  | 'route-not-modelled'
  | 'no-such-port'
  | 'no-match'
  | 'answered-by-proxy'
  | 'router-not-modelled';

/** Where a sidecar sends a request, before endpoints are chosen. */
export type RouteAnswer =
  | {
      readonly outcome: 'Routed';
      readonly destinations: readonly WeightedDestination[];
      /** `namespace/name` of the VirtualService that decides; null where none does. */
      readonly virtualService: string | null;
      /** Sentences: what the route does besides, which is not modelled. */
      readonly notes: readonly string[];
    }
  | {
      readonly outcome: 'NotRouted';
      readonly code: NotRoutedCode;
      /** Why the service that the host names is none for the sidecar, where there is one. */
      readonly hidden?: 'not-exported' | 'not-in-sidecar-scope';
      /** The routes that there are, where the request matches none. */
      readonly routes?: readonly RouteChoice[];
      readonly explanation: string;
      readonly notes: readonly string[];
    };

export function notRouted(code: NotRoutedCode, explanation: string, notes: readonly string[] = []): RouteAnswer {
  return { outcome: 'NotRouted', code, explanation: `${explanation}.`, notes };
}

/** A route, and where it leads requests that match it. */
export interface RouteChoice {
  /** `shop/reviews: uri prefix /v2` */
  readonly name: string;
  readonly answer: RouteAnswer;
}

/** What routes are chosen by. */
export interface Question {
  readonly view: IstiodView;
  readonly client: ProxyClient;
  readonly request: RouteRequest;
  readonly egress: Egress;
  /** The service that the request's host means: itself, what it is an alias of, or a pattern that covers it. */
  readonly target: string;
}

/** Everything goes to the service itself. */
export function itself({ request, target }: Question, notes: readonly string[]): RouteAnswer {
  const destination = { host: target, port: request.port, subset: '', share: 100 };
  return { outcome: 'Routed', destinations: [destination], virtualService: null, notes };
}

/** One destination gets all; of several those of weight 0 get nothing. */
export function weigh(
  route: JsonObject,
  resolve: (destination: Destination) => Destination,
): readonly WeightedDestination[] {
  const listed = objectsOf(route.route).map((item) => {
    const destination = destinationOf(fieldsOf(item.destination));
    return { ...resolve(destination), weight: numberOf(item.weight) ?? 0 };
  });
  if (listed.length === 1) return listed.map(({ weight: _, ...destination }) => ({ ...destination, share: 100 }));
  const total = listed.reduce((sum, { weight }) => sum + weight, 0);
  return listed
    .filter(({ weight }) => weight > 0)
    .map(({ weight, ...destination }) => ({ ...destination, share: (weight * 100) / total }));
}

/** What becomes of a request that no service takes: the outbound policy says. */
export function outside(
  { view, client }: Pick<Question, 'view' | 'client'>,
  why: string,
  { registryOnly = 'unknown-host', notes = [] }: { registryOnly?: NotRoutedCode; notes?: readonly string[] } = {},
): RouteAnswer {
  if (outboundPolicy(view, client) === 'REGISTRY_ONLY') {
    return notRouted(registryOnly, `${why}, and outboundTrafficPolicy REGISTRY_ONLY lets nothing else out`, notes);
  }
  const passed = 'the sidecar passes it on to the address that the application has, past the mesh';
  return notRouted('passed-through', `${why}: by outboundTrafficPolicy ALLOW_ANY ${passed}`, notes);
}
