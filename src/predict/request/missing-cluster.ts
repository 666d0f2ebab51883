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

/** Why what a remote of the istiod has of a service is not known, for each remote that nobody has read: clauses. */
export function unreadRemotes(snapshot: Snapshot, view: IstiodView, { host }: Asked): readonly string[] {
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
