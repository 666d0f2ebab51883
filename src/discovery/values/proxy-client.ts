import { oncePer, remember } from '../../base/memo.ts';
import { textOf } from './fields.ts';
import { ipFamily } from './ip.ts';
import { augmentLabels, regionLabel, subzoneLabel, zoneLabel } from './locality.ts';
import { type Locality, localityText, parseLocality } from './locality-group.ts';
import type { IstiodView, ProxyNode } from './model.ts';

/** A proxy with what istiod makes of its metadata when it connects (pilot/pkg/xds/ads.go). */
export interface ProxyClient {
  readonly type: ProxyNode['type'];
  readonly cluster: string;
  readonly namespace: string;
  readonly network: string;
  readonly node: string;
  /** The networks that it asked for, with '' for endpoints of none; undefined: all. */
  readonly view: ReadonlySet<string> | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly locality: Locality;
  /** The IP families that it can reach; empty where none of its addresses is known. */
  readonly families: ReadonlySet<4 | 6>;
}

/** Labels come from the pod that istiod knows by the proxy's name, else from a ServiceEntry, else from the proxy itself. */
export function proxyClientOf(view: IstiodView, proxy: ProxyNode): ProxyClient {
  const { type, cluster, namespace, network, node } = proxy;
  const labels = view.pod(cluster, namespace, proxy.name)?.labels ?? labelsOfEntry(view, proxy) ?? proxy.labels;
  const locality = localityOf(labels, proxy.locality);
  return {
    type,
    cluster,
    namespace,
    network,
    node,
    view: proxy.view.length === 0 ? undefined : new Set([...proxy.view, '']),
    labels: augmentLabels(labels, { cluster, locality: localityText(locality), node, network }),
    locality,
    families: new Set(proxy.ips.flatMap((ip) => ipFamily(ip) ?? [])),
  };
}

type Labels = Readonly<Record<string, string>>;

/**
 * A machine of the config cluster has the labels of the endpoint with its address in a ServiceEntry of its namespace
 * (aggregate/controller.go and serviceentry/controller.go, GetProxyWorkloadLabels).
 */
function labelsOfEntry(view: IstiodView, { cluster, namespace, ips }: ProxyNode): Labels | undefined {
  if (cluster !== view.istiod.cluster) return undefined;
  const known = entryLabels(view).get(namespace);
  const ip = ips.find((one) => known?.has(one));
  return ip === undefined ? undefined : known?.get(ip);
}

/** The labels of the ServiceEntries' endpoints, by namespace of the entry and address. */
const entryLabels = oncePer((view: IstiodView): ReadonlyMap<string, ReadonlyMap<string, Labels>> => {
  const byNamespace = new Map<string, Map<string, Labels>>();
  for (const namespaces of view.services.values()) {
    for (const service of namespaces.values()) {
      const external = view.shards(service).find(({ provider }) => provider === 'External');
      for (const { address, labels } of external?.endpoints ?? []) {
        const known = remember(byNamespace, service.namespace, () => new Map());
        if (!known.has(address)) known.set(address, labels);
      }
    }
  }
  return byNamespace;
});

function localityOf(labels: Readonly<Record<string, string>>, fallback: string): Locality {
  const [region, zone, subzone] = [labels[regionLabel], labels[zoneLabel], labels[subzoneLabel]];
  if (region !== undefined || zone !== undefined || subzone !== undefined) {
    return { region: region ?? '', zone: zone ?? '', subzone: subzone ?? '' };
  }
  return parseLocality(textOf(labels['topology.istio.io/locality'] ?? labels['istio-locality']) || fallback);
}
