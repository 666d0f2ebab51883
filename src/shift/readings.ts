import { atMost } from '../base/concurrency.ts';
import { parseJson } from '../base/parse-json.ts';
import { envoyAdminPort } from '../istio/debug.ts';
import type { KubeClient } from '../kube/client.ts';
import { getThroughPod } from '../kube/pod/http-over-forward.ts';
import { readEnvoyClusters } from '../observe/proxy-endpoints.ts';
import { readRequestDurations } from '../observe/proxy-latency.ts';
import { type ProxyPod, readProxyPods } from '../observe/proxy-pods.ts';
import type { ShiftContext } from './context.ts';
import { hostCounts, type ProxyCounts } from './counters.ts';
import type { ProxyDurations } from './latency.ts';
import { endpointCounts, type ProxyRequests } from './requests.ts';
import { type RouteWeights, routesTo } from './routes.ts';
import { lackingSubsets } from './subsets.ts';

type Reading = Pick<ShiftContext, 'clients' | 'signal'>;

/** A sidecar, or another proxy, that can be asked. */
interface Sidecar {
  readonly proxy: string;
  readonly client: KubeClient;
  readonly pod: Pick<ProxyPod, 'namespace' | 'name'>;
}

/** Sidecars asked at a time, and those of one cluster that are asked at most: the first ones by name. */
const inFlight = 16;
const mostSidecars = 200;

async function sidecarsOf(
  { clients, signal }: Reading,
  types: readonly ProxyPod['type'][] = ['Sidecar'],
): Promise<readonly Sidecar[]> {
  const found = await Promise.all(
    [...clients.values()].map(async (client) => {
      const pods = (await readProxyPods(client, signal)).filter((pod) => types.includes(pod.type) && pod.proxyIsReady);
      return pods
        .map(({ namespace, name }) => ({
          proxy: `${client.cluster}/${namespace}/${name}`,
          client,
          pod: { namespace, name },
        }))
        .toSorted((one, other) => (one.proxy < other.proxy ? -1 : 1))
        .slice(0, mostSidecars);
    }),
  );
  return found.flat();
}

/** Asks every sidecar; one that does not answer, such as of a pod that ended meanwhile, is left out. */
async function ofEach<T>(
  reading: Reading,
  sidecars: readonly Sidecar[],
  ask: (sidecar: Sidecar) => Promise<T>,
): Promise<readonly { readonly sidecar: Sidecar; readonly answer: T | undefined }[]> {
  const turn = atMost(inFlight);
  return await Promise.all(
    sidecars.map(async (sidecar) => {
      const answer = await turn(async () => await ask(sidecar)).catch(() => undefined);
      reading.signal.throwIfAborted();
      return { sidecar, answer };
    }),
  );
}

/** What the sidecars that call services counted of each so far. */
export async function readCounts(
  reading: Reading,
  hosts: readonly string[],
): Promise<ReadonlyMap<string, readonly ProxyCounts[]>> {
  const answers = await ofEach(reading, await sidecarsOf(reading), async ({ client, pod }) => {
    const clusters = await readEnvoyClusters(client, pod, reading.signal);
    return new Map(hosts.map((host) => [host, hostCounts(clusters, host)]));
  });
  const of = (host: string): readonly ProxyCounts[] =>
    answers.flatMap(({ sidecar: { proxy, client }, answer }) => {
      const counts = answer?.get(host) ?? [];
      return counts.length === 0 ? [] : [{ proxy, from: client.cluster, hosts: counts }];
    });
  return new Map(hosts.map((host) => [host, of(host)]));
}

/** What the sidecars counted of all services so far. */
export async function readRequests(reading: Reading): Promise<readonly ProxyRequests[]> {
  const answers = await ofEach(reading, await sidecarsOf(reading), async ({ client, pod }) =>
    endpointCounts(await readEnvoyClusters(client, pod, reading.signal)),
  );
  return answers.flatMap(({ sidecar: { proxy, client }, answer }) =>
    answer === undefined ? [] : [{ proxy, from: client.cluster, counted: answer }],
  );
}

/** How long the requests that sidecars sent took so far. */
export async function readDurations(reading: Reading): Promise<readonly ProxyDurations[]> {
  const answers = await ofEach(
    reading,
    await sidecarsOf(reading),
    async ({ client, pod }) => await readRequestDurations(client, pod, reading.signal),
  );
  return answers.flatMap(({ sidecar: { proxy, client }, answer }) =>
    answer === undefined ? [] : [{ proxy, from: client.cluster, durations: answer }],
  );
}

/** The routes of each sidecar to services; undefined for one that does not answer. Without a route it calls none of them. */
export async function readRoutes(
  reading: Reading,
  hosts: readonly string[],
): Promise<readonly { readonly proxy: string; readonly routes: readonly RouteWeights[] | undefined }[]> {
  const answers = await ofEach(reading, await sidecarsOf(reading), async (sidecar) => {
    const dumps = await Promise.all(
      dumpPaths.map(async (path) => parseJson(await bodyOf(sidecar, path, reading.signal)) ?? null),
    );
    return dumps.flatMap((dump) => hosts.flatMap((host) => routesTo(dump, host)));
  });
  return answers.map(({ sidecar: { proxy }, answer }) => ({ proxy, routes: answer }));
}

/** The proxies, gateways among them, that know one of the services and not yet all of its subsets; those that do not answer are among them. */
export async function readLackingSubsets(
  reading: Reading,
  { hosts, subsets }: { readonly hosts: readonly string[]; readonly subsets: readonly string[] },
): Promise<readonly string[]> {
  const answers = await ofEach(reading, await sidecarsOf(reading, ['Sidecar', 'Gateway']), async ({ client, pod }) => {
    const clusters = await readEnvoyClusters(client, pod, reading.signal);
    const names = clusters.map(({ name }) => name);
    return hosts.flatMap((host) => lackingSubsets(names, { host, subsets }));
  });
  return answers.flatMap(({ sidecar: { proxy }, answer }) => (answer?.length === 0 ? [] : [proxy]));
}

/** Routes of HTTP, and listeners with their TCP proxies. */
const dumpPaths = ['/config_dump?resource=dynamic_route_configs', '/config_dump?resource=dynamic_listeners'] as const;

async function bodyOf({ client, pod }: Sidecar, path: string, signal: AbortSignal): Promise<string> {
  return (await getThroughPod(client, { ...pod, port: envoyAdminPort, path, signal })).body;
}
