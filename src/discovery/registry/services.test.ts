import { describe, expect, test } from 'vitest';
import { endpointsIn, object, pod, service, serviceIn, slice, viewOf } from '../testing/fake-objects.ts';

const host = 'web.shop.svc.cluster.local';

describe('a Service', () => {
  test('becomes name.namespace.svc.domain with its ports and protocols', () => {
    const ports = [
      { name: 'http-web', port: 80, targetPort: 'web' },
      { name: 'grpc-web-x', port: 81 },
      { name: 'x', port: 82, appProtocol: 'kubernetes.io/h2c' },
      { name: 'kubernetes.io/ws', port: 86 },
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'db', port: 3306 },
      { name: 'anything', port: 85 },
      { name: 'broken', port: '80' },
    ];
    const web = serviceIn(
      viewOf({ c1: [service('shop/web', { spec: { ports } })] }, { domain: 'mesh' }),
      'web.shop.svc.mesh',
      'shop',
    );
    expect(web.ports.map(({ port, protocol, targetPort }) => [port, protocol, targetPort])).toEqual([
      [80, 'HTTP', 'web'],
      [81, 'GRPC-Web', undefined],
      [82, 'HTTP2', undefined],
      [86, 'UnsupportedProtocol', undefined],
      [53, 'UDP', undefined],
      [3306, 'TCP', undefined],
      [85, 'UnsupportedProtocol', undefined],
    ]);
  });

  test.each([
    [{ clusterIP: '10.0.0.1' }, 'ClientSideLB', ['10.0.0.1']],
    [{ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::1'] }, 'ClientSideLB', ['10.0.0.1', 'fd00::1']],
    [{ clusterIP: 'None' }, 'Passthrough', ['0.0.0.0']],
    [{ clusterIP: '', type: 'ExternalName', externalName: 'example.com' }, 'Alias', ['0.0.0.0']],
    [{ clusterIP: 'None', type: 'ExternalName', externalName: 'example.com' }, 'Passthrough', ['0.0.0.0']],
  ])('%j is resolved as %s', (spec, resolution, vips) => {
    const meshExternal = 'externalName' in spec;
    const web = serviceIn(viewOf({ c1: [service('shop/web', { spec })] }), host, 'shop');
    expect(web).toMatchObject({ resolution, meshExternal, defaultAddress: vips[0] });
    expect(web.vips.get('c1')).toEqual(vips);
  });

  test.each([
    { field: 'PreferClose', wanted: 'PreferSameZone' },
    { field: 'PreferSameNode', own: 'PreferClose', wanted: 'PreferSameNode' },
    { field: 'Unknown', own: 'prefersamezone', wanted: 'PreferSameZone' },
    { own: 'unknown', inherited: 'PreferClose', wanted: 'Any' },
    { inherited: 'PreferSameNode', wanted: 'PreferSameNode' },
    { wanted: 'Any' },
  ])('$field, its annotation $own, its namespace $inherited: distributes to $wanted', ({ wanted, ...declared }) => {
    const { field, own, inherited } = declared;
    const annotated = (value = '') => ({ annotations: { 'networking.istio.io/traffic-distribution': value } });
    const spec = field === undefined ? {} : { trafficDistribution: field };
    const namespace = object('v1/Namespace', 'shop', annotated(inherited));
    const view = viewOf({ c1: [service('shop/web', { ...annotated(own), spec }), namespace] });
    expect(serviceIn(view, host, 'shop').trafficDistribution).toBe(wanted);
  });

  test('exports to the namespaces of its annotation, trimmed', () => {
    const annotations = { 'networking.istio.io/exportTo': ' ., other ' };
    expect(serviceIn(viewOf({ c1: [service('shop/web', { annotations })] }), host, 'shop').exportTo).toEqual(
      new Set(['.', 'other']),
    );
  });
});

describe('a service of several clusters', () => {
  const first = service('shop/web', { labels: { from: 'c1' }, spec: { clusterIP: '10.1.0.1' } });
  const second = service('shop/web', {
    labels: { from: 'c2' },
    annotations: { 'alpha.istio.io/kubernetes-serviceaccounts': 'web', 'networking.istio.io/exportTo': '~' },
    spec: { clusterIP: '10.2.0.1', ports: [{ name: 'http-renamed', port: 80 }], internalTrafficPolicy: 'Local' },
  });

  test('takes all but addresses and accounts from the first registry', () => {
    const web = serviceIn(viewOf({ c1: [first], c2: [second] }), host, 'shop');
    expect(web).toMatchObject({ definedIn: 'c1', clusters: ['c1', 'c2'], labels: { from: 'c1' }, nodeLocal: false });
    expect(web.exportTo).toBeUndefined();
    expect([...web.vips]).toEqual([
      ['c1', ['10.1.0.1']],
      ['c2', ['10.2.0.1']],
    ]);
    expect(web.serviceAccounts).toEqual(['spiffe://cluster.local/ns/shop/sa/web']);
  });

  test('of remote clusters alone follows the order of the remotes', () => {
    const clusters = { c1: [], c2: [first], c3: [second] };
    expect(serviceIn(viewOf(clusters, { remotes: ['c2', 'c3'] }), host, 'shop').definedIn).toBe('c2');
    expect(serviceIn(viewOf(clusters, { remotes: ['c3', 'c2'] }), host, 'shop').definedIn).toBe('c3');
  });

  test('T8: keeps the port names of the first registry, whatever the other cluster calls its ports', () => {
    const remote = [
      second,
      slice('shop/web', { a: '10.9.0.1' }, { ports: [{ name: 'http-renamed', port: 8080 }] }),
      pod('shop/a', '10.9.0.1'),
    ];
    const view = viewOf({ c1: [first], c2: remote });
    expect(serviceIn(view, host, 'shop').ports.map(({ name }) => name)).toEqual(['http']);
    expect(endpointsIn(view, host, 'shop').map(({ portName }) => portName)).toEqual(['http-renamed']);
  });

  test('headless in the first and with an address in the second is headless', () => {
    const headless = service('shop/web', { spec: { clusterIP: 'None' } });
    expect(serviceIn(viewOf({ c1: [headless], c2: [second] }), host, 'shop').resolution).toBe('Passthrough');
    expect(serviceIn(viewOf({ c1: [first], c2: [headless] }), host, 'shop').resolution).toBe('ClientSideLB');
  });
});
