import { isJsonObject, type JsonObject, valueAt } from '../../src/base/json.ts';
import { fieldsOf, textOf, textsOf } from '../../src/discovery/values/fields.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { appNamespaces, type Draft, type DraftCluster, fields, object, regions } from './draft.ts';
import type { Random } from './random.ts';

/** The hosts that ServiceEntries give, so that rules and questions can name them. */
export const entryHosts = ['vm.example.com', 'shared.mesh.internal', 'legacy.example.com', 'pay.partner.test'] as const;

/** A host that is a pattern. */
export const patternHost = '*.wild.example.com';

/** Ports of every ServiceEntry; which of them one has differs. */
export const entryPorts = [
  { number: 443, name: 'tls', protocol: 'TLS' },
  { number: 9000, name: 'http-main', protocol: 'HTTP' },
] as const;

/** Adds WorkloadEntries to any cluster and ServiceEntries mostly to config clusters, the only ones where they count. */
export function addEntries(draft: Draft): void {
  const { random, clusters, configClusters } = draft;
  // Under a host of clusterset.local istiod takes WorkloadEntries up with the Service or its import and never again, so
  // what it has depends on which of them it heard of first (workloadInstanceHandler in its kube/controller).
  const hasMachines = draft.flags.ENABLE_MCS_HOST !== 'true';
  for (const cluster of clusters) {
    const count = hasMachines && random.chance(0.5) ? random.int(1, 3) : 0;
    for (let index = 0; index < count; index += 1) cluster.objects.push(workloadEntry(draft, cluster, index));
    const isRead = configClusters.includes(cluster);
    if (!random.chance(isRead ? 0.6 : 0.05)) continue;
    for (let index = random.int(1, 3); index > 0; index -= 1) cluster.objects.push(serviceEntry(draft, cluster, index));
  }
}

function workloadEntry(draft: Draft, cluster: DraftCluster, index: number): KubeObject {
  const { random } = draft;
  const service = random.pick(draft.services);
  const labels = { app: service.app, tier: 'vm', version: random.pick(['v1', 'v2']) };
  const isUnhealthy = random.chance(0.05);
  const name = `${cluster.id}-vm-${index}`;
  const spec = { ...workload(draft, cluster), labels: { ...labels, ...workloadLabels(random) } };
  const ip = String(valueAt(spec, ['address']) ?? '');
  if (ip.startsWith('10.'))
    cluster.machines.push({ namespace: service.namespace, name, ip, node: '', labels: spec.labels });
  return object(
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'WorkloadEntry',
      name,
      namespace: service.namespace,
      labels: random.chance(0.3) ? { version: 'v2' } : {},
      annotations: isUnhealthy ? { 'proxy.istio.io/health-checks-enabled': 'true' } : {},
    },
    {
      spec,
      ...(isUnhealthy ? { status: { conditions: [{ type: 'Healthy', status: 'False' }] } } : {}),
    },
  );
}

function workloadLabels(random: Random): Record<string, string> {
  return fields({
    'security.istio.io/tlsMode': random.maybe(0.2, () => random.pick(['istio', 'disabled'])),
    'topology.istio.io/network': random.maybe(0.08, () => 'n1'),
    'topology.istio.io/locality': random.maybe(0.08, () => random.pick(['r1.z1', 'r2/z2'])),
  }) as Record<string, string>;
}

/** The fields that WorkloadEntries and the endpoints of ServiceEntries share; one of address and network is required. */
function workload(draft: Draft, cluster: DraftCluster): JsonObject {
  const { random } = draft;
  const address = random.chance(0.9) ? workloadAddress(random, cluster) : undefined;
  const hasNetwork = address === undefined || random.chance(0.5);
  return fields({
    address,
    network: hasNetwork ? random.pick(draft.networks) : undefined,
    ports: random.maybe(0.4, () => ({ [random.pick(['tls', 'http-main', 'http-0'])]: random.pick([8080, 9443]) })),
    weight: random.maybe(0.4, () => random.int(1, 5)),
    locality: random.maybe(0.5, () => `${random.pick(regions)}/${random.pick(['z1', 'z2'])}`),
    serviceAccount: random.maybe(0.6, () => random.pick(['vm', 'default'])),
  });
}

function workloadAddress(random: Random, cluster: DraftCluster): string {
  if (random.chance(0.05)) return 'vm.internal.example.com';
  return random.chance(0.05) ? cluster.addresses.podV6() : cluster.addresses.pod();
}

function serviceEntry(draft: Draft, cluster: DraftCluster, index: number): KubeObject {
  const { random } = draft;
  const twin = random.pick(draft.services);
  const hosts = [
    ...new Set(random.chance(0.2) ? [random.pick(entryHosts), random.pick(entryHosts)] : [random.pick(entryHosts)]),
  ];
  // Rarely somebody describes a host that a Service has too. Hosts of clusterset.local copy the ports of whichever of
  // the two istiod knows at that moment (aggregate/controller.go, GetService).
  const isTwin = random.chance(0.05) && draft.flags.ENABLE_MCS_HOST !== 'true';
  const isPattern = !isTwin && random.chance(0.06);
  const exportTo = random.maybe(0.15, () => random.pick([['.'], ['*'], ['~'], ['shop', 'data']]));
  return object(
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      name: `entry-${index}`,
      namespace: isTwin ? twin.namespace : random.pick(appNamespaces),
      annotations: fields({
        'istio.io/connect-strategy': random.maybe(0.1, () => random.pick(['race_first_tcp_connect', 'other'])),
      }) as Record<string, string>,
    },
    {
      spec: fields({
        hosts: isTwin ? [twin.host] : isPattern ? [patternHost] : hosts,
        ports: random.chance(0.7) ? [...entryPorts] : [random.pick(entryPorts)],
        location: random.maybe(0.9, () => random.pick(['MESH_INTERNAL', 'MESH_INTERNAL', 'MESH_EXTERNAL'])),
        addresses: random.maybe(0.2, () => [`240.240.0.${index}`]),
        exportTo,
        subjectAltNames: random.maybe(0.1, () => ['spiffe://partner.example/ns/x/sa/y']),
        ...(isPattern ? { resolution: random.pick(['NONE', 'DYNAMIC_DNS']) } : backends(draft, cluster)),
      }),
    },
  );
}

/**
 * Whether proxies of this mesh resolve a host for each request. Outlier detection for such a host makes istiod 1.31 panic:
 * applyOutlierDetection sets CommonLbConfig.HealthyPanicThreshold of a cluster that has no CommonLbConfig.
 */
export function resolvesPerRequest({ configClusters }: Draft): boolean {
  return configClusters.some(({ objects }) =>
    objects.some((one) => isJsonObject(one.spec) && one.spec.resolution === 'DYNAMIC_DNS'),
  );
}

/**
 * Whether a host that proxies resolve by its name has endpoints of other objects too, so that they may stand in several
 * localities. `failoverPriority` for such a host makes istiod 1.31 panic, and so does a traffic distribution, for which
 * GetEffectiveLbSetting puts one: applyFailoverPriorityPerLocality expects all endpoints in the first group.
 */
export function resolvesToPlaces({ configClusters, services }: Draft): boolean {
  const entries = configClusters.flatMap(({ objects }) => objects).filter(({ kind }) => kind === 'ServiceEntry');
  const hostsOf = ({ spec }: KubeObject): readonly string[] => textsOf(fieldsOf(spec).hosts);
  return entries.some(
    (entry) =>
      textOf(fieldsOf(entry.spec).resolution).startsWith('DNS') &&
      hostsOf(entry).some(
        (host) =>
          services.some((service) => service.host === host) ||
          entries.some((other) => other !== entry && hostsOf(other).includes(host)),
      ),
  );
}

/** How the hosts of a ServiceEntry are found. */
function backends(draft: Draft, cluster: DraftCluster): JsonObject {
  const { random } = draft;
  const endpoint = (): JsonObject => ({
    ...workload(draft, cluster),
    labels: { version: random.pick(['v1', 'v2']), ...workloadLabels(random) },
  });
  switch (random.pick(['static', 'static', 'selector', 'selector', 'dns', 'dns-endpoints', 'none'])) {
    case 'static':
      return { resolution: 'STATIC', endpoints: Array.from({ length: random.int(1, 3) }, endpoint) };
    case 'selector': {
      const labels = random.pick([{ app: random.pick(draft.services).app }, { tier: 'vm' }, { version: 'v1' }]);
      return { resolution: 'STATIC', workloadSelector: { labels } };
    }
    case 'dns':
      return { resolution: random.pick(['DNS', 'DNS_ROUND_ROBIN']) };
    case 'dns-endpoints':
      return { resolution: 'DNS', endpoints: [{ ...endpoint(), address: 'backend.example.com' }] };
    default:
      return { resolution: 'NONE' };
  }
}
