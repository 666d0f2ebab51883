import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Ground } from '../../run.ts';
import { environmentOf } from '../kept-mesh.ts';

/** One after the other, fifty milliseconds apart. */
const steadyAnswers = 100;

/**
 * The program that a client pod runs: requests at an even rate over kept connections, each with a time limit of its own, until its
 * standard input ends. It says `ready` and counts from when the service, which is seconds old, has answered often enough in a row.
 * At the end it prints how many were sent and how each that was not answered with 200 ended.
 */
export const loadProgram = `
const http = require('node:http');
const [url, rate] = process.argv.slice(1);
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const failures = {};
let sent = 0, open = 0, ending = false;
const fail = (why) => { failures[why] = (failures[why] ?? 0) + 1; };
const done = () => { open -= 1; if (ending && open === 0) end(); };
const end = () => { console.log(JSON.stringify({ sent, failures })); process.exit(0); };
let started = 0;
const ask = () => { while (sent < (performance.now() - started) / 1000 * Number(rate)) askOne(); };
const askOne = () => {
  sent += 1; open += 1;
  const request = http.get(url, { agent, timeout: 5000 }, (response) => {
    if (response.statusCode !== 200) fail('status ' + response.statusCode);
    response.on('end', done).resume();
  });
  request.on('timeout', () => request.destroy(new Error('timed out')));
  request.on('error', (error) => { fail(error.code ?? error.message); done(); });
};
let timer;
const begin = () => { console.log('ready'); started = performance.now(); timer = setInterval(ask, 5); };
const again = (left) => setTimeout(warm, 50, left);
const warm = (left) => {
  if (left === 0) return begin();
  const request = http.get(url, { agent, timeout: 5000 }, (response) => {
    response.on('end', () => again(response.statusCode === 200 ? left - 1 : ${steadyAnswers})).resume();
  });
  request.on('timeout', () => request.destroy());
  request.on('error', () => again(${steadyAnswers}));
};
warm(${steadyAnswers});
process.stdin.on('end', () => { ending = true; clearInterval(timer); if (open === 0) end(); }).resume();
`;

/** What a client counted. */
export interface Counted {
  readonly sent: number;
  /** Requests that were not answered with 200, by how they ended. */
  readonly failures: Readonly<Record<string, number>>;
}

export function lost({ failures }: Counted): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}

/** A client in a cluster under a steady load. */
export interface Load {
  /** The service answers, and requests are counted from now on. */
  readonly ready: Promise<unknown>;
  readonly counted: Promise<Counted>;
  stop(): void;
}

export interface LoadRequest {
  /** The cluster whose pod of the Deployment `client` sends it. */
  readonly from: string;
  readonly url: string;
  readonly perSecond: number;
}

export function startLoad(ground: Ground, { from, url, perSecond }: LoadRequest): Load {
  const { lab, signal } = ground;
  const inPod = ['exec', '-i', 'deploy/client', '-c', 'client', '--', 'node', '-e', loadProgram];
  const words = ['--context', from, '-n', 'sample', ...inPod, url, String(perSecond)];
  const child = spawn(join(lab.bin, 'kubectl'), words, {
    env: { ...process.env, ...environmentOf(ground) },
    stdio: ['pipe', 'pipe', 'inherit'],
    signal,
  });
  const lines = createInterface({ input: child.stdout });
  const said: string[] = [];
  lines.on('line', (line) => said.push(line));
  const ended = once(child, 'close');
  const counted = ended.then(() => JSON.parse(said.at(-1) ?? '') as Counted);
  counted.catch(() => undefined);
  const ready = Promise.race([
    once(lines, 'line'),
    ended.then(() => Promise.reject(new Error(`no load from ${from}`))),
  ]);
  ready.catch(() => undefined);
  return { ready, counted, stop: () => child.stdin.end() };
}
