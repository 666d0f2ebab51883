import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createCounters } from '../base/counters.ts';
import type { LogEntry } from '../base/logger.ts';
import type { KubeObject } from '../objects/object.ts';
import type { KubeClient, RawRequest } from './client.ts';
import { type ConnectOptions, connect } from './connect.ts';
import { handClock } from './testing/hand-clock.ts';
import { testPorts } from './testing/ports.ts';
import { accessTo, answer, type Script, startScripted, statusBody } from './testing/scripted-server.ts';

const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } };
const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' };

interface Scene extends AsyncDisposable {
  readonly client: KubeClient;
  readonly clock: ReturnType<typeof handClock>;
  readonly arrived: Awaited<ReturnType<typeof startScripted>>['arrived'];
}

/** A client of a scripted server; back-off passes at once, time limits only when time is moved on. */
async function scene(script: Script, change: Partial<ConnectOptions> = {}): Promise<Scene> {
  const server = await startScripted(script);
  const clock = handClock({ instantUpTo: 20_000 });
  const client = await connect(server.access, { ...testPorts, cluster: 'west', clock, random: () => 1, ...change });
  return {
    client,
    clock,
    arrived: server.arrived,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The statuses in turn, then success with the object. */
function failing(...statuses: readonly number[]): Script {
  return (_request, response, index) => {
    const status = statuses[index];
    if (status === undefined) answer(response, 200, object);
    else answer(response, status, statusBody(status, { message: 'later' }));
  };
}

describe('repeating', () => {
  test('reads and applies are repeated with doubled pauses until the server is ready', async () => {
    await using it = await scene(failing(429, 503, 502, 504));
    expect(await it.client.apply(object, { fieldManager: 'isthmus' })).toEqual(object);
    expect(it.clock.slept).toEqual([200, 400, 800, 1600]);
    expect(it.client.counts()).toEqual({ requests: 5, writes: 5 });
  });

  test('ends after six attempts with what the server said', async () => {
    await using it = await scene(failing(...Array.from({ length: 20 }, () => 503)));
    await expect(it.client.get(ref)).rejects.toMatchObject({
      code: 'kubernetes-error',
      retry: true,
      message: 'cluster west: cannot read ConfigMap default/a: later',
    });
    expect(it.arrived).toHaveLength(6);
  });

  test('waits as long as Retry-After or the Status asks', async () => {
    await using it = await scene((_request, response, index) => {
      if (index === 0) response.writeHead(429, { 'retry-after': '3' }).end('slow down');
      else if (index === 1) answer(response, 500, statusBody(500, { details: { retryAfterSeconds: 7 } }));
      else answer(response, 200, object);
    });
    await it.client.get(ref);
    expect(it.clock.slept.filter((ms) => ms >= 3_000)).toEqual(expect.arrayContaining([3_000, 7_000]));
    expect(it.arrived).toHaveLength(3);
  });

  test('a name leads to no other path, whatever its characters', async () => {
    await using it = await scene((_request, response) => answer(response, 200, object));
    await it.client.get({ ...ref, namespace: 'a/../b', name: '../secrets/x?y=1#z\r\nX: 1' });
    expect(it.arrived.map(({ path, query }) => [path, [...query]])).toEqual([
      ['/api/v1/namespaces/a%2F..%2Fb/configmaps/..%2Fsecrets%2Fx%3Fy%3D1%23z%0D%0AX%3A%201', []],
    ]);
  });

  test('a plain 500 is tried three times, and one about the object itself once', async () => {
    await using it = await scene(failing(500, 500));
    await it.client.get(ref);
    await using lasting = await scene(failing(500, 500, 500));
    await expect(lasting.client.get(ref)).rejects.toMatchObject({ code: 'kubernetes-error', retry: true });
    expect(lasting.arrived).toHaveLength(3);
    const schema = { message: 'failed to create typed patch object: .dat: field not declared in schema' };
    await using wrong = await scene((_request, response) => answer(response, 500, statusBody(500, schema)));
    await expect(wrong.client.apply(object, { fieldManager: 'isthmus' })).rejects.toMatchObject({ retry: false });
    expect(wrong.arrived).toHaveLength(1);
  });

  test('what is immediate does not wait for the requests under way', async () => {
    const began = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const script: Script = ({ path }, response) => {
      if (path.includes('leases')) return answer(response, 200, object);
      began.resolve();
      void release.promise.then(() => answer(response, 200, object));
    };
    await using it = await scene(script, { limits: { start: 1, max: 1 } });
    const both = [it.client.get(ref), it.client.get(ref)];
    await began.promise;
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'default', name: 'a' };
    await it.client.get(lease, { urgency: 'Immediate' });
    expect(it.arrived).toHaveLength(2);
    release.resolve();
    await Promise.all(both);
    expect(it.arrived.map(({ path }) => path.split('/').at(-2))).toEqual(['configmaps', 'leases', 'configmaps']);
  });

  test('a create is repeated only where nothing can have been done', async () => {
    await using refused = await scene(failing(429));
    await refused.client.create(object);
    expect(refused.arrived).toHaveLength(2);
    await using unclear = await scene(failing(503));
    await expect(unclear.client.create(object)).rejects.toMatchObject({ code: 'kubernetes-error' });
    expect(unclear.arrived).toHaveLength(1);
  });

  test('a broken connection: applies and deletes by UID are repeated, a delete by name is not', async () => {
    const breaking: Script = (request, response, index) => {
      if (index % 2 === 1) request.method === 'GET' ? answer(response, 200, object) : response.destroy();
      else answer(response, 200, object);
    };
    await using it = await scene(breaking);
    await it.client.get(ref);
    await it.client.apply(object, { fieldManager: 'isthmus' });
    expect(await it.client.delete(ref, { uid: 'u' })).toBe('deleted');
    expect(it.arrived.map(({ method }) => method)).toEqual(['GET', 'PATCH', 'PATCH', 'DELETE', 'DELETE']);
    await expect(it.client.delete(ref)).rejects.toMatchObject({ code: 'cluster-unreachable' });
  });
});

test('a first connection that breaks is repeated, and one that always breaks is given up', async () => {
  await using shaky = await scene((_request, response, index) =>
    index === 0 ? response.destroy() : answer(response, 200, object),
  );
  expect(await shaky.client.get(ref)).toMatchObject({ metadata: { name: ref.name } });
  await using broken = await scene((_request, response) => response.destroy());
  await expect(broken.client.get(ref)).rejects.toMatchObject({ code: 'cluster-unreachable' });
  expect(broken.arrived).toHaveLength(3);
});

test('a review, a dry run and a merge patch are repeated, another request that changes something is not', async () => {
  const sent = async (
    request: Pick<RawRequest, 'method' | 'query' | 'contentType'>,
    path = '/apis/x',
  ): Promise<number> => {
    await using it = await scene((_request, response, index) => answer(response, index === 0 ? 503 : 200, object));
    await it.client.raw({ ...request, path }).catch(() => undefined);
    return it.arrived.length;
  };
  expect(await sent({ method: 'POST' }, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')).toBe(2);
  expect(await sent({ method: 'POST', query: { dryRun: 'All' } })).toBe(2);
  expect(await sent({ method: 'PATCH', contentType: 'application/merge-patch+json' })).toBe(2);
  expect(await sent({ method: 'PATCH', contentType: 'application/json-patch+json' })).toBe(1);
  expect(await sent({ method: 'POST' })).toBe(1);
});

describe('a server that gives no answer', () => {
  test('refused: said at once, without repeating', async () => {
    const server = await startScripted(failing());
    await server[Symbol.asyncDispose]();
    const clock = handClock({ instantUpTo: 20_000 });
    await using client = await connect(server.access, { ...testPorts, cluster: 'west', clock });
    await expect(client.get(ref)).rejects.toMatchObject({
      code: 'cluster-unreachable',
      cluster: 'west',
      message: `cluster west: cannot reach ${server.access.server}: the connection was refused`,
    });
    expect(clock.slept).toEqual([]);
  });

  test('through a proxy: the proxy is named, its password is not', async () => {
    const gone = await startScripted(failing());
    await gone[Symbol.asyncDispose]();
    const { host } = new URL(gone.access.server);
    const access = { ...accessTo('https://west.invalid'), proxy: `http://ann:hunter2@${host}` };
    await using client = await connect(access, { ...testPorts, cluster: 'west' });
    await expect(client.get(ref)).rejects.toMatchObject({
      message: `cluster west: cannot reach https://west.invalid (through the proxy ${host}): the connection was refused`,
      remedy: expect.stringContaining(`runs at ${host} and lets this server through`),
    });
  });

  test('through a SOCKS proxy that is none: the proxy is to be looked at', async () => {
    await using other = await startScripted(failing());
    const { host } = new URL(other.access.server);
    const access = { ...accessTo('https://west.invalid'), proxy: `socks5://${host}` };
    await using client = await connect(access, {
      ...testPorts,
      cluster: 'west',
      clock: handClock({ instantUpTo: 20_000 }),
    });
    await expect(client.get(ref)).rejects.toMatchObject({
      code: 'cluster-unreachable',
      message: expect.stringContaining(`(through the proxy ${host})`),
      remedy: expect.stringContaining('check that a proxy of the kind that proxy-url'),
    });
  });

  test('a name that does not exist', async () => {
    await using client = await connect(accessTo('https://cluster.invalid'), { ...testPorts, cluster: 'west' });
    await expect(client.get(ref)).rejects.toThrow(/the host name (was not found|could not be looked up)/);
  });

  test('nothing within the time limit is timeout, the signal of the caller cancelled', async () => {
    const ending = new AbortController();
    await using it = await scene((_request, _response, index) => {
      if (index === 0) it.clock.advance(30_001);
      else ending.abort();
    });
    await expect(it.client.get(ref)).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('no answer within 30 s: read ConfigMap default/a'),
    });
    await expect(it.client.get(ref, { signal: ending.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('a page that is no Kubernetes answer is unexpected-response', async () => {
    await using it = await scene((_request, response) => response.end('<html>welcome</html>'));
    await expect(it.client.get(ref)).rejects.toMatchObject({ code: 'unexpected-response' });
    await expect(it.client.list(ref)).rejects.toMatchObject({ code: 'unexpected-response' });
  });
});

describe('what is sent', () => {
  test('an apply is a server-side apply that is validated strictly', async () => {
    await using it = await scene(failing());
    await it.client.apply(object, { fieldManager: 'isthmus', conflicts: 'Force', dryRun: 'All' });
    const [request] = it.arrived;
    expect(request).toMatchObject({ method: 'PATCH', path: '/api/v1/namespaces/default/configmaps/a' });
    expect(Object.fromEntries(request?.query ?? [])).toEqual({
      fieldManager: 'isthmus',
      fieldValidation: 'Strict',
      force: 'true',
      dryRun: 'All',
    });
    expect(request?.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(JSON.parse(request?.body ?? '')).toEqual(object);
    expect(it.client.counts()).toEqual({ requests: 1, writes: 0 });
  });

  test('the path of the server address is kept', async () => {
    await using server = await startScripted(failing());
    const access = { ...server.access, server: `${server.access.server}/k8s/clusters/c-1` };
    await using client = await connect(access, { ...testPorts, cluster: 'west' });
    await client.get(ref);
    expect(server.arrived[0]?.path).toBe('/k8s/clusters/c-1/api/v1/namespaces/default/configmaps/a');
  });

  test('a token file is read again after 401, once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'isthmus-connect-'));
    const path = join(folder, 'token');
    await writeFile(path, 'old');
    await using server = await startScripted((request, response) => {
      void writeFile(path, 'new').then(() => {
        if (request.headers.authorization === 'Bearer new') answer(response, 200, object);
        else answer(response, 401, statusBody(401, { message: 'Unauthorized' }));
      });
    });
    await using client = await connect(
      { ...server.access, token: { kind: 'File', path } },
      { ...testPorts, cluster: 'west' },
    );
    expect(await client.get(ref)).toEqual(object);
    const fixed = { ...server.access, token: { kind: 'Text', text: 'old' } } as const;
    await using other = await connect(fixed, { ...testPorts, cluster: 'west' });
    await expect(other.get(ref)).rejects.toMatchObject({ code: 'authentication-failed' });
    expect(server.arrived).toHaveLength(3);
    await rm(folder, { recursive: true });
  });
});

describe('lists', () => {
  const page = (names: readonly string[], next = ''): Parameters<typeof answer>[2] => ({
    kind: 'ConfigMapList',
    metadata: { resourceVersion: '9', continue: next },
    items: names.map((name) => ({ metadata: { name, namespace: 'default' } })),
  });

  test('are read in pages, and every item gets its kind', async () => {
    await using it = await scene((request, response) =>
      answer(response, 200, request.query.get('continue') === 'more' ? page(['b']) : page(['a'], 'more')),
    );
    const found = await it.client.list({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(found.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['ConfigMap', 'a'],
      ['ConfigMap', 'b'],
    ]);
    expect(it.arrived.map(({ query }) => query.get('limit'))).toEqual(['500', '500']);
  });

  test('start over when their continue token has expired', async () => {
    await using it = await scene((request, response, index) => {
      if (request.query.has('continue') && index < 2) answer(response, 410, statusBody(410, { reason: 'Expired' }));
      else if (request.query.has('continue')) answer(response, 200, page(['z']));
      else answer(response, 200, page([`a${index}`], 'more'));
    });
    const found = await it.client.list({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(found.map(({ metadata }) => metadata.name)).toEqual(['a2', 'z']);
  });
});

describe('kinds', () => {
  const groups = (kinds: readonly string[]): Parameters<typeof answer>[2] => ({
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    items: [
      {
        metadata: { name: 'networking.istio.io' },
        versions: [
          {
            version: 'v1',
            resources: kinds.map((kind) => ({
              resource: `${kind.toLowerCase()}s`,
              scope: 'Namespaced',
              responseKind: { group: '', version: '', kind },
            })),
          },
        ],
      },
    ],
  });
  const gateway = { apiVersion: 'networking.istio.io/v1', kind: 'Gateway', namespace: 'a', name: 'b' };

  test('that are not built in are discovered once; a new one is found by asking again', async () => {
    let served = ['Gateway'];
    await using it = await scene((request, response) => {
      if (request.path === '/api') answer(response, 200, { kind: 'APIGroupDiscoveryList', items: [] });
      else if (request.path === '/apis') answer(response, 200, groups(served));
      else answer(response, 404, statusBody(404, { reason: 'NotFound' }));
    });
    const asked = (): number => it.arrived.filter(({ path }) => path === '/apis').length;
    await Promise.all([it.client.get(gateway), it.client.get(gateway)]);
    expect(it.arrived.at(-1)?.path).toBe('/apis/networking.istio.io/v1/namespaces/a/gateways/b');
    const sidecar = { ...gateway, kind: 'Sidecar' };
    expect(await it.client.list(sidecar)).toEqual([]);
    expect(asked()).toBe(1);
    served = ['Gateway', 'Sidecar'];
    it.clock.advance(1_000);
    await it.client.get(sidecar);
    expect(it.arrived.at(-1)?.path).toBe('/apis/networking.istio.io/v1/namespaces/a/sidecars/b');
    expect(asked()).toBe(2);
  });

  test('of a CustomResourceDefinition that was applied are known without asking', async () => {
    await using it = await scene((request, response) => answer(response, 200, JSON.parse(request.body)));
    const spec = {
      group: 'isthmus.dev',
      names: { kind: 'Mesh', plural: 'meshes' },
      scope: 'Cluster',
      versions: [{ name: 'v1alpha1' }],
    };
    const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
    await it.client.apply({ ...definition, metadata: { name: 'x' }, spec }, { fieldManager: 'isthmus' });
    const mesh = { apiVersion: 'isthmus.dev/v1alpha1', kind: 'Mesh', metadata: { name: 'shop' } };
    await it.client.apply(mesh, { fieldManager: 'isthmus' });
    expect(it.arrived.at(-1)?.path).toBe('/apis/isthmus.dev/v1alpha1/meshes/shop');
  });
});

test("the server's clock is that of the answer that came fastest", async () => {
  const now = Date.parse('2030-01-01T00:00:00Z');
  const clock = { ...handClock(), now: () => now };
  const dates = ['nothing', now - 600_000, now - 420_000, now - 480_000];
  const script: Script = (_request, response, index) => {
    const date = dates[index];
    if (typeof date === 'number') response.setHeader('date', new Date(date).toUTCString());
    else response.sendDate = false;
    answer(response, 200, object);
  };
  await using it = await scene(script, { clock });
  const lags: (number | undefined)[] = [];
  for (const _ of dates) {
    await it.client.get(ref);
    lags.push(it.client.clockLagMs?.());
  }
  expect(lags).toEqual([undefined, 600_000, 420_000, 420_000]);
});

test('no more than the limit is in flight', async () => {
  let inFlight = 0;
  let most = 0;
  await using it = await scene(
    (_request, response) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      setImmediate(() => {
        inFlight -= 1;
        answer(response, 200, object);
      });
    },
    { limits: { start: 3, max: 3 } },
  );
  await Promise.all(Array.from({ length: 30 }, () => it.client.get(ref)));
  expect(it.arrived).toHaveLength(30);
  expect(most).toBeLessThanOrEqual(3);
  expect(most).toBeGreaterThan(1);
});

test('a closed client ends what is under way and sends nothing more', async () => {
  const close = async (): Promise<void> => client[Symbol.asyncDispose]();
  let closing: Promise<void> | undefined;
  const server = await startScripted(() => {
    closing = close();
  });
  const client = await connect(server.access, { ...testPorts, cluster: 'west' });
  await expect(client.get(ref)).rejects.toMatchObject({ code: 'cancelled' });
  await closing;
  await expect(client.get(ref)).rejects.toMatchObject({ code: 'cancelled' });
  expect(server.arrived).toHaveLength(1);
  await server[Symbol.asyncDispose]();
});

test('requests, retries and their ends are counted and logged, without a body, a query or a token', async () => {
  const counters = createCounters();
  const entries: LogEntry[] = [];
  await using it = await scene(
    (_request, response, index) => {
      if (index === 0) answer(response, 429, statusBody(429, {}));
      else if (index === 2) response.destroy();
      else answer(response, 200, { ...object, data: { password: 'hunter2' } });
    },
    { counters: counters.count, logger: (entry) => entries.push(entry) },
  );
  await it.client.get(ref);
  await it.client.apply(object, { fieldManager: 'isthmus' });
  expect(counters.values()).toEqual([
    { counter: 'Requests', labels: { cluster: 'west', method: 'GET', outcome: 'ClientError' }, value: 1 },
    { counter: 'ThrottledRetries', labels: { cluster: 'west' }, value: 1 },
    { counter: 'Requests', labels: { cluster: 'west', method: 'GET', outcome: 'Success' }, value: 1 },
    { counter: 'Requests', labels: { cluster: 'west', method: 'PATCH', outcome: 'NoAnswer' }, value: 1 },
    { counter: 'Requests', labels: { cluster: 'west', method: 'PATCH', outcome: 'Success' }, value: 1 },
  ]);
  expect(it.client.counts()).toEqual({ requests: 4, writes: 2 });
  const path = '/api/v1/namespaces/default/configmaps/a';
  expect(entries.map(({ cluster, level, fields }) => [cluster, level, fields?.path, fields?.status])).toEqual([
    ['west', 'debug', path, 429],
    ['west', 'debug', path, 200],
    ['west', 'debug', path, undefined],
    ['west', 'debug', path, 200],
  ]);
  for (const { fields } of entries) expect(fields?.durationMs).toEqual(expect.any(Number));
  expect(JSON.stringify(entries)).not.toMatch(/hunter2|fieldManager/);
});
