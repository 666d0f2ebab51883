import { expect, test } from 'vitest';
import type { LiveRequest } from '../../report/trace-live.ts';
import { requestLines } from './live-text.ts';

const own = '10.1.0.1:8080';
const across = '198.51.100.2:15443';
const envoyCluster = 'outbound|80||reviews.shop.svc.cluster.local';
const sent: LiveRequest = {
  id: 'a',
  method: 'GET',
  url: 'http://reviews:80/',
  sent: 1,
  silent: [],
  verdict: 'AsPredicted',
  status: 200,
  answered: true,
  message: null,
  hosts: [{ envoyCluster, address: across, requests: 1, successes: 1 }],
};

test('a request that went where it was predicted', () => {
  expect(requestLines(sent, false)[0]).toBe(`sent GET http://reviews:80/: 200, via ${across}, as predicted`);
});

test('a request that Envoy answered itself after two attempts', () => {
  const hosts = [
    { envoyCluster, address: own, requests: 1, successes: 1 },
    { envoyCluster, address: across, requests: 2, successes: 2 },
  ];
  const refused: LiveRequest = { ...sent, verdict: 'NotAnswered', status: 503, answered: false, hosts };
  expect(requestLines(refused, false)[0]).toBe(
    `sent GET http://reviews:80/: 503 by Envoy itself, via ${own} (1) and ${across} (2), though the prediction says that it is delivered`,
  );
});

test('requests of which a predicted endpoint answered none', () => {
  const silent = [{ envoyCluster, address: own }];
  const lines = requestLines({ ...sent, sent: 20, silent }, false);
  expect(lines[0]).toBe(`sent GET http://reviews:80/ 20 times: 200, via ${across}, as predicted`);
  expect(lines[1]).toBe(`  ${own} has not answered`);
});
