import { canonicalJson, type Json } from '../../base/json.ts';
import { oncePer } from '../../base/memo.ts';
import { isClusterLocal } from '../../discovery/rules/cluster-local.ts';
import { fieldsOf } from '../../discovery/values/fields.ts';
import { isOn } from '../../discovery/values/mesh-config.ts';
import type { IstiodView, ProxyNode } from '../../discovery/values/model.ts';
import { proxyClientOf } from '../../discovery/values/proxy-client.ts';
import type { KubeObject } from '../../objects/object.ts';

const placeLabels = ['topology.istio.io/cluster', 'kubernetes.io/hostname'];

/**
 * A text that is equal for proxies that a view tells the same about a host. The cluster and the node of a proxy count
 * only where something asks for them.
 */
export function proxyKey(view: IstiodView, proxy: ProxyNode, host: string): string {
  const { anywhere, placed } = keysOf(view)(proxy);
  return asksForPlace(view, host) ? placed : anywhere;
}

interface Keys {
  readonly anywhere: string;
  /** With the cluster and the node of the proxy. */
  readonly placed: string;
}

const keysOf = oncePer((view: IstiodView) =>
  oncePer((proxy: ProxyNode): Keys => {
    const {
      type,
      cluster,
      namespace,
      network,
      node,
      labels,
      locality,
      families,
      view: networks,
    } = proxyClientOf(view, proxy);
    const own = [type, namespace, network, locality, [...families].sort(), [...(networks ?? [])].sort()];
    const all = Object.entries(labels).sort();
    const general = all.filter(([name]) => !placeLabels.includes(name));
    return { anywhere: JSON.stringify([...own, general]), placed: JSON.stringify([...own, all, cluster, node]) };
  }),
);

function asksForPlace(view: IstiodView, host: string): boolean {
  if (isClusterLocal(view, host) || configAsksForPlace(view)) return true;
  return [...(view.services.get(host)?.values() ?? [])].some(
    ({ nodeLocal, trafficDistribution }) => nodeLocal || trafficDistribution === 'PreferSameNode',
  );
}

/** True where configuration selects callers by their cluster or node. */
const configAsksForPlace = oncePer((view: IstiodView): boolean => {
  const { destinationRules, virtualServices, sidecars } = view.config;
  const texts = [
    ...destinationRules.map(withoutSubsetLabels),
    ...[...virtualServices, ...sidecars].map(({ spec }) => canonicalJson(spec)),
    canonicalJson(view.istiod.meshConfig),
  ];
  const asks = texts.some((text) => placeLabels.some((label) => text.includes(label)));
  return asks || isOn(view.istiod, 'ENABLE_MCS_SERVICE_DISCOVERY');
});

/** Labels of subsets select endpoints, not callers. */
function withoutSubsetLabels({ spec }: KubeObject): string {
  const { subsets, ...rest } = fieldsOf(spec);
  const policies = Array.isArray(subsets) ? subsets.map((subset: Json) => fieldsOf(subset).trafficPolicy ?? null) : [];
  return canonicalJson([rest, policies]);
}
