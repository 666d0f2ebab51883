import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { viewOf } from '../testing/fake-view.ts';
import { isClusterLocal } from './cluster-local.ts';

function isLocal(host: string, serviceSettings: readonly JsonObject[] = [], more: JsonObject = {}): boolean {
  return isClusterLocal(viewOf([], { meshConfig: { serviceSettings, ...more } }), host);
}

const setting = (clusterLocal: boolean, ...hosts: string[]): JsonObject => ({ settings: { clusterLocal }, hosts });

describe('T10: hosts that are cluster-local by default', () => {
  test.each([
    ['anything of kube-system', 'dns.kube-system.svc.cluster.local', true],
    ['the API server', 'kubernetes.default.svc.cluster.local', true],
    ['istiod', 'istiod.istio-system.svc.cluster.local', true],
    ['not another service', 'reviews.shop.svc.cluster.local', false],
    ['not another service of default', 'web.default.svc.cluster.local', false],
  ])('%s', (_, host, expected) => {
    expect(isLocal(host)).toBe(expected);
  });

  test('the discovery address moves with the mesh’s setting', () => {
    const defaultConfig = { discoveryAddress: 'istiod-canary.istio-system.svc:15012' };
    expect(isLocal('istiod-canary.istio-system.svc.cluster.local', [], { defaultConfig })).toBe(true);
    expect(isLocal('istiod.istio-system.svc.cluster.local', [], { defaultConfig })).toBe(false);
  });

  test('one host of kube-system that is not local takes the default for all of them away', () => {
    const settings = [setting(false, 'dns.kube-system.svc.cluster.local')];
    expect(isLocal('dns.kube-system.svc.cluster.local', settings)).toBe(false);
    expect(isLocal('metrics.kube-system.svc.cluster.local', settings)).toBe(false);
    expect(isLocal('kubernetes.default.svc.cluster.local', settings)).toBe(true);
  });
});

describe('settings of the mesh', () => {
  test('the most specific host decides, a later entry of the same host replaces an earlier', () => {
    const settings = [
      setting(true, '*.shop.svc.cluster.local'),
      setting(false, 'reviews.shop.svc.cluster.local', '*.eu.shop.svc.cluster.local'),
    ];
    expect(isLocal('cart.shop.svc.cluster.local', settings)).toBe(true);
    expect(isLocal('reviews.shop.svc.cluster.local', settings)).toBe(false);
    expect(isLocal('x.eu.shop.svc.cluster.local', settings)).toBe(false);
    const again = [...settings, setting(true, 'reviews.shop.svc.cluster.local')];
    expect(isLocal('reviews.shop.svc.cluster.local', again)).toBe(true);
  });

  test('everything may be local, with exceptions', () => {
    const settings = [setting(true, '*'), setting(false, '*.shop.svc.cluster.local')];
    expect(isLocal('cart.shop.svc.cluster.local', settings)).toBe(false);
    expect(isLocal('cart.web.svc.cluster.local', settings)).toBe(true);
  });
});
