import type { Json, JsonObject } from '../../src/base/json.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { appNamespaces, type Draft, fields, object, regions } from './draft.ts';
import { entryHosts, patternHost, resolvesPerRequest } from './entries.ts';
import type { Random } from './random.ts';

const networking = 'networking.istio.io/v1';

/** The subsets that DestinationRules define, by name. */
export const subsetLabels: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  v1: { version: 'v1' },
  v2: { version: 'v2' },
  first: { 'topology.istio.io/cluster': 'c1' },
  second: { 'topology.istio.io/cluster': 'c2' },
  net: { 'topology.istio.io/network': 'n1' },
  near: { 'topology.kubernetes.io/region': 'r1' },
  all: {},
};

/** Adds DestinationRules to each config cluster. */
export function addDestinationRules(draft: Draft): void {
  for (const cluster of draft.configClusters) {
    const count = draft.random.int(1, 7);
    for (let index = 0; index < count; index += 1) cluster.objects.push(destinationRule(draft, index));
  }
}

function destinationRule(draft: Draft, index: number): KubeObject {
  const { random } = draft;
  const service = random.pick(draft.services);
  const namespace = random.pick([service.namespace, service.namespace, draft.rootNamespace, ...appNamespaces]);
  const selector = random.maybe(0.1, () => random.pick([{ app: random.pick(draft.services).app }, { version: 'v1' }]));
  const ports = [...service.ports.map(({ port }) => port), 443, 9000];
  const host = ruleHost(random, { namespace, service });
  const rule = object(
    { apiVersion: networking, kind: 'DestinationRule', name: `rule-${index}`, namespace },
    {
      spec: fields({
        host,
        exportTo: random.maybe(0.25, () => random.pick([['.'], ['*'], ['shop'], [namespace], ['data', 'edge']])),
        workloadSelector: selector === undefined ? undefined : { matchLabels: selector },
        trafficPolicy: random.maybe(0.85, () => trafficPolicy(random, ports)),
        subsets: random.maybe(0.6, () => subsets(random, ports)),
      }),
    },
  );
  return covers(host, patternHost) && resolvesPerRequest(draft) ? without(rule, 'outlierDetection') : rule;
}

function covers(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith('*') && host.endsWith(pattern.slice(1)));
}

/** The object without that key, wherever it stands. */
export function without<T extends Json>(value: T, key: string): T {
  return JSON.parse(JSON.stringify(value, (name, inner: unknown) => (name === key ? undefined : inner)));
}

function ruleHost(
  random: Random,
  { namespace, service }: { readonly namespace: string; readonly service: Draft['services'][number] },
): string {
  if (random.chance(0.6)) return service.host;
  const isNear = namespace === service.namespace;
  return random.pick([
    `*.${service.namespace}.svc.cluster.local`,
    '*.svc.cluster.local',
    '*.local',
    '*.example.com',
    // A short name means one in the rule's own namespace.
    isNear ? service.name : service.host,
    ...entryHosts,
  ]);
}

function subsets(random: Random, ports: readonly number[]): JsonObject[] {
  return random
    .some(Object.entries(subsetLabels), 0.45)
    .map(([name, labels]) =>
      fields({ name, labels, trafficPolicy: random.maybe(0.3, () => trafficPolicy(random, ports)) }),
    );
}

function trafficPolicy(random: Random, ports: readonly number[]): JsonObject {
  return {
    ...policyFields(random),
    ...fields({
      portLevelSettings: random.maybe(0.25, () =>
        random.some(ports, 0.5).map((number) => ({ port: { number }, ...policyFields(random) })),
      ),
    }),
  };
}

/** What a policy and a port's own policy both may have. */
function policyFields(random: Random): JsonObject {
  return fields({
    tls: random.maybe(0.25, () => clientTls(random)),
    outlierDetection: random.maybe(0.6, () =>
      fields({ consecutive5xxErrors: 5, minHealthPercent: random.maybe(0.3, () => random.pick([0, 30])) }),
    ),
    loadBalancer: random.maybe(0.5, () => loadBalancer(random)),
    connectionPool: random.maybe(0.1, () => ({ tcp: { maxConnections: 10 } })),
  });
}

function clientTls(random: Random): JsonObject {
  const names = fields({
    sni: random.maybe(0.2, () => 'sni.example.com'),
    insecureSkipVerify: random.maybe(0.05, () => true),
    subjectAltNames: random.maybe(0.15, () => ['spiffe://cluster.local/ns/shop/sa/pinned']),
  });
  switch (random.pick(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL', 'ISTIO_MUTUAL'])) {
    case 'DISABLE':
      return { mode: 'DISABLE' };
    case 'SIMPLE':
      return { mode: 'SIMPLE', ...names };
    case 'MUTUAL':
      return { mode: 'MUTUAL', clientCertificate: '/certs/cert.pem', privateKey: '/certs/key.pem', ...names };
    default:
      return { mode: 'ISTIO_MUTUAL', ...names };
  }
}

function loadBalancer(random: Random): JsonObject {
  const algorithm: JsonObject = random.chance(0.1)
    ? { consistentHash: { httpHeaderName: 'x-user' } }
    : fields({
        simple: random.maybe(0.6, () =>
          random.pick(['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'RANDOM', 'PASSTHROUGH']),
        ),
      });
  return {
    ...algorithm,
    ...fields({
      localityLbSetting: random.maybe(0.7, () => localitySetting(random)),
      zoneAwareLbSetting: random.maybe(0.07, () => zoneAwareSetting(random)),
    }),
  };
}

export function zoneAwareSetting(random: Random): JsonObject {
  return fields({
    enabled: random.maybe(0.4, () => random.chance(0.6)),
    failover: random.maybe(0.4, () => [regionFailover(random)]),
    failoverPriority: random.maybe(0.4, () => [
      random.pick(['topology.istio.io/cluster', 'topology.istio.io/network']),
    ]),
    minClusterSize: random.maybe(0.3, () => 3),
  });
}

/** A localityLbSetting as the validating webhook would admit it. */
export function localitySetting(random: Random): JsonObject {
  switch (random.pick(['distribute', 'failover', 'priority', 'priority', 'off', 'default'])) {
    case 'distribute':
      return { distribute: distribution(random) };
    case 'failover':
      return { failover: [regionFailover(random)] };
    case 'priority': {
      const failoverPriority = random.pick<string[]>([
        ['topology.istio.io/network', 'topology.kubernetes.io/region', 'topology.kubernetes.io/zone'],
        ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone', 'topology.istio.io/subzone'],
        ['topology.istio.io/cluster'],
        ['topology.istio.io/network'],
        ['version=v1', 'topology.istio.io/network'],
        ['app', 'version'],
      ]);
      // Together with `failover` the webhook forbids labels of regions and zones.
      const mayFail = !failoverPriority.some((label) => label.startsWith('topology.kubernetes.io/'));
      return fields({
        failoverPriority,
        failover: mayFail && random.chance(0.3) ? [regionFailover(random)] : undefined,
      });
    }
    case 'off':
      return { enabled: false };
    default:
      return { enabled: true };
  }
}

function regionFailover(random: Random): JsonObject {
  const from = random.pick(regions);
  return { from, to: random.pick(regions.filter((region) => region !== from)) };
}

/**
 * Weights whose keys never match one locality twice: `to` is a Go map, so istiod's result for overlapping keys depends
 * on the map's order (and the webhook refuses them).
 */
function distribution(random: Random): JsonObject[] {
  const froms = random.some(['r1/z1/*', 'r1/*', 'r2/*', 'r3', '*'], 0.5);
  return (froms.length === 0 ? ['*'] : froms).map((from) => ({ from, to: destinations(random) }));
}

function destinations(random: Random): Record<string, Json> {
  const [first, second] = random.pick([
    ['r1/*', 'r2/*'],
    ['r1/z1/*', 'r1/z2/*'],
    ['r2', 'r3/z1'],
    ['r1', 'r1x/*'],
  ]);
  if (first === undefined || second === undefined || random.chance(0.2)) return { [first ?? '*']: 100 };
  const weight = random.pick([1, 20, 50, 80]);
  return { [first]: weight, [second]: 100 - weight };
}
