import { describe, expect, test } from 'vitest';
import { possibleAnswers } from '../src/discovery/endpoints/query.ts';
import { buildIstiodView } from '../src/discovery/registry/view.ts';
import { clusterName, compareAnswers } from './oracle/compare.ts';
import { fixtureNames, readFixture, unpinned } from './oracle/fixture.ts';

/** Meshes in which prediction and a real istiod once differed, with the answers that istiod gave. */
const fixtures = await Promise.all(fixtureNames().map(async (name) => ({ name, ...(await readFixture(name)) })));

describe.each(fixtures)('$name', ({ snapshot, answers }) => {
  test.each(answers)('$proxy.name in $proxy.cluster asks $istiod for $query.host', (pinned) => {
    const istiod = snapshot.istiods.find(({ cluster }) => cluster === pinned.istiod);
    if (istiod === undefined) throw new Error(`the fixture has no istiod ${pinned.istiod}`);
    const possible = possibleAnswers(buildIstiodView(snapshot, istiod), pinned.proxy, pinned.query);
    expect(compareAnswers(possible, unpinned(pinned), clusterName(pinned.query))).toBeUndefined();
  });
});
