import { expect, test } from 'vitest';
import { runKeptProbe } from './keep.ts';
import { type KeptPlan, parseKeptLines, parseKeptPlan } from './keep-protocol.ts';
import { virtualClock } from './virtual-clock.ts';
import { nodeWire, type Wire } from './wire.ts';

const plan: KeptPlan = {
  cluster: 'west',
  namespace: 'isthmus-probe',
  pod: 'probe-west',
  port: 0,
  everySeconds: 15,
  targets: [{ service: 'only-east', port: 80, way: 'Gateway' }],
};

const answer = { cluster: 'east', pod: 'probe-east', clientCertificate: null };

/** The network of a pod whose sidecar holds one endpoint, with answers by the number of the request. */
function wireOf(answers: (request: number) => number): { readonly wire: Wire; readonly dialled: string[] } {
  const dialled: string[] = [];
  let request = 0;
  const host = { address: { socket_address: { address: '198.19.0.2', port_value: 15_443 } } };
  const cluster = { name: 'outbound|80||only-east.isthmus-probe.svc.cluster.local', host_statuses: [host] };
  const wire: Wire = {
    resolve: async () => '10.0.0.1',
    get: async ({ port }) => {
      if (port === 15_021) return { status: 200, body: '' };
      if (port === 15_000) return { status: 200, body: JSON.stringify({ cluster_statuses: [cluster] }) };
      request += 1;
      return { status: answers(request), body: JSON.stringify(answer) };
    },
    dial: async ({ address, port, serverName }) => {
      dialled.push(`${address}:${port} ${serverName}`);
      return { address, port, tcp: 'Connected', tls: 'Handshake' };
    },
  };
  return { wire, dialled };
}

/** What a probe writes until it has written so many lines. */
async function linesOf(given: KeptPlan, wire: Wire, wanted: number) {
  const stop = new AbortController();
  const clock = virtualClock();
  const lines: string[] = [];
  const times: number[] = [];
  const write = (line: string): void => {
    lines.push(line);
    times.push(clock.monotonic());
    if (lines.length > wanted) stop.abort(new Error('enough'));
  };
  await expect(
    runKeptProbe({ plan: given, clock, wire, random: () => 0.5, write, signal: stop.signal }),
  ).rejects.toThrow('enough');
  return { lines: parseKeptLines(lines.join('\n')), times };
}

test('one request each fifteen seconds, and a handshake with each endpoint of a gateway', async () => {
  const { wire, dialled } = wireOf((request) => (request === 2 ? 503 : 200));
  const { lines, times } = await linesOf(plan, wire, 3);
  const [ready, ...probes] = lines;
  expect(ready).toMatchObject({ type: 'proxy', state: 'Ready' });
  expect(probes).toMatchObject([
    { type: 'probe', service: 'only-east', count: 1, latencyMs: 0, evidence: { answers: [{ cluster: 'east' }] } },
    { count: 2, latencyMs: null, evidence: { lastFailure: { status: 503 } } },
    { count: 3, latencyMs: 0, evidence: { dials: [{ address: '198.19.0.2', tls: 'Handshake' }] } },
  ]);
  expect(times.slice(1)).toEqual([500, 15_500, 20_500]);
  expect(new Set(dialled)).toEqual(
    new Set(['198.19.0.2:15443 outbound_.80_._.only-east.isthmus-probe.svc.cluster.local']),
  );
});

test('the first request is tried until it is answered, and at most as long as to the second', async () => {
  const { lines, times } = await linesOf(plan, wireOf((request) => (request < 4 ? 503 : 200)).wire, 2);
  expect(lines.slice(1)).toMatchObject([
    { count: 1, latencyMs: 0 },
    { count: 2, latencyMs: 0 },
  ]);
  expect(times.slice(1)).toEqual([5_000, 20_000]);
  const silent = await linesOf(plan, wireOf(() => 503).wire, 2);
  expect(silent.lines.slice(1)).toMatchObject([
    { count: 1, latencyMs: null },
    { count: 2, latencyMs: null },
  ]);
  expect(silent.times[1]).toBeLessThan(20_000);
});

test('what goes on failing is tried as often as what is answered', async () => {
  const { times } = await linesOf(plan, wireOf((request) => (request === 1 ? 200 : 503)).wire, 5);
  expect(times.slice(1)).toEqual([500, 15_500, 20_500, 35_500, 50_500]);
});

test('a gateway that gives no handshake is tried again soon, though requests are answered', async () => {
  const { wire } = wireOf(() => 200);
  let dials = 0;
  const dial: Wire['dial'] = async ({ address, port }) => {
    dials += 1;
    return { address, port, tcp: dials === 2 ? 'Refused' : 'Connected', tls: dials === 2 ? 'None' : 'Handshake' };
  };
  const { times } = await linesOf(plan, { ...wire, dial }, 4);
  expect(times.slice(1)).toEqual([500, 15_500, 20_500, 35_500]);
});

test('a pod of its own network is called through the sidecar alone', async () => {
  const { wire, dialled } = wireOf(() => 200);
  await linesOf({ ...plan, targets: [{ service: 'only-east', port: 80, way: 'Direct' }] }, wire, 2);
  expect(dialled).toEqual([]);
});

test('it answers those of other clusters over real connections', async () => {
  const stop = new AbortController();
  const listening = Promise.withResolvers<number>();
  const ended = runKeptProbe({
    plan: { ...plan, targets: [] },
    clock: virtualClock(),
    wire: wireOf(() => 200).wire,
    random: () => 0.5,
    write: () => undefined,
    signal: stop.signal,
    onListening: listening.resolve,
  });
  const port = await listening.promise;
  const { body } = await nodeWire.get({ address: '127.0.0.1', port, path: '/', timeoutMs: 10_000 });
  expect(JSON.parse(body)).toEqual({ cluster: 'west', pod: 'probe-west', clientCertificate: null });
  stop.abort();
  await ended;
});

test('a plan that is none is refused', () => {
  expect(() => parseKeptPlan(undefined)).toThrow('ISTHMUS_PROBE_PLAN');
  expect(parseKeptPlan(JSON.stringify(plan))).toEqual(plan);
});
