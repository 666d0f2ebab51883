import { expect, test } from 'vitest';
import type { JsonObject } from '../base/json.ts';
import { istioOperator } from './operator.ts';
import { unknownSettings } from './unknown-settings.ts';

const plane = {
  mesh: 'shop',
  cluster: 'west',
  network: 'us',
  trustDomain: 'cluster.local',
  gateway: {},
} as const;

function notices(
  meshConfig: JsonObject,
  { version = '1.31', values = {} }: { version?: string; values?: JsonObject } = {},
) {
  const serviceSettings = [{ settings: { clusterLocal: true }, hosts: ['*.shop.svc.cluster.local'] }];
  const operator = istioOperator({ ...plane, version, serviceSettings, settings: [{ meshConfig, values }] });
  return unknownSettings(operator, version);
}

test('a field of the mesh configuration that Istio ignores is named, with the one that was meant', () => {
  expect(notices({ unknownThing: true, acessLogFile: '/dev/stdout' })).toEqual([
    'spec.istio.meshConfig.unknownThing: Istio 1.31 knows no such field and ignores it',
    'spec.istio.meshConfig.acessLogFile: Istio 1.31 knows no such field and ignores it; did you mean accessLogFile?',
  ]);
  expect(notices({ defaultConfig: { holdApplicationUntilProxyStart: true } })).toEqual([
    'spec.istio.meshConfig.defaultConfig.holdApplicationUntilProxyStart: Istio 1.31 knows no such field and ignores it; did you mean holdApplicationUntilProxyStarts?',
  ]);
  expect(notices({}, { values: { meshConfig: { nothing: 1 } } })).toEqual([
    'spec.istio.values.meshConfig.nothing: Istio 1.31 knows no such field and ignores it',
  ]);
});

test('what came with 1.31 is named where an older one would ignore it', () => {
  expect(notices({ zoneAwareLbSetting: {}, localityLbSetting: {} }, { version: '1.30' })).toEqual([
    'spec.istio.meshConfig.zoneAwareLbSetting: Istio 1.30 knows no such field and ignores it',
  ]);
  expect(notices({ zoneAwareLbSetting: {} })).toEqual([]);
});

test('what users of several clusters set is known, in both spellings', () => {
  const defaultConfig = {
    tracingServiceName: 'CANONICAL_NAME_ONLY',
    serviceCluster: 'web',
    proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' },
  };
  const outboundTrafficPolicy = { mode: 'REGISTRY_ONLY' };
  expect(
    notices({ accessLogFile: '', defaultConfig, outboundTrafficPolicy, trust_domain: 'td', meshMTLS: {} }),
  ).toEqual([]);
});

test('a later Istio may know more', () => {
  expect(notices({ unknownThing: true }, { version: '1.32' })).toEqual([]);
});
