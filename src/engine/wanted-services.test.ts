import { expect, test } from 'vitest';
import { clusterName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import { createFake, type FakeOptions } from '../kube/testing/fake.ts';
import { checkDocuments } from '../mesh/check/check-documents.ts';
import { clusterOf, meshOf, serviceOf } from '../mesh/testing/mesh-documents.ts';
import type { KubeObject } from '../objects/object.ts';
import { virtualClock } from '../probe/virtual-clock.ts';
import { resolveMesh } from '../topology/resolved-mesh.ts';
import { wantedServices } from './service-effects.ts';

const shift: KubeObject = {
  apiVersion: 'isthmus.dev/v1alpha1',
  kind: 'MeshShift',
  metadata: { name: 'reviews.sample', namespace: 'isthmus-system' },
  spec: {
    mesh: 'shop',
    service: { name: 'reviews', namespace: 'sample' },
    to: 'east',
    from: { west: 100 },
    steps: [25, 100],
    everySeconds: 30,
    abortOn: [],
    expiresAt: '2030-01-01T02:00:00Z',
    clusters: ['west', 'east'],
  },
  status: { phase: 'Running', step: 1, verdicts: [] },
};

async function wanted(intercept?: FakeOptions['intercept']) {
  const service = serviceOf({ split: { west: 100 } });
  const { declared } = checkDocuments([meshOf(), clusterOf('west'), clusterOf('east'), service]);
  if (declared === undefined) throw new Error('the documents are not right');
  const home = createFake({ objects: [shift], ...(intercept === undefined ? {} : { intercept }) });
  const clients = new Map([[clusterName.parse('west'), home]]);
  const clock = virtualClock(Date.parse('2030-01-01T01:00:00Z'));
  const { signal } = new AbortController();
  const { services, unread } = await wantedServices(resolveMesh(declared), { clients, clock, signal });
  return { splits: services.map(({ spec }) => spec.split), unread };
}

test('a shift that lives counts more than the document', async () => {
  expect(await wanted()).toEqual({ splits: [{ west: 75, east: 25 }], unread: undefined });
});

test('where shifts cannot be read the document counts, and why is known', async () => {
  const found = await wanted(({ what }) => {
    if (what === 'list MeshShift') throw new IsthmusError('access-denied', 'ann may not list meshshifts');
  });
  expect(found.splits).toEqual([{ west: 100 }]);
  expect(found.unread).toMatchObject({ code: 'access-denied', message: 'ann may not list meshshifts' });
});
