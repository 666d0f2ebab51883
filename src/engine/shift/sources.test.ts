import { expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import { checkDocuments } from '../../mesh/check/check-documents.ts';
import { clusterOf, meshOf, serviceOf } from '../../mesh/testing/mesh-documents.ts';
import { sourcesOfAll, stillToMove } from './sources.ts';

const names = ['west', 'east', 'north'];

function meshWith(documents: readonly JsonObject[]): Parameters<typeof sourcesOfAll>[0] {
  const { declared } = checkDocuments([meshOf(), ...names.map((name) => clusterOf(name)), ...documents]);
  if (declared === undefined) throw new Error('the documents are not right');
  return { declared, names: names as never };
}

function named(services: readonly string[]): Parameters<typeof sourcesOfAll>[1] {
  return services.map((name) => ({ name, namespace: 'sample' }));
}

/** What the others have of what east does not get. */
function sources(services: readonly string[], ...documents: readonly JsonObject[]): Record<string, number> {
  return sourcesOfAll(meshWith(documents), named(services), 'east');
}

/** Those of the services that steps of east move. */
function moved(services: readonly string[], steps: readonly number[], document: JsonObject): readonly string[] {
  return stillToMove(meshWith([document]), named(services), { to: 'east', steps }).map(({ name }) => name);
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

test('what the target gets already is not moved back by the first step', () => {
  const arrived = serviceOf({ split: { west: 0, east: 100 } });
  expect(moved(['details', 'reviews'], [50, 100], arrived)).toEqual(['details']);
  expect(moved(['reviews'], [50, 100], serviceOf({ split: { west: 100 } }))).toEqual(['reviews']);
  expect(moved(['reviews'], [20, 100], split)).toEqual(['reviews']);
  expect(() => moved(['reviews'], [50, 100], arrived)).toThrow(
    expect.objectContaining({
      code: 'shift-refused',
      message: 'east gets 100 % of the requests of reviews already; nothing was changed',
    }),
  );
  expect(() => moved(['details', 'reviews'], [5, 100], split)).toThrow(
    'east gets 20 % of the requests of reviews already, and the first step would give it 5 %',
  );
});

test('a split of versions says nothing of the target', () => {
  expect(moved(['reviews'], [50], serviceOf({ splitBy: 'Version', split: { east: 100 } }))).toEqual(['reviews']);
});
