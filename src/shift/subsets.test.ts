import { expect, test } from 'vitest';
import { lackingSubsets } from './subsets.ts';

const host = 'reviews.sample.svc.cluster.local';
const about = { host, subsets: ['west', 'east'] };
const whole = `outbound|5000||${host}`;

test('a sidecar has to know every subset on every port of the service', () => {
  const both = [whole, `outbound|5000|west|${host}`, `outbound|5000|east|${host}`];
  expect(lackingSubsets(both, about)).toEqual([]);
  expect(lackingSubsets(both.slice(0, 2), about)).toEqual(['east']);
  expect(lackingSubsets([...both, `outbound|9000||${host}`], about)).toEqual(['west', 'east']);
});

test('so does a gateway, by its own names', () => {
  const gateway = [`outbound_.5000_._.${host}`, `outbound_.5000_.east_.${host}`];
  expect(lackingSubsets(gateway, about)).toEqual(['west']);
  expect(lackingSubsets([...gateway, `outbound_.5000_.west_.${host}`], about)).toEqual([]);
});

test('who does not know the service lacks nothing of it', () => {
  expect(
    lackingSubsets([`outbound|5000||other.sample.svc.cluster.local`, 'inbound|5000||', 'BlackHole'], about),
  ).toEqual([]);
  expect(lackingSubsets([], about)).toEqual([]);
});
