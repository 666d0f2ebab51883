import type { JsonObject } from '../../src/base/json.ts';
import { destinationRuleFor } from '../../src/discovery/rules/destination-rule.ts';
import { mergedGateway } from '../../src/discovery/rules/merged-gateway.ts';
import { visibleService } from '../../src/discovery/rules/sidecar-scope.ts';
import { envoyClusterName } from '../../src/discovery/values/answer.ts';
import { isCoveredBy } from '../../src/discovery/values/host-name.ts';
import type { IstiodView, ProxyNode } from '../../src/discovery/values/model.ts';
import { proxyClientOf } from '../../src/discovery/values/proxy-client.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { fields, object, systemNamespace } from './draft.ts';
import { generateCase, type OracleCase } from './generate.ts';
import { type Random, randomOf } from './random.ts';

/** The port whose listener is compared. */
const port = 15_443;

/** A random mesh whose gateways have several Gateways on one port. The same seed always gives the same case. */
export function generateServers(seed: number): OracleCase {
  const one = generateCase(seed);
  const random = randomOf(seed + 2_000_000);
  const configs = new Set(one.snapshot.istiods.map(({ cluster }) => cluster));
  const clusters = one.snapshot.clusters.map((cluster) => {
    if (!configs.has(cluster.cluster)) return cluster;
    const others = cluster.objects.filter(
      ({ kind, apiVersion }) => kind !== 'Gateway' || !apiVersion.startsWith('networking'),
    );
    const made = Array.from({ length: random.int(2, 4) }, (_, index) => gateway(random, index));
    return { ...cluster, objects: [...others, ...made] };
  });
  return { ...one, snapshot: { ...one.snapshot, clusters } };
}

function gateway(random: Random, index: number): KubeObject {
  const head = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    name: `servers-${index}`,
    namespace: systemNamespace,
  };
  const servers = Array.from({ length: random.int(1, 2) }, (_, place) => server(random, `tls-${index}-${place}`));
  const made = object(head, { spec: { selector: { istio: 'eastwestgateway' }, servers } });
  const creationTimestamp = `2026-01-01T00:${random.pick(['10', '20', '20', '30'])}:00Z`;
  return { ...made, metadata: { ...made.metadata, uid: `Gateway/${index}`, creationTimestamp } };
}

const patterns = [
  '*.local',
  '*.shop.svc.cluster.local',
  '*.data.svc.cluster.local',
  './*.shop.svc.cluster.local',
  '*',
] as const;

function server(random: Random, name: string): JsonObject {
  const hosts = [...new Set(Array.from({ length: random.int(1, 2) }, () => random.pick(patterns)))];
  const mode = random.pick(['AUTO_PASSTHROUGH', 'AUTO_PASSTHROUGH', 'AUTO_PASSTHROUGH', 'PASSTHROUGH', undefined]);
  const protocol =
    mode === undefined ? random.pick(['HTTP', 'TCP']) : random.pick(['TLS', 'TLS', 'TLS', 'HTTPS', 'TCP', 'HTTP']);
  return fields({
    port: { number: random.pick([port, port, port, 15_444]), name, protocol },
    bind: random.maybe(0.1, () => '127.0.0.1'),
    hosts,
    tls: mode === undefined ? undefined : { mode },
  });
}

/** The server names that the model has a gateway take on the port, at all addresses. */
export function predictedServerNames(view: IstiodView, proxy: ProxyNode): readonly string[] {
  const client = proxyClientOf(view, proxy);
  const servers = mergedGateway(view, client).servers.filter((one) => one.port === port && one.bind === '');
  const names = [...view.services.keys()].flatMap((host) => {
    const found = visibleService(view, client, host).found;
    const isServed = servers.some(({ hosts }) => hosts.some((pattern) => isCoveredBy(host, pattern)));
    if (found === undefined || !isServed || found.service.meshExternal) return [];
    const subsets = destinationRuleFor(view, client, found.service)?.subsets.map(({ name }) => name) ?? [];
    return found.ports
      .filter(({ protocol }) => protocol !== 'UDP')
      .flatMap((one) =>
        ['', ...subsets].map((subset) => envoyClusterName('sni-dnat', { host, port: one.port, subset })),
      );
  });
  return [...new Set(names)].sort();
}

/** The mesh's server names of the listener on the port at all addresses. */
export function actualServerNames(listeners: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found = ['0.0.0.0', '[::]'].flatMap((address) => listeners.get(`${address}:${port}`) ?? []);
  // The API server makes a Service of its own, which no snapshot has.
  const isOfMesh = (name: string): boolean =>
    name.startsWith('outbound_.') && !name.endsWith('_.kubernetes.default.svc.cluster.local');
  return [...new Set(found.filter(isOfMesh))].sort();
}
