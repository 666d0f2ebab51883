import { expect, test } from 'vitest';
import type { KubeObject } from '../../objects/object.ts';
import { parseLabels, servicesIn } from './services-in.ts';

function service(name: string, labels: Readonly<Record<string, string>> = {}, namespace = 'shop'): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, labels } };
}

const entry = { ...service('outside'), apiVersion: 'networking.istio.io/v1', kind: 'ServiceEntry' };

function clustersWith(...lists: readonly (readonly KubeObject[])[]): Parameters<typeof servicesIn>[0] {
  return { clusters: lists.map((objects) => ({ objects })) } as unknown as Parameters<typeof servicesIn>[0];
}

const mesh = clustersWith(
  [
    service('reviews', { tier: 'back', team: 'a' }),
    service('web', { tier: 'front' }),
    service('x', {}, 'other'),
    entry,
  ],
  [service('details', { tier: 'back', team: 'b' }), service('reviews', { tier: 'back', team: 'a' })],
);

test('the services of a namespace are those that any cluster has', () => {
  expect(servicesIn(mesh, 'shop', undefined)).toEqual(['details', 'reviews', 'web']);
});

test('of those with labels all labels count', () => {
  expect(servicesIn(mesh, 'shop', 'tier=back')).toEqual(['details', 'reviews']);
  expect(servicesIn(mesh, 'shop', 'tier=back,team=b')).toEqual(['details']);
});

test('where there is none nothing is shifted', () => {
  const refused = (message: string) => expect.objectContaining({ code: 'shift-refused', message });
  expect(() => servicesIn(mesh, 'empty', undefined)).toThrow(
    refused('no cluster has a service of namespace empty; nothing was changed'),
  );
  expect(() => servicesIn(mesh, 'shop', 'tier=none')).toThrow(
    refused('no cluster has a service of namespace shop with tier=none; nothing was changed'),
  );
});

test.each(['', 'tier', 'tier=a=b', '=a', 'tier=back,', 'tier in (a)'])('%j selects nothing', (text) => {
  expect(() => parseLabels(text)).toThrow(expect.objectContaining({ code: 'usage' }));
});
