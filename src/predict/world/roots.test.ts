import { expect, test } from 'vitest';
import { object } from '../../discovery/testing/fake-objects.ts';
import type { KubeObject } from '../../objects/object.ts';
import { fakeSnapshot } from '../testing/fake-mesh.ts';
import { rootsByCluster } from './roots.ts';

function map(namespace: string, root: string, manager?: string): KubeObject {
  const text = `-----BEGIN CERTIFICATE-----\n${root}\n-----END CERTIFICATE-----\n`;
  const made = object('v1/ConfigMap', `${namespace}/istio-ca-root-cert`, { data: { 'root-cert.pem': text } });
  if (manager === undefined) return made;
  const written = { manager, time: '2026-11-01T08:00:00Z', fieldsV1: { 'f:data': { 'f:root-cert.pem': {} } } };
  return { ...made, metadata: { ...made.metadata, managedFields: [written] } };
}

function roots(...maps: readonly KubeObject[]): readonly string[] | undefined {
  const given = rootsByCluster(fakeSnapshot({ west: { network: 'us', extra: maps } })).get('west');
  return given === undefined ? undefined : [...given.roots];
}

const istiod = 'pilot-discovery';

test.each([
  ["of istiod's namespace count", [map('shop', 'OTHR'), map('istio-system', 'MESH')], ['MESH']],
  ['of a namespace count where they are all there is', [map('shop', 'MESH')], ['MESH']],
  ['that differ and are of nobody in particular are not known', [map('a', 'OTHR'), map('b', 'MESH')], undefined],
  [
    'that a tenant wrote do not count',
    [map('a', 'OTHR', 'kubectl'), map('b', 'MESH', istiod), map('c', 'MESH', istiod)],
    ['MESH'],
  ],
  ['that istiod under another name wrote count', [map('istio-system', 'MESH', 'our-istiod')], ['MESH']],
])('roots %s', (_title, maps, expected) => {
  expect(roots(...maps)).toEqual(expected);
});
