import { join } from 'node:path';
import { expect } from 'vitest';
import { checkout, type TestLab } from './lab.ts';
import { type RunningProgram, startProgram } from './program.ts';

/**
 * Steady clients of a service that speaks HTTP/1, gRPC and plain TCP: what is lost while something else happens. The
 * service is `steady` in the namespace `shop`, or others of the same pods, with two of them in each cluster, so that half of the
 * requests cross over.
 */

const namespace = 'shop';

/**
 * How long a pod goes on serving after its end was asked for, in seconds: long enough that every proxy has heard of it, however
 * busy the machine is. Istio's own five seconds are too few where a push takes as long.
 */
const drainSeconds = 10;

/**
 * HTTP comes last: a pod is ready when that answers, and the other two must listen by then. An answer of gRPC is one frame: no
 * proxy sends a request again of which it has passed headers on, so one that is cut between them and the trailers is lost.
 */
const server = `
const [http, http2, net] = ['http', 'http2', 'net'].map((name) => require('node:' + name));
const answer = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' };
const grpc = http2.createServer();
grpc.on('stream', (stream) => {
  stream.on('error', () => undefined);
  stream.resume().on('end', () => stream.respond(answer, { endStream: true }));
}).listen(5001);
net.createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(5002);
http.createServer({ keepAliveTimeout: 0 }, (_, response) => response.end('ok')).listen(5000);
process.on('SIGTERM', () => setTimeout(() => process.exit(0), ${(drainSeconds + 2) * 1000}));
`;

/** Ten requests of each kind a second until the file appears; then what was counted, as a line of JSON. */
const client = `
const { existsSync } = require('node:fs');
const http = require('node:http');
const [host, stopFile] = process.argv.slice(1);
const agent = new http.Agent({ keepAlive: true });
const askHttp = (done) => {
  const request = http.get('http://' + host + ':5000/', { agent, timeout: 10000 }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (part) => { body += part; });
    response.on('end', () => done(response.statusCode === 200 ? '' : 'status ' + response.statusCode + ': ' + body));
  });
  request.on('timeout', () => request.destroy(new Error('timed out'))).on('error', ({ message }) => done(message));
};
let session;
const message = Buffer.from([0, 0, 0, 0, 2, 10, 0]);
const askGrpc = (done) => {
  if (session === undefined || session.closed || session.destroyed) {
    session = require('node:http2').connect('http://' + host + ':5001').on('error', () => undefined);
  }
  const path = { ':method': 'POST', ':path': '/steady.Steady/Say', 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request(path);
  let status = 'no status';
  const take = (fields) => {
    const code = fields['grpc-status'];
    if (code !== undefined) status = code === '0' ? code : code + ': ' + fields['grpc-message'];
  };
  stream.setTimeout(10000, () => stream.close());
  stream.on('response', take).on('trailers', take).on('error', ({ message: text }) => { status = text; });
  stream.resume().on('close', () => done(status === '0' ? '' : 'grpc ' + status));
  stream.end(message);
};
// One connection; a line that it did not bring back is sent once more on the next one.
let socket, waiting = [], reopened = -1;
const open = () => {
  reopened += 1;
  const own = require('node:net').connect(5002, host).setNoDelay();
  own.on('error', () => undefined).on('data', (bytes) => { for (const _ of bytes) waiting.shift()?.done(''); });
  own.on('close', () => {
    if (socket !== own) return;
    const left = waiting;
    waiting = [];
    socket = undefined;
    for (const { done, isAgain } of left) if (isAgain) done('connection closed twice'); else askTcp(done, true);
  });
  socket = own;
};
const askTcp = (done, isAgain = false) => {
  if (socket === undefined) open();
  waiting.push({ done, isAgain });
  socket.write('x');
};
const kinds = Object.entries({ http: askHttp, grpc: askGrpc, tcp: askTcp });
const counted = Object.fromEntries(kinds.map(([kind]) => [kind, { sent: 0, failures: [] }]));
let isReady = false, inRow = 0, underWay = 0, isEnding = false;
const end = () => {
  console.log(JSON.stringify({ ...counted, reopened }));
  process.exit(0);
};
setInterval(() => {
  isEnding ||= existsSync(stopFile);
  if (isEnding) { if (underWay === 0) end(); return; }
  for (const [kind, ask] of kinds) {
    const own = counted[kind];
    const isCounted = isReady;
    const at = new Date().toISOString().slice(11, 23);
    if (isCounted) own.sent += 1;
    underWay += 1;
    ask((why) => {
      underWay -= 1;
      inRow = why === '' ? inRow + 1 : 0;
      if (isCounted && why !== '') own.failures.push(at + ' ' + why);
      if (!isReady && inRow >= 90) { isReady = true; reopened = 0; console.log('ready'); }
    });
  }
}, 100);
`;

/** Services of the same pods, by name, with their labels. */
export type SteadyServices = Readonly<Record<string, Readonly<Record<string, string>>>>;

const oneService: SteadyServices = { steady: {} };

/** The Services and the Deployment behind them. */
export function steadyManifest(services: SteadyServices = oneService): string {
  const all = Object.entries(services).map(([name, labels]) => serviceText(name, labels));
  return [...all, deployment].join('---\n');
}

function serviceText(name: string, labels: Readonly<Record<string, string>>): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name}, labels: ${JSON.stringify(labels)} }
spec:
  selector: { app: steady }
  ports: [{ name: http, port: 5000 }, { name: grpc, port: 5001 }, { name: tcp, port: 5002 }]
`;
}

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: steady }
spec:
  replicas: 2
  strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
  selector: { matchLabels: { app: steady } }
  template:
    metadata:
      labels: { app: steady }
      annotations: { proxy.istio.io/config: '{ terminationDrainDuration: ${drainSeconds}s }' }
    spec:
      terminationGracePeriodSeconds: ${drainSeconds + 8}
      containers:
        - name: steady
          image: isthmus.invalid/lab-client:1
          command: [/usr/local/bin/node, --max-old-space-size=32, -e, ${JSON.stringify(server)}]
          ports: [{ containerPort: 5000 }, { containerPort: 5001 }, { containerPort: 5002 }]
          readinessProbe: { httpGet: { path: /, port: 5000 }, periodSeconds: 1, failureThreshold: 30 }
          resources: { requests: { cpu: 5m, memory: 32Mi } }
`;

export interface KindCount {
  readonly sent: number;
  /** Requests without an answer: the time of day at which each was sent, and how it ended. */
  readonly failures: readonly string[];
}

/** What the client of one cluster counted. */
export interface SteadyCount {
  readonly http: KindCount;
  readonly grpc: KindCount;
  /** Lines on a connection that is kept; one that was lost with its connection and came back on the next is none. */
  readonly tcp: KindCount;
  /** How often that connection ended and was opened again. */
  readonly reopened: number;
}

/** Makes the service and its clients in each cluster, whose mesh injects the namespace; those of an earlier mesh go first. */
export async function deploySteady(lab: TestLab, clusters: readonly string[]): Promise<void> {
  const service = await lab.file('steady.yaml', steadyManifest());
  for (const cluster of clusters) {
    const earlier = ['delete', 'deployment', 'steady', 'client', '--ignore-not-found', '--cascade=foreground'];
    await lab.kubectl(cluster, '-n', namespace, ...earlier);
    for (const file of [service, join(checkout, 'lab/manifests/client.yaml')]) {
      await lab.kubectl(cluster, '-n', namespace, 'apply', '-f', file);
    }
  }
  for (const cluster of clusters) for (const name of ['steady', 'client']) await rolledOut(lab, cluster, name);
}

/** Restarts the servers of a cluster, one pod after the other. */
export async function restartSteady(lab: TestLab, cluster: string): Promise<void> {
  await lab.kubectl(cluster, '-n', namespace, 'rollout', 'restart', 'deployment/steady');
  await rolledOut(lab, cluster, 'steady');
}

export async function restartClients(lab: TestLab, cluster: string): Promise<void> {
  await lab.kubectl(cluster, '-n', namespace, 'rollout', 'restart', 'deployment/client');
  await rolledOut(lab, cluster, 'client');
}

async function rolledOut(lab: TestLab, cluster: string, name: string): Promise<void> {
  await lab.kubectl(cluster, '-n', namespace, 'rollout', 'status', `deployment/${name}`, '--timeout=240s');
}

const trafficTimeoutMs = 900_000;

/** Requests go on in each cluster to a service of the namespace while `work` is done. Gives what was counted, by cluster. */
export async function underTraffic(
  lab: TestLab,
  clusters: readonly string[],
  work: () => Promise<void>,
  service = 'steady',
): Promise<ReadonlyMap<string, SteadyCount>> {
  const stopFile = `/tmp/stop-${process.pid}-${Math.round(performance.now())}`;
  const running = clusters.map((cluster) => [cluster, startClient(lab, cluster, { service, stopFile })] as const);
  try {
    await Promise.all(running.map(([, one]) => one.said(/ready/)));
    await work();
    for (const cluster of clusters) {
      const stop = `require('node:fs').writeFileSync(${JSON.stringify(stopFile)}, '')`;
      await lab.kubectl(cluster, '-n', namespace, 'exec', 'deploy/client', '-c', 'client', '--', 'node', '-e', stop);
    }
    const ended = running.map(async ([cluster, one]) => [cluster, countedBy((await one.result).stdout)] as const);
    const counts = new Map(await Promise.all(ended));
    if (lostRequests(counts).length > 0) console.info(await failuresLogged(lab, clusters));
    return counts;
  } finally {
    for (const [, one] of running) one.kill('SIGTERM');
  }
}

interface Calling {
  readonly service: string;
  /** Where it looks for a file that ends it. */
  readonly stopFile: string;
}

function startClient(lab: TestLab, cluster: string, { service, stopFile }: Calling): RunningProgram {
  const place = ['--context', cluster, '-n', namespace, 'exec', 'deploy/client', '-c', 'client'];
  const args = [...place, '--', 'node', '-e', client, `${service}.${namespace}`, stopFile];
  return startProgram(join(lab.lab.bin, 'kubectl'), args, {
    env: { ...process.env, ...lab.lab.env },
    timeoutMs: trafficTimeoutMs,
  });
}

/** What the proxies of the clients logged of failed requests: why, and which endpoint it was. The mesh must have access logs. */
async function failuresLogged(lab: TestLab, clusters: readonly string[]): Promise<string> {
  const logs = clusters.map(async (cluster) => {
    const log = await lab.kubectl(cluster, '-n', namespace, 'logs', 'deploy/client', '-c', 'istio-proxy');
    const failed = log.split('\n').filter((line) => /"(GET|POST) [^"]*" (?!200 -)/.test(line));
    return [`the proxy of the client in ${cluster}:`, ...failed].join('\n');
  });
  return (await Promise.all(logs)).join('\n');
}

function countedBy(stdout: string): SteadyCount {
  const line = stdout.trim().split('\n').at(-1) ?? '';
  return JSON.parse(line) as SteadyCount;
}

/** Says what was counted; every request must have been answered. */
export function nothingLost(counts: ReadonlyMap<string, SteadyCount>): void {
  console.info(countText(counts));
  expect(lostRequests(counts)).toEqual([]);
  for (const { http, grpc, tcp } of counts.values()) {
    for (const { sent } of [http, grpc, tcp]) expect(sent).toBeGreaterThan(50);
  }
}

/** Every request that was not answered: `west http 08:01:02.345 status 503`. */
function lostRequests(counts: ReadonlyMap<string, SteadyCount>): readonly string[] {
  return [...counts].flatMap(([cluster, { reopened: _, ...kinds }]) =>
    Object.entries(kinds).flatMap(([kind, { failures }]) => failures.map((one) => `${cluster} ${kind} ${one}`)),
  );
}

/** `HTTP/1 600, gRPC 600, TCP 600 requests, TCP connections reopened 3, lost: none` */
export function countText(counts: ReadonlyMap<string, SteadyCount>): string {
  const all = [...counts.values()];
  const sent = (kind: 'http' | 'grpc' | 'tcp'): number => all.reduce((sum, one) => sum + one[kind].sent, 0);
  const reopened = all.reduce((sum, one) => sum + one.reopened, 0);
  const requests = `HTTP/1 ${sent('http')}, gRPC ${sent('grpc')}, TCP ${sent('tcp')} requests`;
  const lost = lostRequests(counts).join('; ');
  return `${requests}, TCP connections reopened ${reopened}, lost: ${lost === '' ? 'none' : lost}`;
}
