import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { crossNetworkExposure, istiodExposure } from './exposure.ts';
import { controlPlaneNamespace, injectedNamespace } from './namespace.ts';

test('the Gateway between networks and the namespaces', async () => {
  const objects = [controlPlaneNamespace('us'), crossNetworkExposure(), injectedNamespace('sample', 'default')];
  await expect(objects.map((object) => stringify(object)).join('---\n')).toMatchFileSnapshot('golden/exposure.yaml');
});

test('hosts can be narrowed', () => {
  expect(JSON.stringify(crossNetworkExposure(['*.shop.svc.cluster.local']))).not.toContain('"*.local"');
});

test('a primary lets its remotes in to its istiod, and to nothing else', async () => {
  const objects = [controlPlaneNamespace('eu', 'west'), ...istiodExposure('default')];
  await expect(
    objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n'),
  ).toMatchFileSnapshot('golden/istiod-exposure.yaml');
});
