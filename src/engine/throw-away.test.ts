import { expect, test } from 'vitest';
import type { KubeObject } from '../objects/object.ts';
import { withoutThrowAway } from './throw-away.ts';

const object = (kind: string, name: string, metadata: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...metadata },
});

test('what a killed run left is no service of anyone, in the cluster that labels its namespace', () => {
  const run = object('Namespace', 'isthmus-drill-0a1b', { labels: { 'isthmus.dev/purpose': 'verify' } });
  const theirs = object('Namespace', 'isthmus-drill-0a1b');
  const inside = object('Service', 'all', { namespace: 'isthmus-drill-0a1b' });
  const kept = [object('Service', 'reviews', { namespace: 'sample' }), object('Node', 'node-1')];
  const read = {
    clusters: [
      { cluster: 'west', objects: [run, inside, ...kept] },
      { cluster: 'east', objects: [theirs, inside] },
    ],
    gaps: ['one'],
  };
  expect(withoutThrowAway(read)).toEqual({
    clusters: [
      { cluster: 'west', objects: [run, ...kept] },
      { cluster: 'east', objects: [theirs, inside] },
    ],
    gaps: ['one'],
  });
});
