import { expect, test } from 'vitest';
import { servicesWithEndpointsIn } from './endpoint-shards.ts';

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
