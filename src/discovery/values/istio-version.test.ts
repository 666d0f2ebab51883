import { expect, test } from 'vitest';
import { istiodOf } from '../testing/fake-objects.ts';
import { ask, fakeConfig, viewOf } from '../testing/fake-view.ts';
import { asItsVersion, followedMinor, versionAssumptions } from './istio-version.ts';

test.each([
  ['1.30.4', 30],
  ['1.30-alpha.1', 30],
  ['1.31.0', 31],
  ['1.31.2-distroless', 31],
  ['1.29.7', 30],
  ['1.9.3', 30],
  ['1.32.0', 31],
  ['latest', 31],
  [undefined, 31],
] as const)('an istiod %s is predicted as 1.%i', (version, minor) => {
  expect(followedMinor({ version })).toBe(minor);
});

test('what an istiod does not know of its settings is not there', () => {
  const meshConfig = {
    localityLbSetting: {},
    zoneAwareLbSetting: {},
    defaultTrafficPolicy: {},
    serviceEntryVisibility: {},
  };
  const flags = { PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: 'true', REVISION: 'x' };
  expect(asItsVersion(istiodOf({ version: '1.30.4', meshConfig, flags }))).toMatchObject({
    meshConfig: { localityLbSetting: {} },
    flags: { PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: 'false', REVISION: 'x' },
  });
  expect(Object.keys(asItsVersion(istiodOf({ version: '1.30.4', meshConfig })).meshConfig)).toEqual([
    'localityLbSetting',
  ]);
  const newer = istiodOf({ version: '1.31.0', meshConfig, flags });
  expect(asItsVersion(newer)).toBe(newer);
});

test('a version that is not followed is an assumption', () => {
  expect(versionAssumptions(istiodOf({ version: '1.30.4' }))).toEqual([]);
  expect(versionAssumptions(istiodOf())).toEqual([]);
  expect(versionAssumptions(istiodOf({ version: '1.29.2' }))).toEqual([
    'The istiod of c1 is version 1.29.2, and is taken for 1.30.',
  ]);
  expect(versionAssumptions(istiodOf({ version: '1.33.0' }))).toEqual([
    'The istiod of c1 is version 1.33.0, and is taken for 1.31.',
  ]);
});

test('before 1.31 endpoints that are not ready are left out, and say so', () => {
  const unready = [{ address: '10.1.0.1' }, { address: '10.1.0.2', health: 'UNHEALTHY' }] as const;
  const { endpoints, excluded } = ask(viewOf(unready, { istiod: { version: '1.30.4' } }));
  expect(endpoints).toHaveLength(1);
  expect(excluded).toMatchObject([{ address: '10.1.0.2:8080', reason: 'unhealthy-suppressed' }]);
  expect(excluded[0]?.explanation).toContain('istiod 1.30.4 leaves such endpoints out');
});

test('before 1.31 zone-aware settings of a rule do nothing', () => {
  const loadBalancer = { zoneAwareLbSetting: {} };
  const config = [fakeConfig('DestinationRule', 'shop/reviews', { host: 'reviews', trafficPolicy: { loadBalancer } })];
  const pods = [
    { address: '10.1.0.1', locality: 'r1/z/s' },
    { address: '10.1.0.2', locality: 'r2/z/s' },
  ];
  const priorities = (version: string): readonly number[] =>
    ask(viewOf(pods, { config, istiod: { version } }), { locality: 'r1/z/s' }).endpoints.map(
      ({ priority }) => priority,
    );
  expect(priorities('1.31.0')).toEqual([0, 1]);
  expect(priorities('1.30.4')).toEqual([0, 0]);
});
