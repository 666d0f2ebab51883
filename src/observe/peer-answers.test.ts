import { createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { meshName } from '../api/name.ts';
import { createFake } from '../kube/testing/fake.ts';
import { type HandClock, handClock } from '../kube/testing/hand-clock.ts';
import { createRoot } from '../pki/authority.ts';
import { rootToFiles } from '../pki/stored.ts';
import { type PeerAnswer, readPeerAnswers } from './peer-answers.ts';

const namespace = 'istio-system';
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'istiod-1', namespace } };

/** As istiod answers callers of each cluster: a gRPC status, or nothing at all. */
let statuses: Record<string, number | 'Never' | ('Busy' | number)[]>;
let server: Http2SecureServer;
let clock: HandClock;
beforeEach(() => {
  clock = handClock({ instantUpTo: 2_000 });
});
beforeAll(async () => {
  const environment = { crypto: globalThis.crypto, now: Date.now() };
  const { certificate, privateKey } = rootToFiles(await createRoot({ mesh: meshName.parse('shop') }, environment));
  server = createSecureServer({ cert: certificate, key: privateKey });
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    expect(headers).toMatchObject({
      ':path': '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources',
      authorization: 'Bearer none',
    });
    stream.on('error', () => undefined);
    const answer = statuses[String(headers.clusterid)];
    const status = Array.isArray(answer) ? answer.shift() : answer;
    if (status === 'Never') return clock.advance(8_000);
    stream.respond({ ':status': 200, 'grpc-status': String(status === 'Busy' ? 8 : status) }, { endStream: true });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

async function answersOf(peers: readonly string[], log: string | undefined): Promise<readonly PeerAnswer[]> {
  const client = createFake({
    objects: [pod],
    forward: () => connect((server.address() as AddressInfo).port, '127.0.0.1'),
    raw: ({ path }) => {
      if (!path.endsWith('/pods/istiod-1/log')) return undefined;
      if (log === undefined) throw new Error('no right to read logs');
      return log;
    },
  });
  const place = { client, namespace };
  const { signal } = new AbortController();
  return await readPeerAnswers(place, { pod: 'istiod-1', peers }, { clock, signal });
}

const review = (cluster: string, reason: string): string =>
  `error Failed to authenticate client: failed to validate the JWT from cluster "${cluster}": ${reason}\n`;

test('a peer answers where it refuses the token as invalid', async () => {
  statuses = { east: 16 };
  expect(await answersOf(['east'], review('east', 'the token is not authenticated'))).toEqual([
    { peer: 'east', answers: 'Yes', detail: undefined },
  ]);
});

test('a peer does not answer where istiod waits for it', async () => {
  statuses = { east: 'Never' };
  expect(await answersOf(['east'], undefined)).toEqual([
    { peer: 'east', answers: 'No', detail: 'no answer within 8 s' },
  ]);
});

test('a connection that fails at once is seen in the log of istiod', async () => {
  statuses = { east: 16, north: 16 };
  const log = review('east', 'Post "https://e:6443/": dial tcp: connection refused') + review('north', 'Unauthorized');
  expect(await answersOf(['east', 'north'], log)).toEqual([
    { peer: 'east', answers: 'No', detail: 'dial tcp: connection refused' },
    { peer: 'north', answers: 'No', detail: "it does not accept istiod's credential" },
  ]);
});

test('without the log of istiod an answer and a connection that failed look the same, so neither is known', async () => {
  statuses = { east: 16 };
  expect(await answersOf(['east'], undefined)).toEqual([
    {
      peer: 'east',
      answers: 'Unknown',
      detail: expect.stringMatching(/^the log of istiod, which tells, could not be read: .*no right to read logs/),
    },
  ]);
});

test('an istiod that is busy is asked again', async () => {
  statuses = { east: ['Busy', 'Busy', 16] };
  expect(
    (await answersOf(['east'], review('east', 'the token is not authenticated'))).map(({ answers }) => answers),
  ).toEqual(['Yes']);
});

test('what istiod does not say is not known', async () => {
  statuses = { east: 12 };
  expect(await answersOf(['east'], undefined)).toEqual([
    { peer: 'east', answers: 'Unknown', detail: 'istiod ended the call with gRPC status 12' },
  ]);
});
