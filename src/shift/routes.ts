import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';

/** The weights by subset of one route of a service, as an Envoy has it. */
export type RouteWeights = Readonly<Record<string, number>>;

/**
 * The weights of every route to a service in Envoy's listeners and routes (`/config_dump`). HTTP routes and TCP proxies
 * name their clusters in the same way: one, or several with weights. Istio leaves out what has the weight 0.
 */
export function routesTo(dump: Json, host: string): readonly RouteWeights[] {
  const found: RouteWeights[] = [];
  const visit = (value: Json): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isJsonObject(value)) return;
    const weights = weightsOf(value, host);
    if (weights !== undefined) found.push(weights);
    for (const [key, inner] of Object.entries(value)) {
      if (key !== 'weighted_clusters' && inner !== undefined) visit(inner);
    }
  };
  visit(dump);
  return found;
}

function weightsOf({ cluster, weighted_clusters: weighted }: JsonObject, host: string): RouteWeights | undefined {
  if (typeof cluster === 'string') {
    const subset = subsetOf(cluster, host);
    return subset === undefined ? undefined : { [subset]: 100 };
  }
  if (!isJsonObject(weighted) || !Array.isArray(weighted.clusters)) return undefined;
  const entries = weighted.clusters.flatMap((one: Json) => {
    const subset = isJsonObject(one) && typeof one.name === 'string' ? subsetOf(one.name, host) : undefined;
    return subset === undefined || !isJsonObject(one) ? [] : [[subset, Number(one.weight ?? 0)] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Undefined for another service. */
function subsetOf(cluster: string, host: string): string | undefined {
  const [direction, , subset = '', of] = cluster.split('|');
  return direction === 'outbound' && of === host ? subset : undefined;
}

/** True where every route to the service has just these weights. Without a route the proxy does not call the service. */
export function hasWeights(routes: readonly RouteWeights[], wanted: RouteWeights): boolean {
  const expected = Object.entries(wanted).filter(([, weight]) => weight > 0);
  return routes.every(
    (route) =>
      Object.keys(route).length === expected.length && expected.every(([subset, weight]) => route[subset] === weight),
  );
}
