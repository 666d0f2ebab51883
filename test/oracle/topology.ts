import {
  addressesOf,
  appNamespaces,
  type Draft,
  type DraftCluster,
  type DraftNode,
  object,
  regions,
  systemNamespace,
  zones,
} from './draft.ts';
import type { Random } from './random.ts';

/** Clusters with their nodes and networks; everything else is added to them later. */
export function draftClusters(random: Random): DraftCluster[] {
  const networks = Array.from({ length: random.int(1, 4) }, (_, index) => `n${index + 1}`);
  return Array.from({ length: random.int(2, random.chance(0.2) ? 5 : 3) }, (_, place) => {
    const index = place + 1;
    const addresses = addressesOf(index);
    return {
      id: `c${index}`,
      index,
      network: random.chance(0.08) ? '' : (networks[place] ?? random.pick(networks)),
      nodes: Array.from({ length: random.int(1, 3) }, (_unused, node) =>
        draftNode(random, `c${index}-node${node}`, index),
      ),
      objects: [],
      pods: [],
      machines: [],
      addresses,
    };
  });
}

function draftNode(random: Random, name: string, cluster: number): DraftNode {
  const region = random.chance(0.6) ? `r${((cluster - 1) % 3) + 1}` : random.pick(regions);
  const zone = random.maybe(0.85, () => random.pick(zones));
  const prefix = random.chance(0.1) ? 'failure-domain.beta.kubernetes.io/' : 'topology.kubernetes.io/';
  const subzone = random.maybe(0.3, () => random.pick(['s1', 's2']));
  const isLabelled = random.chance(0.9);
  const labels = isLabelled
    ? {
        [`${prefix}region`]: region,
        ...(zone === undefined ? {} : { [`${prefix}zone`]: zone }),
        ...(subzone === undefined ? {} : { 'topology.istio.io/subzone': subzone }),
      }
    : {};
  const role = random.chance(0.5) ? { role: 'edge' } : {};
  const externalIp = random.maybe(0.6, () => `198.51.${cluster}.${random.int(1, 250)}`);
  return { name, labels: { ...labels, ...role, 'kubernetes.io/hostname': name }, externalIp };
}

/** Adds Nodes and Namespaces. */
export function addGround(draft: Draft): void {
  for (const cluster of draft.clusters) {
    for (const node of cluster.nodes) cluster.objects.push(nodeObject(cluster, node));
    addNamespaces(draft, cluster);
  }
}

function nodeObject(cluster: DraftCluster, node: DraftNode): ReturnType<typeof object> {
  const internal = { type: 'InternalIP', address: `172.16.${cluster.index}.${node.name.slice(-1)}` };
  const external = node.externalIp === undefined ? [] : [{ type: 'ExternalIP', address: node.externalIp }];
  return object(
    { apiVersion: 'v1', kind: 'Node', name: node.name, labels: node.labels },
    { spec: {}, status: { addresses: [internal, ...external] } },
  );
}

function addNamespaces(draft: Draft, cluster: DraftCluster): void {
  const { random } = draft;
  // A cluster whose pods carry their network themselves often lacks the label; now and then the label lies.
  const network = random.chance(0.05) ? 'n9' : cluster.network;
  const isLabelled = network !== '' && random.chance(0.75);
  cluster.objects.push(
    object({
      apiVersion: 'v1',
      kind: 'Namespace',
      name: systemNamespace,
      labels: isLabelled ? { 'topology.istio.io/network': network } : {},
    }),
  );
  const names = new Set<string>([...appNamespaces, draft.rootNamespace]);
  names.delete(systemNamespace);
  for (const name of names) {
    const distribution = random.maybe(0.08, () => random.pick(['PreferClose', 'PreferSameNode', 'Nonsense']));
    cluster.objects.push(
      object({
        apiVersion: 'v1',
        kind: 'Namespace',
        name,
        labels: random.chance(0.9) ? { 'in-mesh': 'yes' } : {},
        annotations: distribution === undefined ? {} : { 'networking.istio.io/traffic-distribution': distribution },
      }),
    );
  }
}
