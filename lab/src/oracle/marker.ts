import { isJsonObject, type Json, type JsonObject, valueAt } from '../../../src/base/json.ts';
import type { Snapshot } from '../../../src/discovery/values/snapshot.ts';
import type { KubeObject } from '../../../src/objects/object.ts';

const namespace = 'isthmus-oracle';
const service = 'marker';

/** The address that stands for a step of a load: one of the reserved block 240.0.0.0/8, so it is nobody else's. */
export function markerAddress(step: number): string {
  return `240.${(step >> 16) & 255}.${(step >> 8) & 255}.${step & 255}`;
}

/** Labels that every one of the mesh's discovery selectors accepts, as far as there are such. */
function selectedLabels(meshConfig: JsonObject): Record<string, string> {
  const labels: Record<string, string> = {};
  const selectors = valueAt(meshConfig, ['discoverySelectors']);
  const [first] = Array.isArray(selectors) ? (selectors as readonly Json[]) : [];
  const matchLabels = valueAt(first, ['matchLabels']);
  for (const [key, value] of Object.entries(isJsonObject(matchLabels) ? matchLabels : {})) labels[key] = String(value);
  const expressions = valueAt(first, ['matchExpressions']);
  for (const expression of Array.isArray(expressions) ? (expressions as readonly Json[]) : []) {
    const { key, operator, values } = isJsonObject(expression) ? expression : {};
    if (operator === 'Exists') labels[String(key)] = 'yes';
    if (operator === 'In' && Array.isArray(values)) labels[String(key)] = String(values[0]);
  }
  return labels;
}

/**
 * A service of one endpoint whose address says which step of a load it belongs to. Proxies of other namespaces do not see it; istiod's index of endpoints
 * shows by it whether a cluster's new objects have arrived.
 */
export function markerObjects(snapshot: Snapshot, step: number): readonly KubeObject[] {
  const labels = Object.assign({}, ...snapshot.istiods.map(({ meshConfig }) => selectedLabels(meshConfig)));
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels }, status: { phase: 'Active' } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: service, namespace, annotations: { 'networking.istio.io/exportTo': '.' } },
      spec: {
        type: 'ClusterIP',
        clusterIP: '10.0.0.2',
        clusterIPs: ['10.0.0.2'],
        ports: [{ name: 'tcp', protocol: 'TCP', port: 80 }],
      },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: service, namespace, labels: { 'kubernetes.io/service-name': service } },
      addressType: 'IPv4',
      ports: [{ name: 'tcp', protocol: 'TCP', port: 80 }],
      endpoints: [{ addresses: [markerAddress(step)], conditions: { ready: true } }],
    },
  ];
}

/** The clusters of which the text of istiod's /debug/endpointShardz shows the marker of that step. */
export function markedClusters(shardz: Json, domain: string, step: number): ReadonlySet<string> {
  const shards = valueAt(shardz, [`${service}.${namespace}.svc.${domain}`, namespace, 'Shards']);
  const marked = new Set<string>();
  for (const [key, endpoints] of Object.entries(isJsonObject(shards) ? shards : {})) {
    const addresses = Array.isArray(endpoints) ? valueAt((endpoints as readonly Json[])[0], ['Addresses']) : undefined;
    if (Array.isArray(addresses) && addresses[0] === markerAddress(step)) marked.add(key.slice(key.indexOf('/') + 1));
  }
  return marked;
}
