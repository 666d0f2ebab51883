import { expect, test } from 'vitest';
import { type Advisory, advisoriesFor, advisoryText, tokenAdvisories } from './advisories.ts';

test.each([
  ['1.29.8', ['istio/istio#49349']],
  ['1.30.0', ['istio/istio#60612', 'istio/istio#60920', 'istio/istio#61043']],
  ['1.30.3', ['istio/istio#60920', 'istio/istio#61043']],
  ['1.30.4', []],
  ['1.30.11', []],
  ['1.31.0', []],
  ['1.32.0', []],
  ['1.31.0-alpha.1', []],
  ['latest', []],
  [undefined, []],
])('istiod %s', (version, expected) => {
  expect(advisoriesFor(version).map(({ issue }) => issue)).toEqual(expected);
});

test('the sentence names the version, what it does, and where that is mended', () => {
  const [last] = tokenAdvisories.slice(-1) as [Advisory];
  expect(advisoryText('1.30.2', last)).toBe(
    'istiod 1.30.2 may lose the endpoints of a cluster when its token changes, until it is restarted (istio/istio#61043, fixed in 1.30.4 and 1.31.0)',
  );
});

test('every one is mended after it came', () => {
  for (const { introduced, fixedIn } of tokenAdvisories) {
    expect(fixedIn.length).toBeGreaterThan(0);
    for (const release of [introduced, ...fixedIn]) if (release !== undefined) expect(release).toMatch(/^1\.\d+\.\d+$/);
    expect(fixedIn).not.toContain(introduced);
  }
});
