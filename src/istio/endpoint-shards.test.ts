import { expect, test } from 'vitest';
import { endpointsByCluster, gatewaysIn, servicesWithEndpointsIn } from './endpoint-shards.ts';

const answer = JSON.stringify({
  'cart.shop.svc.cluster.local': {
    shop: {
      Shards: { 'Kubernetes/west': [{ Addresses: ['10.0.0.1'] }], 'Kubernetes/apac': [{ Addresses: ['10.1.0.1'] }] },
    },
  },
  'web.shop.svc.cluster.local': { shop: { Shards: { 'Kubernetes/apac': null, 'Kubernetes/west': [] } } },
  'old.shop.svc.cluster.local': { shop: { Shards: null } },
});

test('the services of which endpoints in a cluster are left', () => {
  expect(servicesWithEndpointsIn('apac', answer)).toEqual(['cart.shop.svc.cluster.local']);
  expect(servicesWithEndpointsIn('west', answer)).toEqual(['cart.shop.svc.cluster.local']);
  expect(servicesWithEndpointsIn('east', answer)).toEqual([]);
});

test.each(['', 'not found', '[1]'])('an answer of another form is not taken for nothing: %s', (text) => {
  expect(() => servicesWithEndpointsIn('apac', text)).toThrow('a form that this version of Isthmus does not know');
});

test('every endpoint by its cluster, whichever version of istiod tells of it', () => {
  const shards = {
    'cart.shop.svc': {
      shop: {
        Shards: {
          'Kubernetes/apac': [
            { Addresses: ['10.1.0.1', 'fd00::1'], EndpointPort: 80 },
            { Address: '10.1.0.2', EndpointPort: 81 },
          ],
          'Kubernetes/west': [{ Addresses: ['10.0.0.1'], EndpointPort: 80 }],
        },
      },
    },
  };
  const of = { service: 'shop/cart.shop.svc', registry: 'Kubernetes' };
  expect(endpointsByCluster(JSON.stringify(shards)).get('apac')).toEqual([
    { ...of, addresses: ['10.1.0.1', 'fd00::1'], port: 80 },
    { ...of, addresses: ['10.1.0.2'], port: 81 },
  ]);
});

test('the gateways by which a cluster is reached from other networks', () => {
  const found = [
    { Network: 'us', Cluster: 'west', Addr: '198.19.2.32', Port: 15443, HBONEPort: 0 },
    { Network: 'eu', Cluster: 'east', Addr: '198.19.2.39', Port: 15443, HBONEPort: 0 },
  ];
  expect(gatewaysIn('east', JSON.stringify(found))).toEqual(['198.19.2.39:15443']);
  expect(gatewaysIn('east', 'null')).toEqual([]);
});
