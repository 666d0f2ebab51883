import { rename, writeFile } from 'node:fs/promises';
import type { Clock } from '../../../src/base/clock.ts';
import { asIsthmusError } from '../../../src/base/error.ts';
import type { KubeClient, WatchEvent } from '../../../src/kube/client.ts';
import { type Allocation, allocate } from './allocation.ts';
import { type BalancedService, hostNameOf, hostnameZone, type Ingress, readService, serviceKey } from './service.ts';
import type { Translation, WanLink } from './wan-link.ts';

export interface BalancedCluster {
  readonly client: Pick<KubeClient, 'cluster' | 'watch' | 'raw'>;
  /** `wanLink(<network namespace>)` of the cluster. */
  readonly link: WanLink;
  /** The addresses that are this cluster's to give. */
  readonly pool: readonly string[];
}

export interface LoadBalancerOptions {
  readonly clusters: readonly BalancedCluster[];
  /** A hosts(5) file for CoreDNS' `hosts` plug-in (zone `lb.lab.test`, in every cluster), written whole at each change. */
  readonly hostsFile: string;
  readonly clock: Clock;
  /** Told one line for everything that is given, taken or fails. */
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Attempts to bring one change into a cluster before it waits for the next event. */
const attempts = 6;
const firstDelay = 100;
/** Milliseconds after which CoreDNS has surely read a changed hosts file; its interval is 200 ms. */
const hostsReload = 300;
/** Milliseconds between attempts to begin. */
const startDelay = 250;

/**
 * Gives every Service of type LoadBalancer an address of its cluster's pool: on the WAN interface, where other
 * clusters find it, and in `status.loadBalancer.ingress`, from which kube-proxy serves it. Takes both away when the
 * Service goes or changes its type. Runs until the signal is aborted; then the addresses stay.
 */
export async function runLoadBalancers(options: LoadBalancerOptions): Promise<void> {
  const hosts = hostsFileWriter(options.hostsFile);
  await hosts.write('', []);
  await Promise.all(options.clusters.map((cluster) => serveCluster(cluster, { ...options, hosts })));
}

interface ServeOptions extends LoadBalancerOptions {
  readonly hosts: HostsFile;
}

/** What was brought into a cluster so far. */
interface Progress {
  held: Allocation;
  onLink: ReadonlySet<string> | undefined;
  rules: string | undefined;
}

async function serveCluster(cluster: BalancedCluster, options: ServeOptions): Promise<void> {
  const services = new Map<string, BalancedService>();
  const progress: Progress = { held: new Map(), onLink: undefined, rules: undefined };
  const watched = { apiVersion: 'v1', kind: 'Service' };
  const { clock, signal } = options;
  while (!signal.aborted) {
    try {
      for await (const event of cluster.client.watch(watched, { signal })) {
        if (!takeEvent(services, event)) continue;
        await settle(cluster, { options, progress, services: [...services.values()] });
      }
      return;
    } catch {
      // The watch's first list fails while the API server is still starting.
      await clock.sleep(startDelay, signal).catch(() => undefined);
    }
  }
}

/** The event's effect on what is known; false where no load balancer can be concerned. */
export function takeEvent(services: Map<string, BalancedService>, event: WatchEvent): boolean {
  if (event.type === 'Listed') {
    services.clear();
    for (const object of event.objects) {
      const service = readService(object);
      services.set(serviceKey(service), service);
    }
    return true;
  }
  const service = readService(event.object);
  const known = services.get(serviceKey(service));
  if (event.type === 'Deleted') services.delete(serviceKey(service));
  else services.set(serviceKey(service), service);
  return service.wanted || service.ingress.length > 0 || known?.wanted === true;
}

interface Work {
  readonly options: ServeOptions;
  readonly progress: Progress;
  readonly services: readonly BalancedService[];
}

/** Tries until the cluster holds what it should: an API server may be restarting, a Service gone meanwhile. */
async function settle(cluster: BalancedCluster, work: Work): Promise<void> {
  const { clock, log, signal } = work.options;
  for (let attempt = 0; attempt < attempts && !signal.aborted; attempt += 1) {
    try {
      await bring(cluster, work);
      return;
    } catch (error) {
      log(`${cluster.client.cluster}: ${asIsthmusError(error).message}`);
      await clock.sleep(firstDelay * 2 ** attempt, signal).catch(() => undefined);
    }
  }
}

/** Addresses first and the status last, so that whoever reads an address there can reach it. */
async function bring(cluster: BalancedCluster, { options, progress, services }: Work): Promise<void> {
  const { allocation, unserved } = allocate(cluster.pool, services, progress.held);
  const name = cluster.client.cluster;
  for (const key of unserved) options.log(`${name}: no address is left for Service ${key}`);
  await bringAddresses(cluster, progress, new Set(allocation.values()));
  progress.held = allocation;
  await bringHostNames(cluster, { options, progress, services });
  await Promise.all(
    services.map(async (service) => {
      const ingress = wantedIngress(service, name, allocation);
      if (ingress.length === 0 && !service.ingress.some((entry) => isOurs(entry, cluster.pool))) return;
      if (JSON.stringify(ingress) === JSON.stringify(service.ingress)) return;
      await patchIngress(cluster, service, ingress);
      options.log(`${name}: Service ${serviceKey(service)} ${describeIngress(ingress)}`);
    }),
  );
}

function wantedIngress(service: BalancedService, cluster: string, allocation: Allocation): readonly Ingress[] {
  const ip = allocation.get(serviceKey(service));
  if (ip === undefined) return [];
  return service.form === 'HostName' ? [{ hostname: hostNameOf(service, cluster) }] : [{ ip }];
}

/** False for what another load balancer wrote. */
function isOurs(ingress: Ingress, pool: readonly string[]): boolean {
  return 'ip' in ingress ? pool.includes(ingress.ip) : ingress.hostname.endsWith(`.${hostnameZone}`);
}

function describeIngress(ingress: readonly Ingress[]): string {
  const [first] = ingress;
  if (first === undefined) return 'has lost its address';
  return `has ${'ip' in first ? first.ip : first.hostname}`;
}

async function bringAddresses(
  cluster: BalancedCluster,
  progress: Progress,
  wanted: ReadonlySet<string>,
): Promise<void> {
  progress.onLink ??= new Set((await cluster.link.addresses()).filter((address) => cluster.pool.includes(address)));
  const onLink = progress.onLink;
  await Promise.all([...wanted].filter((address) => !onLink.has(address)).map((address) => cluster.link.add(address)));
  await Promise.all([...onLink].filter((address) => !wanted.has(address)).map((old) => cluster.link.remove(old)));
  progress.onLink = wanted;
}

async function bringHostNames(cluster: BalancedCluster, { options, progress, services }: Work): Promise<void> {
  const translations: Translation[] = [];
  const lines: string[] = [];
  for (const service of services) {
    const address = progress.held.get(serviceKey(service));
    if (address === undefined || service.form !== 'HostName' || service.clusterIp === undefined) continue;
    translations.push({ address, clusterIp: service.clusterIp });
    lines.push(`${address} ${hostNameOf(service, cluster.client.cluster)}`);
  }
  const rules = JSON.stringify(translations);
  if (rules === progress.rules) return;
  await cluster.link.translate(translations);
  await options.hosts.write(cluster.client.cluster, lines);
  progress.rules = rules;
  // istiod resolves a gateway's name once when the status names it, and after a failure not again for 30 s.
  if (lines.length > 0) await options.clock.sleep(hostsReload, options.signal);
}

async function patchIngress(
  { client }: BalancedCluster,
  { namespace, name }: BalancedService,
  ingress: readonly Ingress[],
): Promise<void> {
  await client.raw({
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/services/${name}/status`,
    contentType: 'application/merge-patch+json',
    body: {
      status: { loadBalancer: { ingress: ingress.length === 0 ? null : ingress.map((entry) => ({ ...entry })) } },
    },
    timeoutMs: 5_000,
  });
}

interface HostsFile {
  /** Replaces what the file says of one cluster. */
  write(cluster: string, lines: readonly string[]): Promise<void>;
}

/** One file for all clusters, replaced as a whole so that no reader sees half of it. */
function hostsFileWriter(path: string): HostsFile {
  const lines = new Map<string, readonly string[]>();
  let writing: Promise<void> = Promise.resolve();
  return {
    write: async (cluster, ofCluster) => {
      lines.set(cluster, ofCluster);
      const text = [...lines.values()]
        .flat()
        .map((line) => `${line}\n`)
        .join('');
      writing = writing
        .catch(() => undefined)
        .then(async () => {
          await writeFile(`${path}.new`, text);
          await rename(`${path}.new`, path);
        });
      await writing;
    },
  };
}
