import { expect, test } from 'vitest';
import type { EffectiveEndpoint } from '../../discovery/values/answer.ts';
import { traceFinding } from '../request/finding.ts';
import { compareLive, type LiveEndpoint } from './configuration.ts';

function endpoint(address: string, over: Partial<EffectiveEndpoint> = {}): EffectiveEndpoint {
  return {
    address,
    weight: 1,
    priority: 0,
    locality: '',
    network: '',
    cluster: 'west',
    via: 'pod',
    mtls: true,
    tlsMode: 'istio',
    sni: null,
    health: 'HEALTHY',
    share: 50,
    ...over,
  };
}

function host(address: string, over: Partial<LiveEndpoint> = {}): LiveEndpoint {
  return { address, weight: 1, priority: 0, healthy: true, ...over };
}

const twice = [endpoint('10.0.0.1:80'), endpoint('10.0.0.2:80')];
const predicted = { envoyCluster: 'outbound|80||x', endpoints: twice, effective: twice, findings: [] };
const named = (): boolean => true;
const same = [host('10.0.0.2:80'), host('10.0.0.1:80')];

test('what istiod and Envoy say, in whatever order, agrees', () => {
  expect(compareLive(predicted, { istiod: same, envoy: same, ejected: [] }, named)).toEqual({
    envoyCluster: 'outbound|80||x',
    verdict: 'Agrees',
    differences: [],
    ejected: [],
  });
});

test('an address that istiod sends twice is compared as often', () => {
  const gateways = { ...predicted, endpoints: [endpoint('1.1.1.1:15443'), endpoint('1.1.1.1:15443', { weight: 3 })] };
  const sent = [host('1.1.1.1:15443', { weight: 3 }), host('1.1.1.1:15443')];
  expect(compareLive(gateways, { istiod: sent, envoy: undefined, ejected: [] }, named).differences).toEqual([]);
  const [once] = sent;
  if (once === undefined) throw new Error('nothing is sent');
  expect(compareLive(gateways, { istiod: [once], envoy: undefined, ejected: [] }, named).verdict).toBe('ModelDefect');
});

test.each([
  ['istiod has another weight', [host('10.0.0.1:80', { weight: 2 }), host('10.0.0.2:80')], same, 'ModelDefect'],
  ['istiod lacks one', [host('10.0.0.1:80')], same, 'ModelDefect'],
  ['Envoy lacks one that istiod sends', same, [host('10.0.0.1:80')], 'StaleProxy'],
  ['Envoy has one that istiod does not send', same, [...same, host('10.0.0.3:80')], 'StaleProxy'],
  ['Envoy has another priority', same, [host('10.0.0.1:80', { priority: 1 }), host('10.0.0.2:80')], 'ModelDefect'],
  ['istiod was not asked', undefined, same, 'NotKnown'],
  ['Envoy was not asked', same, undefined, 'NotKnown'],
] as const)('%s', (...[, istiod, envoy, verdict]) => {
  expect(compareLive(predicted, { istiod, envoy, ejected: [] }, named).verdict).toBe(verdict);
});

test('a difference says what was predicted and what is', () => {
  const { differences } = compareLive(
    predicted,
    {
      istiod: [host('10.0.0.1:80'), host('10.0.0.3:80')],
      envoy: undefined,
      ejected: [],
    },
    named,
  );
  expect(differences).toEqual([
    { at: 'istiod', address: '10.0.0.2:80', predicted: 'weight 1, priority 0, healthy', actual: null },
    { at: 'istiod', address: '10.0.0.3:80', predicted: null, actual: 'weight 1, priority 0, healthy' },
  ]);
});

test('a difference that has a known cause is no defect of the model', () => {
  const real = { istiod: [...same, host('192.0.2.2:15443')], envoy: undefined, ejected: [] };
  expect(compareLive(predicted, real, (ip) => ip !== '192.0.2.2').verdict).toBe('EarlierState');
  expect(compareLive(predicted, real, named).verdict).toBe('ModelDefect');
  const unread = traceFinding('endpoints-unread', 'east was not read.', 100);
  expect(compareLive({ ...predicted, findings: [unread] }, real, named).verdict).toBe('ClusterUnread');
});
