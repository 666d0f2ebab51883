import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import { ask, askFor, fakeConfig, fakeHost, fakeService, viewOf } from '../testing/fake-view.ts';
import { destinationRuleFor } from './destination-rule.ts';
import { effectivePolicy } from './traffic-policy.ts';

const service = fakeService();

function rule(name: string, spec: JsonObject, created = ''): KubeObject {
  const object = fakeConfig('DestinationRule', name, { host: fakeHost, ...spec });
  return { ...object, metadata: { ...object.metadata, creationTimestamp: created } };
}

function found(config: readonly KubeObject[], client: { namespace?: string; labels?: Record<string, string> } = {}) {
  const view = viewOf([], { config, meshConfig: {} });
  return destinationRuleFor(view, { namespace: 'shop', labels: {}, ...client }, service);
}

describe('which rule holds', () => {
  test('the client’s namespace comes before the service’s, and that before the root namespace', () => {
    const inRoot = rule('istio-system/all', {});
    const ofService = rule('shop/own', {});
    const ofClient = rule('web/mine', {});
    expect(found([inRoot, ofService, ofClient], { namespace: 'web' })?.from).toEqual(['web/mine']);
    expect(found([inRoot, ofService], { namespace: 'web' })?.from).toEqual(['shop/own']);
    expect(found([inRoot], { namespace: 'web' })?.from).toEqual(['istio-system/all']);
  });

  test('in one namespace the exact host comes before the longest pattern', () => {
    const exact = rule('shop/exact', { host: 'reviews' });
    const near = rule('shop/near', { host: '*.shop.svc.cluster.local' });
    const far = rule('shop/far', { host: '*.local' });
    expect(found([far, near, exact])?.from).toEqual(['shop/exact']);
    expect(found([far, near])?.from).toEqual(['shop/near']);
  });

  test('a rule is used where it is exported to', () => {
    expect(found([rule('shop/x', { exportTo: ['.'] })], { namespace: 'web' })).toBeUndefined();
    expect(found([rule('shop/x', { exportTo: ['shop'] })], { namespace: 'web' })).toBeUndefined();
    expect(found([rule('shop/x', { exportTo: ['web'] })], { namespace: 'web' })?.from).toEqual(['shop/x']);
    expect(found([rule('shop/x', { exportTo: ['web'] })], { namespace: 'app' })).toBeUndefined();
  });

  test('proxies in the root namespace see its private rules first and its public ones last', () => {
    const config = [rule('istio-system/public', {}), rule('shop/own', {})];
    expect(found(config, { namespace: 'istio-system' })?.from).toEqual(['shop/own']);
    const hidden = rule('istio-system/private', { exportTo: ['.'] });
    expect(found([...config, hidden], { namespace: 'istio-system' })?.from).toEqual(['istio-system/private']);
  });

  test('a rule with a selector is for the clients of its own namespace that it selects', () => {
    const selecting = rule('shop/some', { workloadSelector: { matchLabels: { app: 'web' } } });
    const forAll = rule('shop/all', {});
    expect(found([forAll, selecting], { labels: { app: 'web' } })?.from).toEqual(['shop/some']);
    expect(found([forAll, selecting])?.from).toEqual(['shop/all']);
    expect(found([selecting], { namespace: 'web', labels: { app: 'web' } })).toBeUndefined();
  });

  test('the mesh may make rules private by default', () => {
    const config = [rule('shop/x', {})];
    const view = viewOf([], { config, meshConfig: { defaultDestinationRuleExportTo: ['.'] } });
    expect(destinationRuleFor(view, { namespace: 'web', labels: {} }, service)).toBeUndefined();
    expect(destinationRuleFor(view, { namespace: 'shop', labels: {} }, service)?.from).toEqual(['shop/x']);
  });
});

describe('several rules of one host', () => {
  const first = rule('shop/b', { subsets: [{ name: 'v1', labels: { version: '1' } }] }, '2026-01-01T00:00:00Z');
  const policy = { outlierDetection: {} };
  const second = rule(
    'shop/a',
    {
      trafficPolicy: policy,
      subsets: [
        { name: 'v1', labels: {} },
        { name: 'v2', labels: {} },
      ],
    },
    '2026-01-02T00:00:00Z',
  );

  test('subsets are joined, the older counting; the first policy there is counts', () => {
    const merged = found([second, first]);
    expect(merged?.from).toEqual(['shop/b', 'shop/a']);
    expect(merged?.subsets.map(({ name }) => name)).toEqual(['v1', 'v2']);
    expect(merged?.subsets[0]?.labels).toEqual({ version: '1' });
    expect(merged?.trafficPolicy).toEqual(policy);
  });

  test('rules exported to different namespaces stay apart', () => {
    const config = [rule('shop/a', { exportTo: ['web'] }), rule('shop/b', { exportTo: ['app'] })];
    expect(found(config, { namespace: 'web' })?.from).toEqual(['shop/a']);
    expect(found(config, { namespace: 'app' })?.from).toEqual(['shop/b']);
  });
});

describe('the effective policy', () => {
  const trafficPolicy = {
    outlierDetection: {},
    tls: { mode: 'DISABLE' },
    portLevelSettings: [{ port: { number: 81 }, tls: { mode: 'SIMPLE' } }],
  };
  const subsets = [
    { name: 'plain', labels: {} },
    { name: 'over', labels: {}, trafficPolicy: { tls: { mode: 'MUTUAL' } } },
    {
      name: 'port',
      labels: {},
      trafficPolicy: { tls: { mode: 'MUTUAL' }, portLevelSettings: [{ port: { number: 80 }, loadBalancer: {} }] },
    },
  ];
  const merged = found([rule('shop/x', { trafficPolicy, subsets })]);
  const policyFor = (port: number, subset: string) => {
    if (merged === undefined) throw new Error('no rule');
    return effectivePolicy(merged, port, subset);
  };

  test('settings of a port replace all of the level they are on', () => {
    expect(policyFor(80, '')).toEqual({ outlierDetection: {}, tls: { mode: 'DISABLE' }, loadBalancer: undefined });
    expect(policyFor(81, '')).toEqual({
      outlierDetection: undefined,
      tls: { mode: 'SIMPLE' },
      loadBalancer: undefined,
    });
  });

  test('a subset overrides what it names; with settings for the port it replaces all', () => {
    expect(policyFor(80, 'plain')).toEqual(policyFor(80, ''));
    expect(policyFor(80, 'over')).toMatchObject({ outlierDetection: {}, tls: { mode: 'MUTUAL' } });
    expect(policyFor(81, 'over')).toMatchObject({ outlierDetection: undefined, tls: { mode: 'MUTUAL' } });
    expect(policyFor(80, 'port')).toEqual({ outlierDetection: undefined, tls: undefined, loadBalancer: {} });
  });
});

test('a subset that no rule defines has no cluster', () => {
  const missing = askFor(viewOf([{}], { config: [rule('shop/x', {})] }), {}, { subset: 'v9' });
  expect(missing).toMatchObject({ outcome: 'None', code: 'subset-missing' });
  expect(missing.outcome === 'None' && missing.explanation).toContain('DestinationRule shop/x has no subset v9');
  expect(askFor(viewOf([{}]), {}, { subset: 'v9' })).toMatchObject({ code: 'subset-missing' });
});

test('a subset without labels takes every endpoint', () => {
  const config = [rule('shop/x', { subsets: [{ name: 'all' }] })];
  expect(ask(viewOf([{}], { config }), {}, { subset: 'all' }).endpoints).toHaveLength(1);
});
