import { apiVersion } from '../../api/mesh.ts';
import { defaultRevision } from '../../api/name.ts';
import type { JsonObject } from '../../base/json.ts';
import { type Draft, type DraftDocument, type Note, testedIstio } from './draft.ts';
import { type ClusterFacts, type IstiodFacts, type NamedCluster, unnamed } from './facts.ts';
import { type Placed, withHubs } from './hubs.ts';
import { asClusterName, meshNameIn, minorOf, networkNameIn } from './names.ts';
import { clusterNotes, meshNotes } from './notes.ts';

/** What the user says instead of what is read. */
export interface DraftWishes {
  /** The mesh's name. */
  readonly name?: string | undefined;
  /** The version of Istio that new control planes get. */
  readonly istio?: string | undefined;
}

/** A mesh of clusters as they are: an Istio that is there is adopted, and a network that it states is kept. */
export function draftFromClusters(clusters: readonly ClusterFacts[], wishes: DraftWishes): Draft {
  const named = withPrimaries(withHubs(clusters).map(namedCluster));
  const adopted = named.flatMap((one) => one.adopted ?? []);
  const domains = [...new Set(adopted.map(({ trustDomain }) => trustDomain))];
  const name = wishes.name ?? statedMesh(adopted) ?? 'mesh';
  const version = wishes.istio ?? newest(adopted) ?? testedIstio;
  const [domain] = domains;
  const trust = domain === undefined || domain === 'cluster.local' ? {} : { trust: { domain } };
  const mesh = { apiVersion, kind: 'Mesh', metadata: { name }, spec: { istio: { version }, ...trust } };
  const notes: readonly Note[] = [...named.flatMap(clusterNotes), ...meshNotes(named, { name, domains })];
  return { documents: [{ value: mesh }, ...named.map(documentOf)], notes, leftOut: [] };
}

type Unplaced = Omit<NamedCluster, 'primary' | 'hub'> & { readonly hostedBy: ClusterFacts | undefined };

function namedCluster({ facts, hosted }: Placed): Unplaced {
  const adopted = chosen((facts.istiods ?? []).filter(({ heldBy }) => heldBy === undefined));
  const istiod = adopted ?? chosen(facts.istiods ?? []);
  const { injectedAs, istiods } = facts;
  const isRemote = hosted === undefined && istiods?.length === 0 && injectedAs !== null && injectedAs !== undefined;
  const stated = isRemote ? injectedAs.cluster : (istiod?.cluster ?? hosted?.as ?? '');
  const name = facts.name ?? asClusterName(stated === '' || stated === unnamed ? facts.context : stated);
  // Pods with a sidecar have the network of their injector; the namespace's is that of the others.
  const injected = isRemote ? injectedAs.network : istiod?.network;
  const network = facts.network ?? networkNameIn(injected ?? '') ?? networkNameIn(facts.networkLabel ?? '') ?? name;
  return { name, network, facts, adopted, isRemote, hostedBy: hosted?.by };
}

function withPrimaries(clusters: readonly Unplaced[]): readonly NamedCluster[] {
  return clusters.map(({ hostedBy, ...one }) => ({
    ...one,
    primary: one.isRemote ? primaryOf(one, clusters) : undefined,
    hub: hostedBy === undefined ? undefined : clusters.find(({ facts }) => facts === hostedBy)?.name,
  }));
}

/**
 * A remote names the cluster of its istiod on its namespace (pilot/pkg/serviceregistry/kube/controller/multicluster.go,
 * checkShouldLead). Where it names none, or any, it is the only one that reads it; of those that are known to be no
 * primary of it, the only one that was not read is left.
 */
function primaryOf(
  { name, facts }: Pick<Unplaced, 'name' | 'facts'>,
  clusters: readonly Unplaced[],
): string | undefined {
  const withIstiod = clusters.filter((one) => (one.facts.istiods ?? []).length > 0);
  const stated = (facts.controlPlaneClusters ?? []).filter((one) => one !== '*');
  const [ofName] = stated.flatMap((one) => withIstiod.find((other) => calls(other, one)) ?? []);
  if (ofName !== undefined) return ofName.name;
  const readers = stated.length > 0 ? [] : withIstiod.filter((one) => (one.facts.remotes ?? []).includes(name));
  return onlyOne(readers) ?? onlyOne(clusters.filter((one) => one.facts.istiods === null));
}

function onlyOne([one, ...others]: readonly Unplaced[]): string | undefined {
  return others.length === 0 ? one?.name : undefined;
}

/** By what its istiods call it, which may be another name than that of the draft. */
function calls({ name, facts }: Unplaced, wanted: string): boolean {
  return name === wanted || (facts.istiods ?? []).some(({ cluster }) => cluster === wanted);
}

/** The istiod of the default revision, else the first: a MeshCluster names one. */
function chosen(istiods: readonly IstiodFacts[]): IstiodFacts | undefined {
  return istiods.find(({ revision }) => revision === defaultRevision) ?? istiods[0];
}

function statedMesh(istiods: readonly IstiodFacts[]): string | undefined {
  const [only, ...others] = new Set(istiods.map(({ mesh }) => mesh).filter((mesh) => mesh !== ''));
  return only === undefined || others.length > 0 ? undefined : meshNameIn(only);
}

/** The newest minor version of those that run. */
function newest(istiods: readonly IstiodFacts[]): string | undefined {
  const minors = istiods.flatMap(({ version }) => minorOf(version ?? '') ?? []);
  return minors.toSorted((a, b) => Number(b.split('.')[1]) - Number(a.split('.')[1]))[0];
}

function documentOf(cluster: NamedCluster): DraftDocument {
  const { name, network, facts, adopted } = cluster;
  const access = facts.context === name ? {} : { access: { context: facts.context } };
  const revision = adopted === undefined || adopted.revision === defaultRevision ? {} : { revision: adopted.revision };
  const istio = adopted === undefined ? {} : { istio: { renderer: 'Installed', ...revision } };
  const value: JsonObject = {
    apiVersion,
    kind: 'MeshCluster',
    metadata: { name },
    spec: { ...access, network, ...controlPlaneOf(cluster), ...istio },
  };
  return { value, comment: commentOf(facts), ...servedFrom(cluster) };
}

function controlPlaneOf({ primary, hub }: NamedCluster): JsonObject {
  if (hub !== undefined) return { controlPlane: { externalOf: hub } };
  return primary === undefined ? {} : { controlPlane: { remoteOf: primary } };
}

function servedFrom({ isRemote, primary, hub }: NamedCluster): Pick<DraftDocument, 'servedFrom'> {
  if (hub !== undefined) return { servedFrom: hub };
  return isRemote ? { servedFrom: primary ?? null } : {};
}

function commentOf({ kubernetes, podRanges, istiods }: ClusterFacts): string {
  if (kubernetes === undefined) return 'It did not answer: nothing of it was read.';
  const pods = podRanges === null || podRanges.length === 0 ? 'pod ranges unknown' : `pods in ${podRanges.join(', ')}`;
  const found = (istiods ?? []).map(({ version, revision }) => `Istio ${version ?? '?'} (${revision})`);
  const istio = istiods === null ? 'Istio unknown' : found.join(', ') || 'no Istio';
  return `Kubernetes ${kubernetes}, ${pods}, ${istio}`;
}
