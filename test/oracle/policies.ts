import type { JsonObject } from '../../src/base/json.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { appNamespaces, type Draft, fields, object, systemNamespace } from './draft.ts';
import { entryHosts } from './entries.ts';

const networking = 'networking.istio.io/v1';

/** Adds PeerAuthentications, Sidecars, VirtualServices and the east-west Gateway to each config cluster. */
export function addPolicies(draft: Draft): void {
  for (const cluster of draft.configClusters) {
    cluster.objects.push(...peerAuthentications(draft), ...sidecars(draft), ...virtualServices(draft));
    if (draft.random.chance(0.97)) cluster.objects.push(eastWestGateway());
  }
}

function peerAuthentications(draft: Draft): KubeObject[] {
  const { random } = draft;
  const make = (name: string, namespace: string, spec: JsonObject): KubeObject =>
    object({ apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication', name, namespace }, { spec });
  const mtls = (): JsonObject => ({ mode: random.pick(['STRICT', 'PERMISSIVE', 'DISABLE', 'UNSET']) });
  const found: KubeObject[] = [];
  if (random.chance(0.35)) found.push(make('default', draft.rootNamespace, { mtls: mtls() }));
  for (const namespace of random.some(appNamespaces, 0.2)) found.push(make('default', namespace, { mtls: mtls() }));
  for (const service of random.some(draft.services, 0.25)) {
    const selector = { matchLabels: { app: service.app } };
    const portLevelMtls = random.maybe(0.6, () => ({ [random.pick(['8080', '8081', '9000'])]: mtls() }));
    // In the root namespace a policy with a selector selects nothing.
    const namespace = random.chance(0.9) ? service.namespace : draft.rootNamespace;
    const spec = fields({ selector, portLevelMtls, mtls: random.maybe(0.7, mtls) });
    found.push(make(`of-${service.name}`, namespace, spec));
  }
  return found;
}

function sidecars(draft: Draft): KubeObject[] {
  const { random } = draft;
  const make = (name: string, namespace: string, spec: JsonObject): KubeObject =>
    object({ apiVersion: networking, kind: 'Sidecar', name, namespace }, { spec });
  const found: KubeObject[] = [];
  if (random.chance(0.08)) found.push(make('default', draft.rootNamespace, { egress: egress(draft) }));
  for (const namespace of random.some(appNamespaces, 0.12)) {
    found.push(make('default', namespace, { egress: egress(draft) }));
  }
  for (const namespace of random.some(appNamespaces, 0.06)) {
    const labels = random.pick([{ app: random.pick(draft.services).app }, { version: 'v1' }]);
    found.push(make('chosen', namespace, { workloadSelector: { labels }, egress: egress(draft) }));
  }
  return found;
}

function egress(draft: Draft): JsonObject[] {
  const { random } = draft;
  const hosts = [
    './*',
    '*/*',
    ...appNamespaces.map((namespace) => `${namespace}/*`),
    ...draft.services.map(({ host }) => `*/${host}`),
    ...draft.services.map(({ host, namespace }) => `${namespace}/${host}`),
    '*/*.example.com',
    `./${random.pick(entryHosts)}`,
    '~/*',
  ];
  const chosen = random.some(hosts, 0.2);
  const listeners: JsonObject[] = [{ hosts: chosen.length === 0 ? ['./*'] : chosen }];
  if (random.chance(0.1)) {
    const port = { number: random.pick([80, 81, 9000]), protocol: random.pick(['HTTP', 'TCP']), name: 'one' };
    listeners.unshift({ port, hosts: [random.pick(hosts)] });
  }
  return listeners;
}

/** Destinations of VirtualServices come into a sidecar's scope with the host that they are for. */
function virtualServices(draft: Draft): KubeObject[] {
  const { random } = draft;
  return Array.from({ length: random.chance(0.2) ? random.int(1, 3) : 0 }, (_, index) =>
    virtualService(draft, index),
  ).flat();
}

function virtualService(draft: Draft, index: number): KubeObject[] {
  const { random } = draft;
  // A service that is exported to nobody can get into a scope by this alone; istiod's endpoints of it are then those of
  // the time at which the Service last changed.
  const targets = [...draft.services.filter(({ isHidden }) => !isHidden).map(({ host }) => host), ...entryHosts];
  const route = (): JsonObject => ({
    destination: fields({
      host: random.pick(targets),
      port: random.maybe(0.3, () => ({ number: random.pick([80, 81, 9000]) })),
      subset: random.maybe(0.2, () => 'v1'),
    }),
  });
  const service = random.pick(draft.services);
  const namespace = random.chance(0.7) ? service.namespace : random.pick(appNamespaces);
  const make = (name: string, spec: JsonObject): KubeObject =>
    object({ apiVersion: networking, kind: 'VirtualService', name, namespace }, { spec });
  const head = fields({
    hosts: [
      random.chance(0.75) ? service.host : random.pick([...entryHosts, `*.${service.namespace}.svc.cluster.local`]),
    ],
    exportTo: random.maybe(0.2, () => [random.pick(['.', '*', 'shop'])]),
    gateways: random.maybe(0.15, () => random.pick([['mesh'], ['istio-system/cross-network']])),
  });
  const name = `route-${index}`;
  switch (random.pick(['http', 'http', 'tcp', 'delegate'])) {
    case 'tcp':
      return [make(name, { ...head, tcp: [{ route: [route()] }] })];
    case 'delegate': {
      const delegate = { name: `${name}-part`, namespace };
      const http = [{ match: [{ uri: { prefix: '/a' } }], delegate }, { route: [route()] }];
      return [make(name, { ...head, http }), make(`${name}-part`, { http: [{ route: [route()] }] })];
    }
    default:
      return [
        make(name, {
          ...head,
          http: [{ route: [route()], ...fields({ mirror: random.maybe(0.2, () => route().destination) }) }],
        }),
      ];
  }
}

/** What makes istiod give routers the clusters for SNI routing. */
function eastWestGateway(): KubeObject {
  const server = {
    port: { number: 15_443, name: 'tls', protocol: 'TLS' },
    tls: { mode: 'AUTO_PASSTHROUGH' },
    hosts: ['*.local'],
  };
  return object(
    { apiVersion: networking, kind: 'Gateway', name: 'cross-network', namespace: systemNamespace },
    { spec: { selector: { istio: 'eastwestgateway' }, servers: [server] } },
  );
}
