import { expect, test } from 'vitest';
import { isAtLeastMinor, isFixed, requireVersion, satisfies } from './version.ts';

test.each([
  ['1.31.0', '1.31', true],
  ['1.31.4', '1.31', true],
  ['1.31-alpha.1', '1.31', true],
  ['1.31.0', '1.31.0', true],
  ['1.31.1', '1.31.0', false],
  ['1.310.0', '1.31', false],
  ['1.3.1', '1.31', false],
  ['1.32.0', '1.31', false],
  ['unknown', '1.31', false],
])('istioctl %s for a mesh of %s: %s', (found, wanted, accepted) => {
  expect(satisfies(found, wanted)).toBe(accepted);
});

test('a version that does not fit is an error that names both and the program', () => {
  const found = { version: '1.30.2', source: '/opt/istioctl' };
  expect(() => requireVersion([found], { version: '1.31' })).toThrow(
    expect.objectContaining({
      code: 'renderer-version',
      message: expect.stringMatching(/1\.31.*\/opt\/istioctl.*1\.30\.2/),
    }),
  );
  expect(() => requireVersion([found], { version: '1.30' })).not.toThrow();
});

test('where several do not fit, each is named, and so is the cluster that wants another', () => {
  const found = [
    { version: '1.31.0', source: 'the istioctl at /opt/new' },
    { version: '1.29.1', source: 'the istioctl at /opt/old' },
  ];
  expect(() => requireVersion(found, { version: '1.30', cluster: 'east' })).toThrow(
    expect.objectContaining({
      message:
        'cluster east wants Istio 1.30, but the istioctl at /opt/new is version 1.31.0 and the istioctl at /opt/old is version 1.29.1',
      remedy: 'give a renderer of that version too, or change spec.istio.version of the MeshCluster',
    }),
  );
});

test('minor versions compare as numbers', () => {
  expect(isAtLeastMinor('1.31', 31)).toBe(true);
  expect(isAtLeastMinor('1.9.3', 31)).toBe(false);
  expect(isAtLeastMinor('1.100', 31)).toBe(true);
  expect(isAtLeastMinor('latest', 31)).toBe(false);
});

test.each([
  ['1.31.0', false],
  ['1.31', false],
  ['1.31.4', false],
  ['1.31.5', true],
  ['1.31.12', true],
  ['1.31.5-beta.1', false],
  ['1.32', true],
  ['1.32.0', true],
  ['1.33', true],
  ['1.30.9', false],
  ['1.9.9', false],
  ['latest', false],
])('a fix of 1.31.5 and 1.32.0 is in %s: %s', (version, expected) => {
  expect(isFixed(version, ['1.31.5', '1.32.0'])).toBe(expected);
  expect(isFixed(version, [])).toBe(false);
});
