import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type EnvoyCluster, parseEnvoyClusters } from '../istio/debug.ts';
import { createFake } from '../kube/testing/fake.ts';
import { type Trace, trace } from '../predict/request/trace.ts';
import { gatewayOf, twoNetworks } from '../predict/testing/fake-mesh.ts';
import { findCaller } from '../predict/world/caller.ts';
import { worldOf } from '../predict/world/world.ts';
import { type LiveRequest, liveRequest } from './live-request.ts';

const name = 'outbound|80||reviews.shop.svc.cluster.local';
const [own, across] = ['10.1.0.1:8080', `${gatewayOf('east')}:15443`];

function traced(subset = '', method = 'GET'): Trace {
  const snapshot = twoNetworks();
  return trace(worldOf(snapshot), findCaller(snapshot, 'west/shop/client'), {
    host: 'reviews',
    port: 80,
    subset,
    headers: {},
    method,
    path: '/',
  });
}

/** What Envoy's admin page says of hosts that have got so many requests. */
function page(totals: Readonly<Record<string, number>>): object {
  const hosts = Object.entries(totals).map(([at, value]) => {
    const [address, port] = at.split(':');
    const stats = [{ name: 'rq_total', value: String(value) }];
    return { address: { socket_address: { address, port_value: Number(port) } }, stats };
  });
  return { cluster_statuses: [{ name, host_statuses: hosts }] };
}

function clusters(totals: Readonly<Record<string, number>>): readonly EnvoyCluster[] {
  return parseEnvoyClusters(page(totals) as never);
}

type Totals = Readonly<Record<string, number>>;

/** Sends the requests of a fake pod; after each Envoy has counted so many, and after the last one no more. */
async function send(
  request: number | { readonly status: number; readonly method: string },
  ...counted: readonly Totals[]
): Promise<LiveRequest | { readonly why: string }> {
  const { status, method } = typeof request === 'number' ? { status: request, method: 'GET' } : request;
  const last = counted.at(-1) ?? {};
  const pages = [...counted];
  const admin = createServer((_request, response) => response.end(JSON.stringify(page(pages.shift() ?? last))));
  await new Promise<void>((resolve) => admin.listen(0, '127.0.0.1', resolve));
  const { port } = admin.address() as AddressInfo;
  const metadata = { namespace: 'shop', name: 'client' };
  await using client = createFake({
    objects: [{ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'app' }] } }],
    exec: () => ({ exitCode: 0, stderr: '', stdout: `HTTP/1.1 ${status} X\r\n\r\n` }),
    forward: () => connect(port, '127.0.0.1'),
  });
  const before = clusters({ [own]: 7, [across]: 2 });
  const source = {
    fleet: { client: () => client },
    crypto: globalThis.crypto,
    signal: new AbortController().signal,
    before,
  };
  const sent = await liveRequest(traced('', method), source);
  admin.close();
  return sent;
}

describe('requests of the caller', () => {
  test('are sent until every predicted endpoint has answered', async () => {
    const sent = await send(200, { [own]: 7, [across]: 3 }, { [own]: 7, [across]: 4 }, { [own]: 8, [across]: 4 });
    expect(sent).toMatchObject({
      url: 'http://reviews:80/',
      verdict: 'AsPredicted',
      sent: 3,
      status: 200,
      answered: true,
      hosts: [
        { envoyCluster: name, address: own, requests: 1 },
        { envoyCluster: name, address: across, requests: 2 },
      ],
      silent: [],
    });
  });

  test('end after ten for each endpoint, and those that have not answered are named', async () => {
    const local = Array.from({ length: 20 }, (_, index) => ({ [own]: 8 + index, [across]: 2 }));
    expect(await send(200, ...local)).toMatchObject({
      verdict: 'AsPredicted',
      sent: 20,
      silent: [{ envoyCluster: name, address: across }],
    });
  });

  test('are one only where the method may change something at the server', async () => {
    const sent = await send({ status: 200, method: 'POST' }, { [own]: 8, [across]: 2 });
    expect(sent).toMatchObject({ method: 'POST', sent: 1, silent: [{ envoyCluster: name, address: across }] });
  });

  test('end with the first that Envoy answers itself', async () => {
    const sent = await send(503, { [own]: 8, [across]: 4 });
    expect(sent).toMatchObject({ verdict: 'NotAnswered', answered: false, sent: 1 });
  });

  test('is not sent where it would show nothing', async () => {
    await using client = createFake();
    const source = {
      fleet: { client: () => client },
      crypto: globalThis.crypto,
      signal: new AbortController().signal,
      before: undefined,
    };
    expect(await liveRequest(traced('v2'), source)).toEqual({ why: expect.stringContaining('only routes choose') });
  });
});
