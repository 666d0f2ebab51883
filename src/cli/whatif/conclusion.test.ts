import { expect, test } from 'vitest';
import { whatifReport } from '../../engine/reporting/whatif.ts';
import { whatif } from '../../predict/scenario/whatif.ts';
import { twoNetworks } from '../../predict/testing/fake-mesh.ts';
import { conclusionOf } from './conclusion.ts';

const nothing = { downs: [], changes: [] };
const known = whatifReport(whatif(twoNetworks(), nothing));
const east = { kind: 'cluster', cluster: 'east' } as const;
const lost = whatifReport(whatif(twoNetworks(), { ...nothing, downs: [east] }));
const { clusters, istiods } = twoNetworks();
const unread = whatifReport(
  whatif({ clusters: clusters.slice(0, 1), istiods: istiods.slice(0, 1), unread: { east: 'it refuses' } }, nothing),
);
const none = [{ what: 'unreachable', most: 0 }] as const;

test('what is known ends with 0, and with 7 where an assertion is violated', () => {
  expect(conclusionOf(known, { assert: none })).toEqual({ code: 0, messages: [] });
  expect(conclusionOf(lost, { assert: none })).toEqual({
    code: 7,
    messages: ['assertion violated: 1 unreachable, at most 0'],
  });
});

test('no assertion passes on what is not known, and 10 ends it unless that is accepted', () => {
  const messages = [`assertion not known: 0 unreachable, at most 0, and ${unread.counts.Unknown} not known`];
  expect(unread.counts.Unknown).toBeGreaterThan(0);
  expect(conclusionOf(unread, {})).toEqual({ code: 10, messages: [] });
  expect(conclusionOf(unread, { assert: none })).toEqual({ code: 10, messages });
  expect(conclusionOf(unread, { assert: none, acceptUnknown: true })).toEqual({ code: 0, messages });
});

test('a violated assertion outweighs what is not known', () => {
  const both = { counts: { ...lost.counts, Unknown: 1 }, unknown: unread.unknown };
  expect(conclusionOf(both, { assert: none, acceptUnknown: true }).code).toBe(7);
});
