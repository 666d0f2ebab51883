import type { Finding } from '../../base/finding.ts';
import { partition } from '../../base/partition.ts';
import { kubectl, type Remedy, remedy } from '../../base/remedy.ts';
import type { ClusterTopology } from '../../topology/topology.ts';
import type { ProxyFacts } from '../facts/proxies.ts';
import { firstOf, type Reading, seen } from '../facts/reading.ts';

/** What the proxies of a cluster have to state. */
export type ProxyExpectation = Pick<ClusterTopology, 'name' | 'network' | 'spansNetworks'>;

/** A proxy that has run for so long has its configuration and its certificate, in milliseconds. */
const settledMs = 60_000;

/** The gateways and sidecars of a cluster that no istiod accepts, or that take the wrong ways between networks. */
export function proxyFindings(
  { name: cluster, network, spansNetworks }: ProxyExpectation,
  proxies: readonly ProxyFacts[],
  reading: Reading,
): readonly Finding[] {
  const [strangers, own] = partition(proxies, (proxy) => proxy.cluster !== cluster);
  const misplacedIn = ({ networks }: ProxyFacts): string | undefined =>
    networks.find((stated) => stated !== network && (stated !== '' || spansNetworks));
  const misplaced = own.filter((proxy) => misplacedIn(proxy) !== undefined);
  const settled = own.filter(({ runsSince }) => isSettled(runsSince, reading));
  const unserved = settled.filter(({ isServed }) => isServed === false);
  const unready = settled.filter(({ isServed, proxyIsReady }) => isServed === true && !proxyIsReady);
  return [
    ...byStated(strangers, (proxy) => proxy.cluster).map(([stated, group]) =>
      namesFinding(cluster, group, reading, {
        message: `proxies state cluster ${stated}, so that no istiod gives them certificates`,
      }),
    ),
    ...byStated(misplaced, (proxy) => misplacedIn(proxy) ?? '').map(([stated, group]) =>
      namesFinding(cluster, group, reading, {
        message: `proxies state ${stated === '' ? 'no network' : `network ${stated}`} and not ${network}, so that they take the wrong ways between networks`,
      }),
    ),
    ...servedFinding(cluster, unserved, reading, 'no istiod serves the proxies of'),
    ...servedFinding(
      cluster,
      unready,
      reading,
      'an istiod serves them, and still they have no certificate or refuse their configuration: the proxies of',
    ),
  ];
}

function isSettled(runsSince: string | undefined, { at }: Reading): boolean {
  return runsSince !== undefined && Date.parse(at) - Date.parse(runsSince) >= settledMs;
}

function byStated(
  proxies: readonly ProxyFacts[],
  stated: (proxy: ProxyFacts) => string,
): readonly (readonly [string, readonly ProxyFacts[]])[] {
  return [...Map.groupBy(proxies, stated)];
}

function namesOf(proxies: readonly ProxyFacts[]): readonly string[] {
  return proxies.map(({ namespace, name }) => `${namespace}/${name}`);
}

function namesFinding(
  cluster: string,
  proxies: readonly ProxyFacts[],
  { at, context }: Reading,
  { message }: { readonly message: string },
): Finding {
  const names = namesOf(proxies);
  const restart = kubectl('--context', context, '-n', proxies[0]?.namespace ?? '', 'rollout', 'restart', 'deployment');
  return {
    code: 'proxy-names',
    severity: 'error',
    category: 'Discovery',
    cluster,
    message: `${message}: ${firstOf(names, 1)}`,
    remedy: remedy`restart their workloads, so that they are injected again: ${restart}; where their pod templates set such a name themselves (label topology.istio.io/network, proxyMetadata), take it out`,
    evidence: seen(`stated by ${firstOf(names)}`, `${cluster}: Pods with a proxy`, at),
  };
}

function servedFinding(
  cluster: string,
  proxies: readonly ProxyFacts[],
  { at, context }: Reading,
  words: string,
): readonly Finding[] {
  const [first] = proxies;
  if (first === undefined) return [];
  const names = namesOf(proxies);
  return [
    {
      code: 'proxy-unserved',
      severity: 'error',
      category: 'Discovery',
      cluster,
      message: `${words} ${firstOf(names, 1)}`,
      remedy: lookAt(context, first),
      evidence: seen(`seen at ${firstOf(names)}`, `${cluster}: Pods with a proxy, and the proxies of its istiod`, at),
    },
  ];
}

function lookAt(context: string, { namespace, name }: ProxyFacts): Remedy {
  const log = kubectl('--context', context, '-n', namespace, 'logs', name, '-c', 'istio-proxy', '--tail=20');
  return remedy`see why in the log of the proxy: ${log}`;
}
