import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import type { TestLab } from '../lab.ts';
import { type Name, onlyIn, type Pair, serverOf, versionIn } from '../truth/fault.ts';

const names = ['west', 'east'] as const;
/** Between two requests of a pair. */
const everyMs = 200;
const requestTimeoutMs = 10_000;
/** So long every request is answered before any is counted. */
const calmMs = 15_000;

/**
 * What the pod of a steady client runs: even requests to each address, whatever became of those before. It writes a
 * line for each one that is not answered with 200, and one a second with how many were sent since the last.
 */
const program = `
const http = require('node:http');
const targets = JSON.parse(process.argv[1]);
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
let sent = {};
const say = (line) => console.log(JSON.stringify(line));
function ask(to, url) {
  const at = Date.now();
  sent[to] = (sent[to] ?? 0) + 1;
  const fail = (why) => say({ at, to, why });
  const request = http.get(url, { agent, timeout: ${requestTimeoutMs} }, (response) => {
    let body = '';
    response.on('data', (chunk) => { body += chunk; });
    response.on('end', () => { if (response.statusCode !== 200) fail(response.statusCode + ' ' + body.slice(0, 160)); });
    response.on('error', (error) => fail(error.code ?? error.message));
  });
  request.on('timeout', () => request.destroy(new Error('no answer in ${requestTimeoutMs / 1000} s')));
  request.on('error', (error) => fail(error.code ?? error.message));
}
for (const [to, url] of Object.entries(targets)) setInterval(ask, ${everyMs}, to, url);
setInterval(() => { say({ at: Date.now(), sent }); sent = {}; }, 1000);
process.on('SIGTERM', () => process.exit(0));
`;

/** A request that was not answered with 200. */
export interface Loss {
  /** When it was sent, in milliseconds since the epoch. */
  readonly at: number;
  readonly pair: Pair;
  readonly why: string;
}

export interface Counted {
  readonly sent: number;
  readonly losses: readonly Loss[];
}

/** A client in each cluster, with a sidecar, that calls a service of each cluster all the time. */
export interface SteadyClients {
  /** What was sent between two moments, in milliseconds since the epoch. */
  counted(from: number, to: number): Promise<Counted>;
  /** Resolves when every request of the last seconds was answered. */
  calm(): Promise<void>;
}

/** Puts clients and services into namespace sample of both clusters. */
export async function startSteadyClients(lab: TestLab, helloworld: string): Promise<SteadyClients> {
  const services = names.map(onlyIn);
  await Promise.all(
    names.map(async (name) => {
      const objects = { apiVersion: 'v1', kind: 'List', items: [...services, client()] };
      const file = await lab.file(`steady-${name}.json`, JSON.stringify(objects));
      const inSample = (...words: readonly string[]): Promise<string> => lab.kubectl(name, '-n', 'sample', ...words);
      // For its validation kubectl reads what a busy API server that has just started takes half a minute to give.
      const apply = ['apply', '--validate=false', '-f'] as const;
      await inSample(...apply, helloworld, '-l', `version=${versionIn(name)}`);
      await inSample('patch', `deployment/${serverOf(name)}`, '--type=json', '-p', JSON.stringify(patientProbe));
      await inSample(...apply, file);
      await inSample('wait', 'deploy', '--all', '--for=condition=Available', '--timeout=240s');
    }),
  );
  const clients: SteadyClients = {
    counted: async (from, to) => {
      const all = await Promise.all(names.map(async (name) => countedIn(name, await logOf(lab, name), { from, to })));
      return { sent: all.reduce((sum, { sent }) => sum + sent, 0), losses: all.flatMap(({ losses }) => losses) };
    },
    calm: async () =>
      await eventually(
        async () => {
          const from = Date.now() - calmMs;
          const { sent, losses } = await clients.counted(from, Date.now());
          const isSteady = sent > (calmMs / everyMs) * names.length && losses.length === 0;
          return isSteady ? undefined : `${losses.length} of ${sent} requests were lost: ${losses.at(-1)?.why}`;
        },
        { timeoutMs: 120_000, everyMs: 3_000 },
      ),
  };
  await delay(calmMs);
  await clients.calm();
  return clients;
}

/** On a busy machine a server that answers late is no server less. */
const patientProbe = [
  { op: 'add', path: '/spec/template/spec/containers/0/readinessProbe/timeoutSeconds', value: 10 },
  { op: 'add', path: '/spec/template/spec/containers/0/readinessProbe/failureThreshold', value: 30 },
];

function client(): object {
  const targets = Object.fromEntries(names.map((name) => [name, `http://only-${name}.sample:5000/hello`]));
  const container = {
    name: 'steady',
    image: 'isthmus.invalid/lab-client:1',
    command: ['node', '-e', program, JSON.stringify(targets)],
    resources: { requests: { cpu: '5m', memory: '32Mi' } },
  };
  const labels = { app: 'steady' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'steady', labels },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
  };
}

async function logOf(lab: TestLab, name: Name): Promise<string> {
  return await lab.kubectl(name, '-n', 'sample', 'logs', 'deploy/steady', '-c', 'steady');
}

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Line {
  readonly at: number;
  readonly sent?: Readonly<Record<string, number>>;
  readonly to?: Name;
  readonly why?: string;
}

function countedIn(client: Name, log: string, { from, to }: Span): Counted {
  const lines = log.split('\n').filter((line) => line.startsWith('{'));
  const within = lines.map((line) => JSON.parse(line) as Line).filter(({ at }) => at >= from && at <= to);
  const numbers = within.flatMap(({ sent }) => Object.values(sent ?? {}));
  return {
    sent: numbers.reduce((sum, count) => sum + count, 0),
    losses: within.flatMap(({ at, to: called, why }) =>
      called === undefined || why === undefined ? [] : [{ at, pair: `${client} ${called}` as const, why }],
    ),
  };
}
