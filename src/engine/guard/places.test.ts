import { expect, test } from 'vitest';
import { surveyServices } from '../../predict/scenario/services.ts';
import { fakeSnapshot, gatewayOf, twoNetworks } from '../../predict/testing/fake-mesh.ts';
import { placesOf } from './places.ts';

test('an address is that of a pod of the own network, or of the gateway of another', () => {
  const snapshot = twoNetworks();
  const placeOf = placesOf(
    snapshot,
    surveyServices(snapshot).flatMap(({ flows }) => flows),
  );
  expect(placeOf('west', '10.1.0.1:9080')).toBe('west');
  expect(placeOf('east', '10.2.0.1:9080')).toBe('east');
  expect(placeOf('west', `${gatewayOf('east')}:15443`)).toBe('east');
  expect(placeOf('east', `${gatewayOf('west')}:15443`)).toBe('west');
  // A pod of another network is reached by its gateway alone.
  expect(placeOf('west', '10.2.0.1:9080')).toBeUndefined();
  expect(placeOf('west', '203.0.113.7:80')).toBeUndefined();
  expect(placeOf('north', '10.1.0.1:9080')).toBeUndefined();
});

test('pods of two networks may have one address', () => {
  const pods = { reviews: { reviews: '10.1.0.1' } };
  const snapshot = fakeSnapshot({ west: { network: 'us', pods }, east: { network: 'eu', pods } });
  const placeOf = placesOf(snapshot, [
    { from: 'west', network: 'us' },
    { from: 'east', network: 'eu' },
  ]);
  expect(placeOf('west', '10.1.0.1:9080')).toBe('west');
  expect(placeOf('east', '10.1.0.1:9080')).toBe('east');
});
