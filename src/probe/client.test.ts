import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../base/system-clock.ts';
import { runProbeClient } from './client.ts';
import { type ClientLine, type ClientPlan, parseClientLines } from './protocol.ts';
import { runProbeServer } from './server.ts';
import { virtualClock } from './virtual-clock.ts';
import { nodeWire, type Wire } from './wire.ts';

const plan: ClientPlan = {
  cluster: 'west',
  namespace: 'ns',
  lifetimeSeconds: 30,
  targets: [{ service: 'only-east', port: 80, requests: 5, groups: [['east']] }],
};

const stop = new AbortController();
afterEach(() => stop.abort());

/** A sidecar that is ready and says that it sent so many requests to one endpoint, and lost so many connections to it. */
function sidecarAnswer(port: number, requests: number, lost = 0): string | undefined {
  if (port === 15_021) return '';
  if (port !== 15_000) return undefined;
  const host = {
    address: { socket_address: { address: '198.19.0.2', port_value: 15_443 } },
    stats: [
      { name: 'rq_success', value: String(requests) },
      { name: 'cx_connect_fail', value: String(lost) },
    ],
  };
  return JSON.stringify({
    cluster_statuses: [{ name: 'outbound|80||only-east.ns.svc.cluster.local', host_statuses: [host] }],
  });
}

async function linesOf(wire: Wire, clock = systemClock, groups: string[][] = [['east']]): Promise<ClientLine[]> {
  const lines: string[] = [];
  const write = (line: string): number => lines.push(line);
  const targets = plan.targets.map((target) => ({ ...target, groups }));
  await runProbeClient({ plan: { ...plan, targets }, clock, wire, write, signal: new AbortController().signal });
  return parseClientLines(lines.join('\n'));
}

test('measures a real server over real connections and reports what its sidecar says', async () => {
  const listening = Promise.withResolvers<number>();
  const server = { cluster: 'east', namespace: 'ns', pod: 'server-east', port: 0, lifetimeSeconds: 60 };
  void runProbeServer({
    plan: server,
    clock: systemClock,
    kube: { delete: () => Promise.resolve('absent') },
    signal: stop.signal,
    onListening: listening.resolve,
  });
  const serverPort = await listening.promise;
  let requests = 0;
  const wire: Wire = {
    ...nodeWire,
    resolve: () => Promise.resolve('127.0.0.1'),
    get: async (wanted) => {
      const body = sidecarAnswer(wanted.port, requests);
      if (body !== undefined) return { status: 200, body };
      requests += 1;
      return nodeWire.get({ ...wanted, port: serverPort });
    },
  };
  const lines = await linesOf(wire);
  expect(lines.map(({ type }) => type)).toEqual(['proxy', 'reached', 'result', 'complete']);
  expect(lines[2]).toMatchObject({
    service: 'only-east',
    evidence: {
      attempts: 6,
      answers: [{ cluster: 'east', count: 5 }],
      identities: [{ cluster: 'east', server: null, client: null, count: 5 }],
      measured: { requests: 5, failures: 0, p50Ms: expect.any(Number), earlierFailures: 0 },
      proxy: { state: 'Known', hosts: [{ address: '198.19.0.2', successes: 6 }] },
      dials: [],
    },
  });
});

/** A server of which the requests with these numbers fail; the first is the one that reaches it. */
function failing(numbers: (request: number) => boolean): Wire {
  let requests = 0;
  const answer = { cluster: 'east', pod: 'server-east', clientCertificate: null };
  return {
    resolve: () => Promise.resolve('10.96.0.1'),
    get: async ({ port }) => {
      const body = sidecarAnswer(port, requests);
      if (body !== undefined) return { status: 200, body };
      requests += 1;
      return numbers(requests) ? { status: 503, body: 'reset' } : { status: 200, body: JSON.stringify(answer) };
    },
    dial: async ({ address, port }) => ({ address, port, tcp: 'Connected', tls: 'Handshake' }),
  };
}

test.each([
  ['a request that is lost once', (request: number) => request === 3, { failures: 0, earlierFailures: 1 }],
  ['one that is lost every time', (request: number) => request % 5 === 0, { failures: 1, earlierFailures: 2 }],
  ['two at once', (request: number) => request === 3 || request === 5, { failures: 2, earlierFailures: 0 }],
  ['all of them', (request: number) => request > 1, { requests: 5, failures: 5, earlierFailures: 0 }],
])('counts %s', async (_, numbers, measured) => {
  const lines = await linesOf(failing(numbers), virtualClock());
  expect(lines.find(({ type }) => type === 'result')).toMatchObject({ evidence: { measured } });
});

/** A service of two clusters, of which east's gateway does not know its server before so many requests. */
function sharedWith(eastFrom: number): Wire {
  let requests = 0;
  return {
    ...failing(() => false),
    get: async ({ port }) => {
      const body = sidecarAnswer(port, requests);
      if (body !== undefined) return { status: 200, body };
      requests += 1;
      const cluster = requests % 2 === 0 ? 'west' : 'east';
      if (cluster === 'east' && requests < eastFrom) return { status: 503, body: 'no healthy upstream' };
      return { status: 200, body: JSON.stringify({ cluster, pod: `server-${cluster}`, clientCertificate: null }) };
    },
  };
}

test.each([
  ['a gateway that hears of its server later than others is waited for', 9, 0],
  ['a gateway that never hears of it is measured all the same', Number.POSITIVE_INFINITY, 3],
])('%s', async (_, eastFrom, failures) => {
  const lines = await linesOf(sharedWith(eastFrom), virtualClock(), [['west', 'east']]);
  expect(lines.find(({ type }) => type === 'result')).toMatchObject({ evidence: { measured: { failures } } });
});

/** A service of two clusters: the sidecar loses a connection with each of so many requests, and sends it to the other one. */
function retrying(until: number): Wire {
  let requests = 0;
  return {
    ...failing(() => false),
    get: async ({ port }) => {
      const body = sidecarAnswer(port, requests, Math.min(requests, until));
      if (body !== undefined) return { status: 200, body };
      requests += 1;
      const cluster = requests % 2 === 0 ? 'west' : 'east';
      return { status: 200, body: JSON.stringify({ cluster, pod: `server-${cluster}`, clientCertificate: null }) };
    },
  };
}

test('a sidecar that goes around a gateway is waited for, but not for ever', async () => {
  const attempts = async (until: number): Promise<number> => {
    const lines = await linesOf(retrying(until), virtualClock(), [['west', 'east']]);
    return lines.find((line) => line.type === 'result')?.evidence.attempts ?? 0;
  };
  expect(await attempts(0)).toBe(10 + 5);
  expect(await attempts(35)).toBeGreaterThan(35 + 5);
  const always = await attempts(Number.POSITIVE_INFINITY);
  expect(always).toBeGreaterThan(100);
  expect(always).toBeLessThan(300);
});

test('says why it waits only when that changes, and ends when its time is over', async () => {
  const clock = virtualClock();
  const failure = (): string => (clock.monotonic() < 10_000 ? 'starting' : 'no healthy upstream');
  const lines = await linesOf(
    {
      resolve: () => Promise.resolve('10.96.0.1'),
      get: async ({ port }) => {
        const body = sidecarAnswer(port, 0);
        return body === undefined ? { status: 503, body: failure() } : { status: 200, body };
      },
      dial: async ({ address, port }) => ({ address, port, tcp: 'Refused', tls: 'None' }),
    },
    clock,
  );
  expect(lines.map((line) => (line.type === 'pending' ? line.evidence.lastFailure?.body : line.type))).toEqual([
    'proxy',
    'starting',
    'no healthy upstream',
    'complete',
  ]);
  expect(clock.monotonic()).toBeGreaterThanOrEqual(30_000);
});

test('a sidecar that is not ready is what the client waits for', async () => {
  const lines = await linesOf(
    {
      resolve: () => Promise.reject(new Error('not asked')),
      get: async () => ({ status: 503, body: '' }),
      dial: () => Promise.reject(new Error('not asked')),
    },
    virtualClock(),
  );
  expect(lines).toEqual([
    { type: 'proxy', state: 'Waiting', afterMs: expect.any(Number), detail: "the sidecar's health port answered 503" },
    { type: 'complete' },
  ]);
});
