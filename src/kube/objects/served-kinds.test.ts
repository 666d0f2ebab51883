import { expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import type { Json } from '../../base/json.ts';
import { createFake } from '../testing/fake.ts';
import { servedKinds } from './served-kinds.ts';

const answers: Readonly<Record<string, Json>> = {
  '/apis': {
    groups: [
      {
        name: 'networking.istio.io',
        versions: [{ groupVersion: 'networking.istio.io/v1alpha3' }, { groupVersion: 'networking.istio.io/v1' }],
        preferredVersion: { groupVersion: 'networking.istio.io/v1' },
      },
      { name: 'metrics.k8s.io', versions: [{ groupVersion: 'metrics.k8s.io/v1beta1' }] },
    ],
  },
  '/api/v1': {
    resources: [
      { name: 'pods', namespaced: true, kind: 'Pod', verbs: ['list', 'delete'] },
      { name: 'pods/log', namespaced: true, kind: 'Pod', verbs: ['get'] },
    ],
  },
  '/apis/networking.istio.io/v1': {
    resources: [{ name: 'gateways', namespaced: true, kind: 'Gateway', verbs: ['list'] }],
  },
  '/apis/networking.istio.io/v1alpha3': {
    resources: [
      { name: 'gateways', namespaced: true, kind: 'Gateway', verbs: ['list'] },
      { name: 'envoyfilters', namespaced: true, kind: 'EnvoyFilter', verbs: ['list'] },
    ],
  },
};

test('each kind once, in the preferred version that has it; a group that is silent is named', async () => {
  const client = createFake({
    raw: ({ path }) => {
      if (path === '/apis/metrics.k8s.io/v1beta1') throw new IsthmusError('kubernetes-error', 'service unavailable');
      return answers[path];
    },
  });
  const { kinds, silent } = await servedKinds(client);
  expect(kinds.map(({ apiVersion, plural }) => `${apiVersion} ${plural}`)).toEqual([
    'v1 pods',
    'networking.istio.io/v1 gateways',
    'networking.istio.io/v1alpha3 envoyfilters',
  ]);
  expect(silent).toEqual([{ groupVersion: 'metrics.k8s.io/v1beta1', problem: 'service unavailable' }]);
});
