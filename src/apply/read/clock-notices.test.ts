import { expect, test } from 'vitest';
import { clusterName } from '../../api/name.ts';
import { createFake, type FakeOptions } from '../../kube/testing/fake.ts';
import { clockNotices } from './clock-notices.ts';

const west = clusterName.parse('west');

const noticesOf = (options: FakeOptions): readonly string[] =>
  clockNotices([[west, createFake(options)]]).map(({ cluster, message }) => `${cluster}: ${message}`);

test('a cluster whose clock is further behind than certificates are dated back is named, with both clocks', () => {
  expect(noticesOf({ clockLagMs: 7.4 * 60_000 })).toEqual([
    "west: its API server's clock is 7 minutes behind this machine's: certificates that are made now begin 5 minutes ago, so that they are refused there until its clock has caught up; compare both with a time server",
  ]);
});

test.each([{ clockLagMs: 300_000 }, { clockLagMs: -900_000 }, {}])('there is no notice of %o', (options) => {
  expect(noticesOf(options)).toEqual([]);
});
