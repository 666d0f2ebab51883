import { hostedNamespace, istioNamespace } from '../istio/names.ts';
import { probeNamespace, systemNamespace } from '../objects/ownership.ts';
import type { Right } from '../objects/right.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import type { ClusterTopology } from '../topology/topology.ts';
import type { Place, Rule, Situation } from './rule.ts';

/** What of a mesh decides which rules hold in a cluster. */
export type RightsMesh = Pick<ResolvedMesh, 'home' | 'topology'> & {
  readonly declared: Pick<ResolvedMesh['declared'], 'services'>;
};

/** A rule in the namespace where it holds; without one, in the whole cluster. */
export interface PlacedRule extends Omit<Rule, 'place' | 'where'> {
  readonly namespace: string | undefined;
}

/** The rules that hold in a cluster of a mesh. */
export function rulesIn(rules: readonly Rule[], mesh: RightsMesh, cluster: string): readonly PlacedRule[] {
  const topology = mesh.topology.clusters.find(({ name }) => name === cluster);
  if (topology === undefined) return [];
  const situations = situationsOf(topology, mesh);
  return rules
    .filter(({ where }) => where === undefined || situations.has(where))
    .flatMap((rule) => placed(rule, topology.hosted.map(hostedNamespace)));
}

/** The rules that may hold in any cluster of any mesh. The namespaces of hosted istiods are named after their clusters. */
export function rulesAnywhere(rules: readonly Rule[]): readonly PlacedRule[] {
  return rules.flatMap((rule) => placed(rule, []));
}

function situationsOf(topology: ClusterTopology, { home, declared }: RightsMesh): ReadonlySet<Situation> {
  const { name, cluster, controlPlane, remotes, hosted, gateway } = topology;
  const states: Readonly<Record<Situation, boolean>> = {
    Home: name === home,
    NotHome: name !== home,
    Served: controlPlane.kind !== 'Own',
    Serves: remotes.length > 0,
    Hosts: hosted.length > 0,
    OnNodes: cluster.spec.gateway.type === 'NodePort' && (gateway === 'EastWest' || hosted.length > 0),
    Services: declared.services.length > 0,
    ServicesAtHome: name === home && declared.services.length > 0,
  };
  return new Set((Object.keys(states) as Situation[]).filter((situation) => states[situation]));
}

function placed({ place, where: _, ...rule }: Rule, hosted: readonly string[]): readonly PlacedRule[] {
  return namespacesOf(place, hosted).map((namespace) => ({ ...rule, namespace }));
}

function namespacesOf(place: Place, hosted: readonly string[]): readonly (string | undefined)[] {
  switch (place) {
    case 'Everywhere':
      return [undefined];
    case 'Istio':
      return [istioNamespace];
    case 'Isthmus':
      return [systemNamespace];
    case 'Probe':
      return [probeNamespace];
    case 'Hosted':
      return hosted;
  }
}

/** One right for each verb and resource of the rules, each once; a rule about objects of certain names is left out. */
export function rightsIn(rules: readonly PlacedRule[]): readonly Right[] {
  const rights = rules
    .filter(({ names }) => names === undefined)
    .flatMap(({ verbs, group, resources, namespace }) =>
      resources.flatMap((resource) =>
        verbs.map((verb): Right => ({ verb, group, resource, ...(namespace === undefined ? {} : { namespace }) })),
      ),
    );
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}
