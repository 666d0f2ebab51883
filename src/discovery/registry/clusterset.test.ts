import { describe, expect, test } from 'vitest';
import { endpointsIn, object, pod, service, serviceIn, slice, viewOf } from '../testing/fake-objects.ts';

const host = 'web.shop.svc.cluster.local';
const setHost = 'web.shop.svc.clusterset.local';
const group = 'multicluster.x-k8s.io/v1alpha1';

const discovery = { ENABLE_MCS_SERVICE_DISCOVERY: 'true' };
const hosts = { ...discovery, ENABLE_MCS_HOST: 'true' };

const exportOf = (api = group) => object(`${api}/ServiceExport`, 'shop/web');
const importOf = (ips: readonly string[]) => object(`${group}/ServiceImport`, 'shop/web', { spec: { ips } });
const web = (cluster: number) => [
  service('shop/web'),
  slice('shop/web', { a: `10.${cluster}.0.1` }),
  pod('shop/a', `10.${cluster}.0.1`),
];

/** Cluster and whether the endpoint is for that cluster's proxies only. */
function reach(view: ReturnType<typeof viewOf>, name: string): (readonly [string, boolean])[] {
  return endpointsIn(view, name, 'shop').map(({ cluster, sameClusterOnly = false }) => [cluster, sameClusterOnly]);
}

describe('exported services', () => {
  const clusters = { c1: web(1), c2: [...web(2), exportOf()] };

  test('are reported by cluster, whatever the flags', () => {
    const view = viewOf(clusters);
    expect([view.exported('c1', 'shop', 'web'), view.exported('c2', 'shop', 'web')]).toEqual([false, true]);
    expect([view.exported('c2', 'shop', 'api'), view.exported('c9', 'shop', 'web')]).toEqual([false, false]);
  });

  test('matter with the flag only: then all others are for their own cluster', () => {
    expect(reach(viewOf(clusters), host)).toEqual([
      ['c1', false],
      ['c2', false],
    ]);
    expect(reach(viewOf(clusters, { flags: discovery }), host)).toEqual([
      ['c1', true],
      ['c2', false],
    ]);
  });

  test('of another API group are read where the flag names it', () => {
    const own = { c1: [...web(1), exportOf('example.com/v1')] };
    expect(reach(viewOf(own, { flags: discovery }), host)).toEqual([['c1', true]]);
    expect(reach(viewOf(own, { flags: { ...discovery, MCS_API_GROUP: 'example.com' } }), host)).toEqual([
      ['c1', false],
    ]);
  });

  test('of two IP families are one endpoint for each pod, also where the cluster does not import the host', () => {
    const dual = (cluster: number) => [
      service('shop/web', { spec: { clusterIPs: [`10.9.${cluster}.1`, `fd00:9::${cluster}`] } }),
      pod('shop/a', `10.${cluster}.0.1`, {
        status: { podIPs: [{ ip: `10.${cluster}.0.1` }, { ip: `fd00::${cluster}` }] },
      }),
      slice('shop/web', { a: `10.${cluster}.0.1` }),
      {
        ...slice('shop/web', { a: `fd00::${cluster}` }, { addressType: 'IPv6' }),
        metadata: { ...slice('shop/web', {}).metadata, name: 'web-6' },
      },
      exportOf(),
    ];
    const flags = { ...hosts, ISTIO_DUAL_STACK: 'true' };
    const view = viewOf({ c1: [...dual(1), importOf(['10.9.0.1'])], c2: dual(2) }, { flags });
    expect(endpointsIn(view, setHost, 'shop').map(({ address }) => address)).toEqual(['10.1.0.1', '10.2.0.1']);
  });

  test('do not matter for cluster.local where that is confined to the cluster', () => {
    const flags = { ...hosts, ENABLE_MCS_CLUSTER_LOCAL: 'true' };
    const view = viewOf(
      { c1: [...web(1), importOf(['10.9.0.1'])], c2: [...web(2), exportOf(), importOf(['10.9.0.1'])] },
      { flags },
    );
    expect(reach(view, host)).toEqual([
      ['c1', true],
      ['c2', true],
    ]);
    expect(reach(view, setHost)).toEqual([
      ['c1', true],
      ['c2', false],
    ]);
  });
});

describe('imported services', () => {
  test('have a host of their own, with the addresses of the import in each cluster', () => {
    const view = viewOf(
      { c1: [...web(1), importOf(['10.9.0.2', 'no', '10.9.0.1'])], c2: [...web(2), importOf(['10.8.0.1'])] },
      { flags: hosts },
    );
    const imported = serviceIn(view, setHost, 'shop');
    expect(imported).toMatchObject({
      name: 'web',
      definedIn: 'c1',
      defaultAddress: '10.9.0.1',
      clusters: ['c1', 'c2'],
    });
    expect([...imported.vips]).toEqual([
      ['c1', ['10.9.0.1', '10.9.0.2']],
      ['c2', ['10.8.0.1']],
    ]);
    expect(imported.ports).toEqual(serviceIn(view, host, 'shop').ports);
  });

  test('are not there without addresses, without the real service, or without both flags', () => {
    const has = (objects: ReturnType<typeof web>, flags: Record<string, string>) =>
      viewOf({ c1: objects }, { flags }).services.has(setHost);
    expect(has([...web(1), importOf([])], hosts)).toBe(false);
    expect(has([importOf(['10.9.0.1'])], hosts)).toBe(false);
    expect(has([...web(1), importOf(['10.9.0.1'])], { ENABLE_MCS_HOST: 'true' })).toBe(false);
    expect(has([...web(1), importOf(['10.9.0.1'])], hosts)).toBe(true);
  });

  test('have the endpoints of every cluster; where there is no import, for that cluster only', () => {
    const view = viewOf(
      { c1: [...web(1), importOf(['10.9.0.1']), exportOf()], c2: [...web(2), exportOf()] },
      { flags: hosts },
    );
    expect(reach(view, setHost)).toEqual([
      ['c1', false],
      ['c2', true],
    ]);
  });
});
