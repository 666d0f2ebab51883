import { canonicalJson, type JsonObject } from '../../base/json.ts';
import { oncePer, remember } from '../../base/memo.ts';
import { compareByAge, namespaceOf } from '../../discovery/values/config-object.ts';
import { fieldsOf, objectsOf } from '../../discovery/values/fields.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import type { IstiodSettings, Snapshot } from '../../discovery/values/snapshot.ts';
import { groupOf, type KubeObject } from '../../objects/object.ts';

/**
 * Finds the view that tells a cluster's proxies about a host. In a mesh of many primaries with the same configuration
 * one view tells what all would tell, as long as every cluster defines the service alike: then it stands for all of them.
 */
export function alikeViews(
  snapshot: Snapshot,
  istiodOf: (cluster: string) => IstiodSettings | undefined,
  build: (istiod: IstiodSettings) => IstiodView,
): (cluster: string, host: string) => IstiodView | undefined {
  const standIns = new Map<string, IstiodSettings>();
  const kindOfIstiod = oncePer((istiod: IstiodSettings) => kindOf(snapshot, istiod));
  return (cluster, host) => {
    const own = istiodOf(cluster);
    if (own === undefined) return undefined;
    if (differing(snapshot).has(host)) return build(own);
    const kind = kindOfIstiod(own);
    return build(remember(standIns, kind, () => own));
  };
}

const differing = oncePer(differingServices);

/** Kinds that istiod reads from its own cluster alone, so that they may differ between istiods. */
const configGroups = new Set(['networking.istio.io', 'security.istio.io']);

function kindOf(snapshot: Snapshot, istiod: IstiodSettings): string {
  const { cluster, runsIn: _, serves: __, remotes, flags, ...settings } = istiod;
  const objects = snapshot.clusters.find((one) => one.cluster === cluster)?.objects ?? [];
  const config = objects.filter(({ apiVersion }) => configGroups.has(groupOf(apiVersion)));
  const { CLUSTER_ID: ___, ...ownFlags } = flags;
  return canonicalJson({
    settings: { ...settings },
    flags: ownFlags,
    reads: [cluster, ...remotes].sort(),
    unasked: snapshot.unasked?.[cluster] ?? '',
    config: [...config].sort(compareByAge).map(contentOf),
    // What a ServiceEntry or WorkloadEntry adds belongs to the cluster it is read from.
    own: config.some(({ kind }) => kind === 'ServiceEntry' || kind === 'WorkloadEntry') ? cluster : '',
  });
}

/** All of an object that istiod goes by, but for its age: the order of the objects stands for that. */
function contentOf({ apiVersion, kind, metadata, spec }: KubeObject): string {
  const { name, namespace = '', labels = {}, annotations = {} } = metadata;
  return canonicalJson({
    apiVersion,
    kind,
    name,
    namespace,
    labels: istioOnly(labels),
    annotations: istioOnly(annotations),
    spec: spec ?? null,
  });
}

/** Labels and annotations that mean something to istiod. The network of a gateway is read in its own cluster. */
function istioOnly(entries: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(entries)
      .filter(([name]) => name.includes('istio.io/') && name !== 'topology.istio.io/network')
      .sort(),
  );
}

/** The hosts of services that not every cluster defines alike: whose definition counts depends on the istiod. */
function differingServices({ clusters, istiods }: Snapshot): ReadonlySet<string> {
  const services = clusters.flatMap(({ objects }) =>
    objects.filter(({ apiVersion, kind }) => kind === 'Service' && apiVersion === 'v1'),
  );
  const definitions = new Map<string, string>();
  const differing = new Set<string>();
  for (const service of services) {
    const name = `${service.metadata.name}.${namespaceOf(service)}`;
    const definition = definitionOf(service);
    if (definition !== (definitions.get(name) ?? definition)) differing.add(name);
    definitions.set(name, definition);
  }
  const domains = [...new Set(istiods.map(({ domain }) => domain))];
  return new Set([...differing].flatMap((name) => domains.map((domain) => `${name}.svc.${domain}`)));
}

const decidingFields = [
  'type',
  'selector',
  'externalName',
  'internalTrafficPolicy',
  'trafficDistribution',
  'publishNotReadyAddresses',
];

/** What of a Service decides: not the addresses and node ports that its own cluster gave it. */
function definitionOf({ metadata, spec }: KubeObject): string {
  const fields = fieldsOf(spec);
  const ports = objectsOf(fields.ports).map(({ nodePort: _, ...port }) => port);
  const own = decidingFields.map((name) => fields[name] ?? null);
  const { labels = {}, annotations = {} } = metadata;
  return canonicalJson([...own, fields.clusterIP === 'None', ports, istioOnly(labels), istioOnly(annotations)]);
}
