import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createFake } from '../kube/testing/fake.ts';
import { readDebugPage } from './debug-page.ts';

const istiod = { namespace: 'istio-system', pod: 'istiod-1', path: '/debug/clusterz' };
let server: Server | undefined;

afterEach(() => server?.close());

async function answering(status: number, body = ''): Promise<string> {
  const own = createServer((_, response) => response.writeHead(status).end(body));
  server = own;
  await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve));
  const metadata = { namespace: istiod.namespace, name: istiod.pod };
  await using client = createFake({
    objects: [{ apiVersion: 'v1', kind: 'Pod', metadata }],
    forward: () => connect((own.address() as AddressInfo).port, '127.0.0.1'),
  });
  return await readDebugPage(client, istiod, AbortSignal.timeout(10_000));
}

test('a debug page is what istiod answers', async () => {
  expect(await answering(200, '[]')).toBe('[]');
});

test('without its debug interface an istiod has no pages', async () => {
  await expect(answering(404, '404 page not found')).rejects.toMatchObject({
    code: 'unexpected-response',
    message: 'istiod istiod-1 of west has no debug pages: its debug interface is turned off',
    remedy: expect.stringContaining('ENABLE_DEBUG_ON_HTTP'),
  });
});

test.each([401, 403, 500])('a refusal (%i) is none of a page', async (status) => {
  await expect(answering(status, 'none')).rejects.toMatchObject({
    message: `istiod istiod-1 of west answers /debug/clusterz with status ${status}`,
    cluster: 'west',
  });
});
