import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { checkDocuments } from '../../mesh/check/check-documents.ts';
import { clusterOf, meshOf, serviceOf } from '../../mesh/testing/mesh-documents.ts';
import { sourcesOfAll } from './sources.ts';

const names = ['west', 'east', 'north'];

/** What the others have of what east does not get. */
function sources(services: readonly string[], ...documents: readonly JsonObject[]): Record<string, number> {
  const { declared } = checkDocuments([meshOf(), ...names.map((name) => clusterOf(name)), ...documents]);
  if (declared === undefined) throw new Error('the documents are not right');
  const mesh = { declared, names: names as never };
  const named = services.map((name) => ({ name, namespace: 'sample' }));
  return sourcesOfAll(mesh, named, 'east');
}

const split = serviceOf({ split: { west: 60, north: 20, east: 20 } });

test('the others share the rest as the document has it, else alike', () => {
  expect(sources(['reviews'], split)).toEqual({ west: 75, north: 25 });
  expect(sources(['reviews'])).toEqual({ west: 50, north: 50 });
  expect(sources(['details', 'ratings'], split)).toEqual({ west: 50, north: 50 });
});

test('services that are divided differently are not shifted together, and are named', () => {
  expect(() => sources(['details', 'reviews'], split)).toThrow(
    expect.objectContaining({
      code: 'shift-refused',
      message: 'the other clusters divide the requests of details and reviews differently; nothing was changed',
    }),
  );
});

test('a service that stays in its cluster is refused by its name', () => {
  expect(() => sources(['details', 'reviews'], serviceOf({ scope: 'Cluster' }))).toThrow(
    expect.objectContaining({ code: 'shift-refused', message: expect.stringContaining('MeshService sample/reviews') }),
  );
});
