import { fieldsOf, selects, stringsOf } from '../../discovery/values/fields.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { ObjectEdit } from '../../objects/edit.ts';
import type { KubeObject } from '../../objects/object.ts';
import { linkBetween, type Part } from '../request/path.ts';
import { addressesOf, podsOf } from '../world/pods.ts';
import { type World, worldOf } from '../world/world.ts';
import { applyChanges } from './change.ts';
import { type Down, downText } from './down.ts';
import type { FlowRequest } from './flow.ts';
import { steeredWorld } from './steered.ts';

export interface Scenario {
  readonly downs: readonly Down[];
  readonly changes: readonly ObjectEdit[];
  /** Rules that every istiod gets to read. */
  readonly rules?: readonly KubeObject[] | undefined;
  /** The host whose flows are wanted; left out: all. */
  readonly host?: string | undefined;
  /** What all requests are; left out: `GET /`, and one flow for each route of a service whose routes all need more. */
  readonly request?: FlowRequest;
}

/** A mesh after something has happened to it, as its proxies know it by then. */
export interface Aftermath {
  readonly world: World;
  /** The parts that are gone, with a sentence that says so. */
  readonly dead: ReadonlyMap<Part, string>;
  /** Clusters that are gone, callers and all. */
  readonly goneClusters: ReadonlySet<string>;
  /** Clusters whose proxies hear nothing new, with the reason as the end of a sentence. */
  readonly cutOff: ReadonlyMap<string, string>;
  /** Clusters whose proxies no longer get certificates, with the reason. */
  readonly withoutCa: ReadonlyMap<string, string>;
}

/** A mesh of which nothing is gone. */
export function undisturbed(world: World): Aftermath {
  return { world, dead: new Map(), goneClusters: new Set(), cutOff: new Map(), withoutCa: new Map() };
}

/** The networks that anything in a snapshot names. */
export function networksOf({ clusters, istiods }: Snapshot): readonly string[] {
  const labelled = clusters.flatMap(({ objects }) =>
    objects.map(({ metadata }) => stringsOf(metadata.labels)[networkLabel] ?? ''),
  );
  const declared = istiods.flatMap(({ meshNetworks }) => Object.keys(fieldsOf(meshNetworks.networks)));
  return [...new Set([...labelled, ...declared])].filter((name) => name !== '').sort();
}

const networkLabel = 'topology.istio.io/network';

/**
 * What is left of a mesh. Parts that cannot be reached are not forgotten: istiods keep the endpoints of clusters that went
 * away, and proxies keep what they got last; only pods that are deleted leave the endpoints.
 */
export function aftermath(before: World, { downs, changes, rules = [] }: Scenario): Aftermath {
  const deletions = downs.flatMap((down) => (down.kind === 'pod-selector' ? deletedPods(before.snapshot, down) : []));
  const allChanges = [...changes, ...deletions];
  const changed = allChanges.length === 0 ? before : worldOf(applyChanges(before.snapshot, allChanges));
  const told = rules.length === 0 ? changed : steeredWorld(changed, rules);
  const goneClusters = new Set(downs.flatMap((down) => (down.kind === 'cluster' ? [down.cluster] : [])));
  const cutOff = cutOffBy(before, downs);
  const tellerOf = (cluster: string): World => (cutOff.has(cluster) ? before : told);
  const removed = new Set(
    deletions.flatMap(({ cluster, object }) => addressesOf(object).map((ip) => `${cluster} ${ip}`)),
  );
  const world: World = {
    snapshot: told.snapshot,
    viewFor: (cluster) => tellerOf(cluster).viewFor(cluster),
    viewAbout: (cluster, host) => tellerOf(cluster).viewAbout(cluster, host),
    removedPods: removed,
  };
  return {
    world: told === before ? before : world,
    dead: deadParts(downs),
    goneClusters,
    cutOff,
    withoutCa: withoutCa(before, downs, cutOff),
  };
}

function deletedPods(snapshot: Snapshot, down: Extract<Down, { kind: 'pod-selector' }>): readonly ObjectEdit[] {
  const { cluster, namespace, labels } = down;
  return (podsOf(snapshot).get(cluster) ?? [])
    .filter(({ metadata }) => metadata.namespace === namespace && selects(labels, stringsOf(metadata.labels)))
    .map((object) => ({ cluster, action: 'Delete', object }));
}

function deadParts(downs: readonly Down[]): ReadonlyMap<Part, string> {
  const found = new Map<Part, string>();
  for (const down of downs) {
    if (down.kind === 'cluster') {
      const { cluster } = down;
      found.set(`cluster:${cluster}`, `Cluster ${cluster} is down, and nobody has taken its endpoints away.`);
      found.set(`gateway:${cluster}`, `The gateway of ${cluster} is down with its cluster.`);
    }
    if (down.kind === 'gateway') found.set(`gateway:${down.cluster}`, `The gateway of ${down.cluster} is down.`);
    if (down.kind === 'network-link') {
      for (const part of linkBetween(...down.networks)) found.set(part, `The link ${down.networks.join('-')} is cut.`);
    }
  }
  return found;
}

function isOver(networks: readonly [string, string], from: string, to: string): boolean {
  return from !== to && networks.includes(from) && networks.includes(to);
}

/** The clusters whose proxies have lost their istiod. */
function cutOffBy({ snapshot }: World, downs: readonly Down[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const networks = networkByCluster(snapshot);
  for (const istiod of snapshot.istiods) {
    for (const cluster of istiod.serves) {
      for (const down of downs) {
        const reason = lossOf(down, { cluster, istiod: istiod.cluster, runsIn: istiod.runsIn, networks });
        if (reason !== undefined && !found.has(cluster)) found.set(cluster, reason);
      }
    }
  }
  return found;
}

interface Connection {
  readonly cluster: string;
  /** The cluster that its istiod works for, and the one in which it runs. */
  readonly istiod: string;
  readonly runsIn: string;
  readonly networks: ReadonlyMap<string, string>;
}

/** Why a cluster's proxies do not reach their istiod; those of another cluster reach it through its gateway. */
function lossOf(down: Down, { cluster, istiod, runsIn, networks }: Connection): string | undefined {
  const isRemote = cluster !== runsIn;
  switch (down.kind) {
    case 'istiod':
      return down.cluster === istiod ? `the istiod of ${istiod} is down` : undefined;
    case 'cluster':
      return isRemote && down.cluster === runsIn ? `its istiod runs in ${runsIn}` : undefined;
    case 'gateway':
      return isRemote && down.cluster === runsIn ? `its istiod is behind the gateway of ${runsIn}` : undefined;
    case 'network-link': {
      const [from, to] = [networks.get(cluster) ?? '', networks.get(runsIn) ?? ''];
      return isRemote && isOver(down.networks, from, to) ? `its istiod in ${runsIn} is across the link` : undefined;
    }
    default:
      return undefined;
  }
}

function networkByCluster(snapshot: Snapshot): ReadonlyMap<string, string> {
  return new Map(
    snapshot.clusters.map(({ cluster, objects }) => {
      const system = objects.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === 'istio-system');
      return [cluster, stringsOf(fieldsOf(system?.metadata.labels))[networkLabel] ?? ''];
    }),
  );
}

/** istiod signs certificates: who is cut off from it is cut off from its CA. */
function withoutCa(
  { snapshot }: World,
  downs: readonly Down[],
  cutOff: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const found = new Map(cutOff);
  for (const down of downs) {
    if (down.kind !== 'ca') continue;
    const served = snapshot.istiods.filter(({ cluster }) => cluster === down.cluster).flatMap(({ serves }) => serves);
    for (const cluster of served) if (!found.has(cluster)) found.set(cluster, `${downText(down)} is down`);
  }
  return found;
}
