import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import { type FakeView, fakeConfig, fakeHost, fakeService, fakeView } from '../testing/fake-view.ts';
import type { IstiodView, Service } from '../values/model.ts';
import { dependsOnScope, visibleService } from './sidecar-scope.ts';

const twoPorts = [
  { name: 'http', port: 80, protocol: 'HTTP', targetPort: 8080 },
  { name: 'tcp', port: 90, protocol: 'TCP', targetPort: 9090 },
];

function viewOf(services: readonly Partial<Service>[], rest: Partial<FakeView> = {}): IstiodView {
  return fakeView({ services: services.map((over) => ({ service: fakeService(over), shards: [] })), ...rest });
}

function seen(view: IstiodView, client: Partial<Parameters<typeof visibleService>[1]> = {}, host = fakeHost) {
  const result = visibleService(view, { type: 'sidecar', namespace: 'web', labels: {}, ...client }, host);
  if (result.found === undefined) return result.code;
  const { service, ports } = result.found;
  return `${service.provider} ${service.namespace} ${ports.map(({ port }) => port).join(',')}`;
}

function sidecar(name: string, spec: JsonObject): KubeObject {
  return fakeConfig('Sidecar', name, spec);
}

const egress = (...hosts: string[]): JsonObject => ({ egress: [{ hosts }] });

describe('exportTo', () => {
  test.each([
    ['everyone by default', undefined, 'Kubernetes shop 80'],
    ['everyone', new Set(['*']), 'Kubernetes shop 80'],
    ['its own namespace', new Set(['.']), 'not-exported'],
    ['nobody', new Set(['~']), 'not-exported'],
    ['the client’s namespace', new Set(['web']), 'Kubernetes shop 80'],
  ])('to %s', (_, exportTo, expected) => {
    expect(seen(viewOf([{ exportTo }]))).toBe(expected);
  });

  test('the mesh’s default counts where the service says nothing', () => {
    const view = viewOf([{}], { meshConfig: { defaultServiceExportTo: ['.'] } });
    expect(seen(view)).toBe('not-exported');
    expect(seen(view, { namespace: 'shop' })).toBe('Kubernetes shop 80');
  });

  test('a host that nobody has', () => {
    expect(seen(viewOf([{}]), {}, 'no.such.host')).toBe('unknown-host');
  });

  test('gateways see what is exported to their namespace', () => {
    expect(seen(viewOf([{ exportTo: new Set(['.']) }]), { type: 'router' })).toBe('not-exported');
    expect(seen(viewOf([{}]), { type: 'router' })).toBe('Kubernetes shop 80');
  });
});

describe('one host in several namespaces', () => {
  const entry = (namespace: string, creationTime: string, provider: Service['provider'] = 'External') =>
    ({ host: 'example.com', name: 'example.com', namespace, creationTime, provider }) as const;

  test('the client’s namespace, else Kubernetes, else the oldest', () => {
    const old = entry('a', '2026-01-01T00:00:00Z');
    const kubernetes = entry('b', '2026-01-02T00:00:00Z', 'Kubernetes');
    const young = entry('c', '2026-01-03T00:00:00Z');
    expect(seen(viewOf([young, old]), {}, 'example.com')).toBe('External a 80');
    expect(seen(viewOf([young, old, kubernetes]), {}, 'example.com')).toBe('Kubernetes b 80');
    expect(seen(viewOf([young, old, kubernetes]), { namespace: 'c' }, 'example.com')).toBe('External c 80');
  });

  test('gateways do not prefer their own namespace', () => {
    const services = [entry('a', '2026-01-01T00:00:00Z'), entry('c', '2026-01-03T00:00:00Z')];
    expect(seen(viewOf(services), { type: 'router', namespace: 'c' }, 'example.com')).toBe('External a 80');
  });

  test('gateways that share the scope of their namespace’s sidecars do, whatever Sidecars there are', () => {
    const services = [entry('a', '2026-01-01T00:00:00Z'), entry('c', '2026-01-03T00:00:00Z')];
    const config = [sidecar('c/some', { ...egress('none/*'), workloadSelector: { labels: { app: 'x' } } })];
    const client = { type: 'router', namespace: 'c', labels: { app: 'x' }, gatewayScope: 'shared' } as const;
    expect(seen(viewOf(services, { config }), client, 'example.com')).toBe('External c 80');
  });

  test.each([
    ['of which the gateway’s own is younger', ['a', 'c'], [], true],
    ['of which the gateway’s own is older', ['c', 'a'], [], false],
    ['neither of which is the gateway’s own', ['a', 'b'], [], false],
    ['where some sidecars have a Sidecar', ['a', 'c'], ['c/some'], true],
    ['where all sidecars of the namespace have a Sidecar', ['a', 'c'], ['c/all'], false],
    ['where all sidecars of the mesh have a Sidecar', ['a', 'c'], ['istio-system/all'], false],
  ] as const)('what a gateway gets of two services %s', (...[, [old, young], sidecars, expected]) => {
    const services = [entry(old, '2026-01-01T00:00:00Z'), entry(young, '2026-01-03T00:00:00Z')];
    const selector = { workloadSelector: { labels: { app: 'x' } } };
    const config = sidecars.map((name) => sidecar(name, { ...egress('*/*'), ...(name.endsWith('some') && selector) }));
    const view = viewOf(services, { config });
    expect(dependsOnScope(view, { type: 'router', namespace: 'c', labels: {} }, 'example.com')).toBe(expected);
    expect(dependsOnScope(view, { type: 'sidecar', namespace: 'c', labels: {} }, 'example.com')).toBe(false);
  });
});

describe('Sidecar', () => {
  test.each([
    ['everything', egress('*/*'), 'Kubernetes shop 80'],
    ['a namespace', egress('shop/*'), 'Kubernetes shop 80'],
    ['the host', egress(`shop/${fakeHost}`), 'Kubernetes shop 80'],
    ['the host of any namespace', egress(`*/${fakeHost}`), 'Kubernetes shop 80'],
    ['a pattern', egress('shop/*.svc.cluster.local'), 'Kubernetes shop 80'],
    ['another namespace', egress('other/*'), 'not-in-sidecar-scope'],
    ['its own namespace', egress('./*'), 'not-in-sidecar-scope'],
    ['everything but the namespace', egress('*/*', '~shop/*'), 'not-in-sidecar-scope'],
    ['everything but the host', egress('*/*', `~*/${fakeHost}`), 'not-in-sidecar-scope'],
  ])('that imports %s', (_, spec, expected) => {
    expect(seen(viewOf([{}], { config: [sidecar('web/default', spec)] }))).toBe(expected);
  });

  test('before 1.31 nothing can be left out', () => {
    const config = [sidecar('web/default', egress('*/*', '~shop/*'))];
    expect(seen(viewOf([{}], { config, istiod: { version: '1.30.4' } }))).toBe('Kubernetes shop 80');
  });

  test('one that selects the client comes first, then that of the namespace, then that of the root namespace', () => {
    const none = egress('none/*');
    const config = [
      sidecar('istio-system/default', none),
      sidecar('web/default', egress('*/*')),
      sidecar('web/some', { ...none, workloadSelector: { labels: { app: 'x' } } }),
    ];
    expect(seen(viewOf([{}], { config }), { labels: { app: 'x' } })).toBe('not-in-sidecar-scope');
    expect(seen(viewOf([{}], { config }))).toBe('Kubernetes shop 80');
    expect(seen(viewOf([{}], { config }), { namespace: 'other' })).toBe('not-in-sidecar-scope');
    expect(seen(viewOf([{}], { config }), { namespace: 'other', type: 'router' })).toBe('Kubernetes shop 80');
  });

  test('a listener of one port imports that port of a service', () => {
    const at = (port: JsonObject): JsonObject => ({ egress: [{ port, hosts: ['*/*'] }] });
    const withPort = (port: JsonObject) =>
      viewOf([{ ports: twoPorts }], { config: [sidecar('web/default', at(port))] });
    expect(seen(withPort({ number: 90, protocol: 'TCP' }))).toBe('Kubernetes shop 90');
    expect(seen(withPort({ number: 91, protocol: 'TCP' }))).toBe('not-in-sidecar-scope');
    expect(seen(withPort({ number: 91, protocol: 'HTTP_PROXY' }))).toBe('Kubernetes shop 80,90');
  });

  test('ports of several listeners are joined', () => {
    const listener = (number: number): JsonObject => ({ port: { number, protocol: 'TCP' }, hosts: ['*/*'] });
    const config = [sidecar('web/default', { egress: [listener(90), listener(80)] })];
    expect(seen(viewOf([{ ports: twoPorts }], { config }))).toBe('Kubernetes shop 90,80');
  });

  test('destinations of imported VirtualServices are drawn in, with the ports that they name', () => {
    const destination = (port: JsonObject): JsonObject => ({ destination: { host: fakeHost, ...port } });
    const route = (port: JsonObject) =>
      fakeConfig('VirtualService', 'web/front', {
        hosts: ['front.web.svc.cluster.local'],
        http: [{ route: [destination(port)] }],
      });
    const own = sidecar('web/default', egress('./*'));
    const view = (port: JsonObject) => viewOf([{ ports: twoPorts }], { config: [own, route(port)] });
    expect(seen(view({}))).toBe('Kubernetes shop 80,90');
    expect(seen(view({ port: { number: 90 } }))).toBe('Kubernetes shop 90');
    expect(seen(view({ port: { number: 91 } }))).toBe('not-in-sidecar-scope');
  });
});
