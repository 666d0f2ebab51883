import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { crossNetworkExposure } from './exposure.ts';
import { controlPlaneNamespace, injectedNamespace } from './namespace.ts';

test('the Gateway between networks and the namespaces', async () => {
  const objects = [controlPlaneNamespace('us'), crossNetworkExposure(), injectedNamespace('sample')];
  await expect(objects.map((object) => stringify(object)).join('---\n')).toMatchFileSnapshot('golden/exposure.yaml');
});

test('hosts can be narrowed', () => {
  expect(JSON.stringify(crossNetworkExposure(['*.shop.svc.cluster.local']))).not.toContain('"*.local"');
});
