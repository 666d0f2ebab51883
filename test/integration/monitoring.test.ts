import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { unpackPackages } from '../../lab/src/tools/debian.ts';
import { cacheFolder } from '../../lab/src/tools/tool-paths.ts';
import { createMetrics } from '../../src/operator/metrics.ts';
import { type Serving, serve } from '../../src/operator/serve.ts';
import { endedWith } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { checkout } from '../support/lab.ts';
import { exercised, failed } from '../support/metrics.ts';
import { type RunningProgram, runProgram, startProgram } from '../support/program.ts';

/** Debian's Prometheus and Alertmanager read what the operator exposes, and tell of it. */

const rulesFolder = join(checkout, 'deploy/prometheus');
const patience = { timeoutMs: 120_000 };
let programs: string;
let work: string;
const running: RunningProgram[] = [];
let serving: Serving | undefined;
let receiver: Server | undefined;

beforeAll(async () => {
  programs = join(await unpackPackages(['prometheus', 'prometheus-alertmanager'], cacheFolder()), 'usr/bin');
  work = await mkdtemp(join(tmpdir(), 'isthmus-monitoring-'));
});

afterAll(async () => {
  for (const one of running) one.kill('SIGTERM');
  await Promise.allSettled(running.map(({ result }) => result));
  await serving?.[Symbol.asyncDispose]();
  receiver?.closeAllConnections();
  receiver?.close();
  await rm(work, { recursive: true, force: true });
});

async function promtool(...args: readonly string[]) {
  return await runProgram(join(programs, 'promtool'), args, { cwd: rulesFolder, timeoutMs: 120_000 });
}

test('promtool takes the rules, and each alert fires when it should and not before', async () => {
  endedWith(0, await promtool('check', 'rules', 'isthmus-alerts.yaml'));
  const { stdout } = endedWith(0, await promtool('test', 'rules', 'isthmus-alerts.test.yaml'));
  expect(stdout).toContain('SUCCESS');
});

test('the tests of the rules name every alert', async () => {
  const [rules, tests] = await Promise.all(
    ['isthmus-alerts.yaml', 'isthmus-alerts.test.yaml'].map((name) => readFile(join(rulesFolder, name), 'utf8')),
  );
  const alerts = [...(rules ?? '').matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  expect(alerts.length).toBeGreaterThan(10);
  expect(alerts.filter((name) => !tests?.includes(`alertname: ${name}`))).toEqual([]);
});

interface Alert {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Keeps what Alertmanager sends. */
async function startReceiver(alerts: Alert[]): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      alerts.push(...(JSON.parse(Buffer.concat(chunks).toString()) as { readonly alerts: readonly Alert[] }).alerts);
      response.end();
    });
  });
  receiver = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Debian's Alertmanager reads files of its package in /usr/share: where it runs, those of the unpacked one are there. */
const inPackage = ['-m', 'sh', '-c', 'mount --bind "$0" /usr/share && exec "$@"'] as const;

function start(program: string, args: readonly string[]): void {
  const words = [...inPackage, join(programs, '../share'), join(programs, program), ...args];
  const one = startProgram('unshare', words, { cwd: work, timeoutMs: 600_000 });
  one.result.catch(() => undefined);
  running.push(one);
}

/** The rules as they are, but for how long a thing has to be so. */
async function hastyRules(): Promise<string> {
  const text = await readFile(join(rulesFolder, 'isthmus-alerts.yaml'), 'utf8');
  return text.replaceAll(/^(\s+for: ).*$/gm, '$10s');
}

async function startAlertmanager(receiverPort: number): Promise<number> {
  const port = await freePort();
  const route = { receiver: 'test', group_by: ['...'], group_wait: '0s', group_interval: '1s', repeat_interval: '1h' };
  const url = `http://127.0.0.1:${receiverPort}/`;
  const receivers = [{ name: 'test', webhook_configs: [{ url, send_resolved: true }] }];
  await writeFile(join(work, 'alertmanager.yml'), stringify({ route, receivers }));
  start('prometheus-alertmanager', [
    '--config.file=alertmanager.yml',
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
    '--storage.path=alertmanager',
  ]);
  return port;
}

async function startPrometheus(target: number, alertmanager: number): Promise<void> {
  await writeFile(join(work, 'rules.yml'), await hastyRules());
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager}`] }] }] },
    scrape_configs: [{ job_name: 'isthmus', static_configs: [{ targets: [`127.0.0.1:${target}`] }] }],
  };
  await writeFile(join(work, 'prometheus.yml'), stringify(config));
  await mkdir(join(work, 'prometheus'));
  start('prometheus', [
    '--config.file=prometheus.yml',
    `--web.listen-address=127.0.0.1:${await freePort()}`,
    '--storage.tsdb.path=prometheus',
  ]);
}

test('a gateway that stops answering becomes an alert that arrives, and ends when it answers', async () => {
  const metrics = exercised(createMetrics());
  const healthy = { ...failed('east'), outcome: 'Answered', hop: undefined, latencyMs: 3 } as const;
  const reached = { ...healthy, gateways: [{ address: 'east:15443', answers: 'Yes' }] } as const;
  metrics.probed('west', [reached]);
  serving = await serve({ port: 0, metrics, problem: () => undefined });
  const alerts: Alert[] = [];
  await startPrometheus(serving.port, await startAlertmanager(await startReceiver(alerts)));
  const told = (status: string) =>
    alerts.find(
      ({ status: one, labels }) => one === status && labels.alertname === 'GatewayDown' && labels.cluster === 'east',
    );
  // Of the other gateway, which answers nobody from the beginning: the whole way works.
  await eventually(
    async () => (alerts.some(({ labels }) => labels.cluster === 'west') ? undefined : JSON.stringify(alerts)),
    patience,
  );
  expect(told('firing')).toBeUndefined();
  metrics.probed('west', [{ ...failed('east'), count: 3 }]);
  await eventually(async () => (told('firing') === undefined ? JSON.stringify(alerts) : undefined), patience);
  expect(told('firing')?.labels).toMatchObject({ severity: 'critical', address: 'east:15443' });
  metrics.probed('west', [{ ...reached, count: 4 }]);
  await eventually(async () => (told('resolved') === undefined ? JSON.stringify(alerts) : undefined), patience);
});
