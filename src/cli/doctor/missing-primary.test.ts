import { expect, test } from 'vitest';
import { missingPrimary } from './missing-primary.ts';

const west = { cluster: 'west', context: 'west', network: 'us', kubernetes: 'v1.36.0', podRanges: [] };
const remote = { ...west, cluster: 'east', context: 'east', istio: [] };
const istio = [{ revision: 'default', version: '1.31.0' }];

test('a remote without its primary is refused, by its name', () => {
  const clusters = [
    { ...west, istio },
    { ...remote, servedFrom: null },
  ];
  expect(missingPrimary({ clusters })).toMatchObject({
    code: 'usage',
    cluster: 'east',
    message: 'the istiod that serves east runs in none of these clusters',
  });
});

test('a remote with its primary is not, nor where a cluster was not read', () => {
  expect(
    missingPrimary({
      clusters: [
        { ...west, istio },
        { ...remote, servedFrom: 'west' },
      ],
    }),
  ).toBeUndefined();
  expect(missingPrimary({ clusters: [{ ...west, istio }] })).toBeUndefined();
  const clusters = [
    { ...west, istio: null },
    { ...remote, servedFrom: null },
  ];
  expect(missingPrimary({ clusters })).toBeUndefined();
});
