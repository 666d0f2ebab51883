import { expect, test } from 'vitest';
import { possibleAnswers } from '../src/discovery/endpoints/query.ts';
import { buildIstiodView } from '../src/discovery/registry/view.ts';
import { settingNames } from '../src/discovery/values/mesh-config.ts';
import type { Snapshot } from '../src/discovery/values/snapshot.ts';
import { parseDown } from '../src/predict/scenario/down.ts';
import { whatif } from '../src/predict/scenario/whatif.ts';
import { threeClusters, twoNetworks } from '../src/predict/testing/fake-mesh.ts';
import { redactObject } from '../src/snapshot/redact.ts';
import { knownMeshConfig, knownMeshNetworks } from '../src/snapshot/redact-config.ts';
import { fixtureNames, readFixture } from './oracle/fixture.ts';
import { generateCase } from './oracle/generate.ts';

/** A mesh as a snapshot keeps it. */
function redacted({ clusters, istiods, ...rest }: Snapshot): Snapshot {
  return {
    ...rest,
    clusters: clusters.map(({ cluster, objects }) => ({ cluster, objects: objects.map(redactObject) })),
    istiods: istiods.map((istiod) => ({
      ...istiod,
      flags: Object.fromEntries(Object.entries(istiod.flags).filter(([name]) => settingNames.includes(name))),
      meshConfig: knownMeshConfig(istiod.meshConfig) ?? {},
      meshNetworks: knownMeshNetworks(istiod.meshNetworks) ?? {},
    })),
  };
}

test.each(fixtureNames())('the answers of %s are the same from a snapshot', async (name) => {
  const { snapshot, answers } = await readFixture(name);
  for (const { istiod, proxy, query } of answers) {
    const [before, after] = [snapshot, redacted(snapshot)].map((one) => {
      const found = one.istiods.find(({ cluster }) => cluster === istiod);
      return found === undefined ? undefined : possibleAnswers(buildIstiodView(one, found), proxy, query);
    });
    expect(before).toBeDefined();
    expect(after).toEqual(before);
  }
});

test('the answers of random meshes are the same from a snapshot', () => {
  for (const { snapshot, askings } of Array.from({ length: 40 }, (_, seed) => generateCase(seed))) {
    const kept = redacted(snapshot);
    for (const { istiod, proxy, queries } of askings) {
      const [raw, own] = [snapshot, kept].map((one) => one.istiods.find(({ cluster }) => cluster === istiod));
      if (raw === undefined || own === undefined) throw new Error(`there is no istiod ${istiod}`);
      const [before, after] = [buildIstiodView(snapshot, raw), buildIstiodView(kept, own)];
      for (const query of queries.slice(0, 12)) {
        expect(possibleAnswers(after, proxy, query)).toEqual(possibleAnswers(before, proxy, query));
      }
    }
  }
});

test.each([
  ['two networks', twoNetworks()],
  ['three clusters', threeClusters()],
])('what a lost cluster changes for %s is the same from a snapshot', (_, snapshot) => {
  const clusters = snapshot.clusters.map(({ cluster }) => cluster);
  const downs = [parseDown('cluster:east', { clusters, networks: [] })];
  expect(whatif(redacted(snapshot), { downs, changes: [] })).toEqual(whatif(snapshot, { downs, changes: [] }));
});
