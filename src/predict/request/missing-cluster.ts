import { allOf, type Remedy, remedy, repeat } from '../../base/remedy.ts';
import type { ExcludedEndpoint } from '../../discovery/values/answer.ts';
import { indexCluster } from '../../discovery/values/cluster-index.ts';
import { fieldsOf, numberOf, objectsOf, textOf, textsOf } from '../../discovery/values/fields.ts';
import { socketAddress } from '../../discovery/values/ip.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import { multiClusterLabel } from '../../objects/multi-cluster.ts';

interface Asked {
  readonly host: string;
  readonly port: number;
}

/** The endpoints of a Kubernetes service in clusters that the istiod does not read. */
export function unreadByIstiod(snapshot: Snapshot, view: IstiodView, asked: Asked): readonly ExcludedEndpoint[] {
  const named = serviceNamed(view, asked.host);
  if (named === undefined) return [];
  const { istiod } = view;
  const read = new Set([istiod.cluster, ...istiod.remotes]);
  return snapshot.clusters
    .filter(({ cluster }) => !read.has(cluster))
    .flatMap((objects) => {
      const { cluster } = objects;
      const hasSecret = secretsOf(snapshot, view).has(cluster);
      const why = hasSecret
        ? `the istiod of ${istiod.cluster} has a remote secret for cluster ${cluster} and has not read it (wrong credentials, or no connection)`
        : `the istiod of ${istiod.cluster} has no remote secret for cluster ${cluster}`;
      const slices = indexCluster(objects).slices.get(named.namespace)?.get(named.name) ?? [];
      const addresses = new Set(slices.flatMap((slice) => addressesOf(slice, portNameOf(view, asked))));
      const reason = hasSecret ? 'registry-not-synced' : 'no-remote-secret';
      return [...addresses].map((address) => ({ address, cluster, reason, explanation: `${why}.` }) as const);
    });
}

/** Why what a remote of the istiod has of a service is not known, for each remote that was not read: clauses. */
function unreadRemotes(snapshot: Snapshot, view: IstiodView, host: string): readonly string[] {
  if (serviceNamed(view, host) === undefined) return [];
  const read = new Set(snapshot.clusters.map(({ cluster }) => cluster));
  return view.istiod.remotes
    .filter((remote) => !read.has(remote))
    .map((remote) => {
      const why = snapshot.unread?.[remote];
      return why === undefined
        ? `${remote}, which is none of the clusters that were read (not declared, or left out)`
        : `${remote}, which was not read (${why})`;
    });
}

/**
 * What is open of requests where a remote of the caller's istiod was not read, or where it is not known whether the
 * istiod has synced one: a sentence, or undefined where all is known.
 */
export function openByRemotes(
  snapshot: Snapshot,
  view: IstiodView,
  { host, what }: { readonly host: string; readonly what: string },
): string | undefined {
  const { cluster } = view.istiod;
  const remotes = unreadRemotes(snapshot, view, host);
  if (remotes.length > 0) {
    return `The istiod of ${cluster} reads ${remotes.join(' and ')}: what it has of ${what}, and how many requests go there, is not known.`;
  }
  const why = snapshot.unasked?.[cluster];
  const serving = why === undefined ? [] : remotesWith(snapshot, view, host);
  if (serving.length === 0) return undefined;
  return `Whether the istiod of ${cluster} has synced ${serving.join(' and ')} is not known (${why}): what it has of ${what} there, and how many requests go there, is not known either.`;
}

/** The remotes of the istiod that have a Kubernetes service; its endpoints elsewhere do not hang on them. */
function remotesWith({ clusters }: Snapshot, view: IstiodView, host: string): readonly string[] {
  const named = serviceNamed(view, host);
  if (named === undefined) return [];
  const { remotes } = view.istiod;
  return clusters.flatMap((objects) => {
    const hasIt = indexCluster(objects).services.get(named.namespace)?.has(named.name) === true;
    return hasIt && remotes.includes(objects.cluster) ? [objects.cluster] : [];
  });
}

/** What to do about the remotes of an istiod that were not read, or that it may not have synced, where it is known. */
export function hintForRemotes(
  { hints = {}, unasked, clusters }: Snapshot,
  { istiod }: IstiodView,
): Remedy | undefined {
  const read = new Set(clusters.map(({ cluster }) => cluster));
  const known = istiod.remotes.flatMap((remote): readonly Remedy[] => {
    const hint = read.has(remote) ? undefined : hints[remote];
    return hint === undefined ? [] : [hint];
  });
  if (known.length > 0) return allOf([...new Set(known)]);
  if (unasked?.[istiod.cluster] === undefined || istiod.remotes.some((remote) => !read.has(remote))) return undefined;
  return remedy`have istiod answer and the right to connect to its pods granted (get and create pods/portforward), then ${repeat()}`;
}

/** What is open of all requests where kinds of objects could not be read that their istiods go by: a sentence, or undefined. */
export function openByKinds(snapshot: Snapshot, { istiod }: IstiodView): string | undefined {
  const { unreadKinds = {}, istiods } = snapshot;
  const about = [istiod.cluster, ...istiod.remotes];
  const clauses = about.flatMap((cluster) => {
    const isConfig = istiods.some((one) => one.cluster === cluster);
    const kinds = Object.entries(unreadKinds[cluster] ?? {}).filter(([kind]) => decides(kind, isConfig, istiod.flags));
    const [first] = kinds;
    if (first === undefined) return [];
    return [`${kinds.map(([kind]) => kind).join(', ')} of ${cluster} (${first[1]})`];
  });
  if (clauses.length === 0) return undefined;
  return `Objects that decide about requests could not be read: ${clauses.join('; ')}.`;
}

const exported = new Set(['ServiceExport', 'ServiceImport']);

/** Of a cluster whose configuration no istiod reads, its nodes alone count besides what is always read. */
function decides(kind: string, isConfig: boolean, flags: Readonly<Record<string, string>>): boolean {
  if (kind === 'Node') return true;
  if (exported.has(kind)) return flags.ENABLE_MCS_SERVICE_DISCOVERY === 'true' || flags.ENABLE_MCS_HOST === 'true';
  return isConfig;
}

/** The namespace and name of a Kubernetes service, by its host. */
function serviceNamed(
  { istiod }: IstiodView,
  host: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const suffix = `.svc.${istiod.domain}`;
  const [name = '', namespace = '', ...rest] = host.endsWith(suffix) ? host.slice(0, -suffix.length).split('.') : [];
  return name === '' || namespace === '' || rest.length > 0 ? undefined : { namespace, name };
}

/** Undefined where the istiod does not know the port: then those of every port count. */
function portNameOf({ services }: IstiodView, { host, port }: Asked): string | undefined {
  const [service] = services.get(host)?.values() ?? [];
  return service?.ports.find((one) => one.port === port)?.name;
}

function addressesOf(slice: Parameters<typeof fieldsOf>[0], portName: string | undefined): readonly string[] {
  const { ports, endpoints } = fieldsOf(slice);
  const numbers = objectsOf(ports)
    .filter(({ name }) => portName === undefined || textOf(name) === portName)
    .flatMap(({ port }) => numberOf(port) ?? []);
  const ips = objectsOf(endpoints).flatMap(({ addresses }) => textsOf(addresses));
  return numbers.flatMap((number) => ips.map((ip) => socketAddress(ip, number)));
}

/** The clusters that an istiod has remote secrets for, read or not. */
function secretsOf({ clusters }: Snapshot, { istiod }: IstiodView): ReadonlySet<string> {
  const home = clusters.find(({ cluster }) => cluster === istiod.cluster);
  const secrets = (home?.objects ?? []).filter(
    ({ kind, metadata }) => kind === 'Secret' && metadata.labels?.[multiClusterLabel] === 'true',
  );
  return new Set(secrets.flatMap(({ data }) => Object.keys(fieldsOf(data))));
}
