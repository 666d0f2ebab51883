import { createServer } from 'node:net';
import type { Clock } from '../../src/base/clock.ts';
import { parseJson } from '../../src/base/parse-json.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connect.ts';
import { getThroughPod } from '../../src/kube/pod/http-over-forward.ts';
import { acceptSocket, channelMessage, closeMessage } from '../../src/kube/testing/channel-socket.ts';
import { testPorts } from '../../src/kube/testing/ports.ts';
import { startScripted } from '../../src/kube/testing/scripted-server.ts';
import { runProbeClient } from '../../src/probe/client.ts';
import { parseClientLines, parseClientPlan, parseServerAnswer, parseServerPlan } from '../../src/probe/protocol.ts';
import { parseReachPlan } from '../../src/probe/reach.ts';
import { virtualClock } from '../../src/probe/virtual-clock.ts';
import { nodeWire, type Wire } from '../../src/probe/wire.ts';
import { canary } from './damage.ts';
import type { Target } from './target.ts';

/** A byte is a character, so that damage to a text reaches every byte of the frames. */
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
const textOf = (...messages: readonly Buffer[]): string => Buffer.concat(messages).toString('latin1');

/** What reads from a kubelet that sends these bytes and hangs up. */
async function ofKubelet(text: string, ask: (client: KubeClient) => Promise<unknown>): Promise<void> {
  const onUpgrade: Parameters<typeof startScripted>[1] = {
    onUpgrade: (request, socket) => {
      acceptSocket(request, socket);
      socket.end(bytesOf(text));
    },
  };
  await using server = await startScripted((_request, response) => response.writeHead(500).end(), onUpgrade);
  await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
  await ask(client);
}

const ended = {
  status: 'Failure',
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: '7' }] },
};
const port = Uint8Array.of(0xa6, 0x3a);
const page = JSON.stringify([{ id: 'east', syncStatus: 'synced' }]);
const http = (head: string, body: string): string => `HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`;
const forwarded = (answer: string): string =>
  textOf(channelMessage(0, port), channelMessage(1, port), channelMessage(0, answer), closeMessage);

const service = { service: 'only-east', port: 80, requests: 2, groups: [['east']] };
const plan = { cluster: 'west', namespace: 'ns', lifetimeSeconds: 8, targets: [service] };
const serverAnswer = {
  cluster: 'east',
  pod: 'server-east',
  clientCertificate: 'By=spiffe://a/ns/b/sa/c;URI=spiffe://a',
};
const sidecar = {
  cluster_statuses: [
    {
      name: 'outbound|80||only-east.ns.svc.cluster.local',
      host_statuses: [
        {
          address: { socket_address: { address: '198.19.0.2', port_value: 15_443 } },
          stats: [{ name: 'rq_success', value: '4' }],
          health_status: { eds_health_status: 'HEALTHY' },
          priority: 1,
        },
      ],
    },
  ],
};

/** Everything that a client writes of such answers has to be understood by who reads its log. */
async function probed(text: string): Promise<void> {
  const value = parseJson(text);
  const [answer, clusters] = Array.isArray(value) ? value : [];
  const wire: Wire = {
    resolve: async () => '198.19.0.1',
    get: async (wanted) => ({
      status: 200,
      body: JSON.stringify((wanted.port === 15_000 ? clusters : answer) ?? null),
    }),
    dial: async ({ address, port: dialled }) => ({ address, port: dialled, tcp: 'Refused', tls: 'None' }),
  };
  const lines: string[] = [];
  const clock: Clock = virtualClock();
  const write = (line: string): number => lines.push(line);
  await runProbeClient({ plan, clock, wire, write, signal: new AbortController().signal });
  const read = parseClientLines(lines.join('\n'));
  if (read.length !== lines.length || read.at(-1)?.type !== 'complete')
    throw new Error(`a line of a probe is not understood: ${lines.join('\n')}`);
}

/** A GET of a probe from a server that sends these bytes and hangs up. */
async function gotFrom(text: string): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(bytesOf(text)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    const answer = await nodeWire.get({ address: '127.0.0.1', port: address.port, path: '/', timeoutMs: 30_000 });
    parseServerAnswer(answer.body);
  } catch (error) {
    // What is no HTTP rejects with a reason, which goes into the evidence; a limit of time may not be what ends it.
    if (!(error instanceof Error) || error.message.startsWith('no answer within')) throw error;
  } finally {
    server.close();
  }
}

/** Readers of what pods and their kubelets send. */
export const podTargets: readonly Target[] = [
  {
    name: 'exec',
    from: 'a kubelet: the WebSocket frames of a program in a container',
    form: 'Text',
    whole: [
      textOf(channelMessage(1, canary), channelMessage(2, 'e'), channelMessage(3, JSON.stringify(ended)), closeMessage),
      textOf(channelMessage(1, 'a'.repeat(70_000)), channelMessage(3, '{"status":"Success"}'), closeMessage),
    ],
    read: async (text) =>
      await ofKubelet(text, async (client) => {
        const pod = { namespace: 'a', name: 'p' };
        await client.exec({ pod, container: 'app', command: ['curl'] });
      }),
  },
  {
    name: 'port-forward',
    from: 'a kubelet and a pod: the WebSocket frames of a forwarded port, and HTTP in them',
    form: 'Text',
    whole: [
      forwarded(http(`content-length: ${page.length}`, page)),
      forwarded(http('transfer-encoding: chunked', `${page.length.toString(16)}\r\n${page}\r\n0\r\n\r\n`)),
      forwarded(http('connection: close', page)),
      forwarded(`HTTP/1.1 100 Continue\r\n\r\n${http('upgrade: h2c\r\nconnection: upgrade', page)}`),
    ],
    read: async (text) =>
      await ofKubelet(
        text,
        async (client) => await getThroughPod(client, { namespace: 'a', name: 'p', port: 15_014, path: '/debug' }),
      ),
  },
  {
    name: 'probe-answer',
    from: 'servers and sidecars: what a probe is answered',
    form: 'Json',
    whole: [JSON.stringify([serverAnswer, sidecar])],
    read: probed,
  },
  {
    name: 'probe-plan',
    from: 'the environment of a pod: what a probe is to do',
    form: 'Json',
    whole: [
      JSON.stringify({
        ...plan,
        pod: 'server-west',
        port: 8080,
        targets: [{ ...service, cluster: 'east', server: 'https://east.example:6443' }],
      }),
    ],
    read: async (text) => {
      const plans = [parseServerPlan, parseClientPlan, parseReachPlan].map(async (parse) => parse(text));
      const refused = (await Promise.allSettled(plans)).find(({ status }) => status === 'rejected');
      if (refused?.status === 'rejected') throw refused.reason;
    },
  },
  {
    name: 'probe-wire',
    from: 'any server: HTTP as a probe reads it',
    form: 'Text',
    whole: [
      http('content-type: application/json', JSON.stringify(serverAnswer)),
      http('transfer-encoding: chunked', '2\r\n{}\r\n0\r\n\r\n'),
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    ],
    read: gotFrom,
  },
];
