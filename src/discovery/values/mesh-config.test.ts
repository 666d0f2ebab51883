import { describe, expect, test } from 'vitest';
import { istiodOf } from '../testing/fake-objects.ts';
import {
  defaultExportToOf,
  isInRevision,
  isOn,
  rootNamespaceOf,
  setting,
  spiffeId,
  trustDomainOf,
} from './mesh-config.ts';

describe("istiod's switches", () => {
  test.each([
    ['true', true],
    ['T', true],
    ['0', false],
    ['FALSE', false],
    ['yes', true],
    ['', true],
  ])('set to "%s" are %s, the default being on', (value, on) => {
    expect(isOn(istiodOf({ flags: { RESOLVE_HOSTNAME_GATEWAYS: value } }), 'RESOLVE_HOSTNAME_GATEWAYS')).toBe(on);
  });

  test('have their default where nothing is set', () => {
    expect(isOn(istiodOf(), 'RESOLVE_HOSTNAME_GATEWAYS')).toBe(true);
    expect(isOn(istiodOf(), 'ENABLE_MCS_HOST')).toBe(false);
    expect(setting(istiodOf(), 'toString' as never, 'none')).toBe('none');
  });
});

describe('MeshConfig', () => {
  test('has defaults', () => {
    const istiod = istiodOf({ namespace: 'mesh' });
    expect([trustDomainOf(istiod), rootNamespaceOf(istiod), defaultExportToOf(istiod)]).toEqual([
      'cluster.local',
      'mesh',
      ['*'],
    ]);
  });

  test('says otherwise', () => {
    const meshConfig = { trustDomain: 'td', rootNamespace: 'root', defaultServiceExportTo: ['.'] };
    const istiod = istiodOf({ meshConfig });
    expect([trustDomainOf(istiod), rootNamespaceOf(istiod), defaultExportToOf(istiod)]).toEqual(['td', 'root', ['.']]);
  });
});

test('an @ in a trust domain is a dot in identities', () => {
  expect(spiffeId('a@b', 'ns', 'sa')).toBe('spiffe://a.b/ns/ns/sa/sa');
});

test('resources of another revision are not read, unless istiod has none', () => {
  const istiod = istiodOf({ flags: { REVISION: 'canary' } });
  const labels = { 'istio.io/rev': 'stable' };
  expect([isInRevision(istiod, labels), isInRevision(istiod, {}), isInRevision(istiodOf(), labels)]).toEqual([
    false,
    true,
    true,
  ]);
});
