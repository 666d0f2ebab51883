import { execFile } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseOptions } from '../options.ts';
import { table } from '../table.ts';
import { againstIstiod } from './istiod.ts';
import type { Measured, MeasureRequest } from './measure.ts';
import { endpointCount, type MeshSize } from './mesh.ts';
import { plot } from './plot.ts';

export const discoveryUsage = `npm run bench -- discovery [--no-growth] [--no-istiod]

The prediction model on 50 clusters with 500 services of 10 endpoints each: the index, queries, whatif; how its cost
grows; and, on fewer clusters, the same answers from a real istiod of the lab.

  --no-growth  leave the growth out
  --no-istiod  leave istiod out: then nothing but Node is needed`;

export interface BenchDiscoveryOptions {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** Every cluster runs istiod; five clusters share a network. */
const full: MeshSize = { clusters: 50, services: 500, endpoints: 10, networks: 10, istiods: 50 };
const small: MeshSize = { clusters: 4, services: 500, endpoints: 10, networks: 2, istiods: 1 };

const limitMs = 600_000;

export async function benchDiscovery({ words, signal, print }: BenchDiscoveryOptions): Promise<void> {
  const { growth, istiod } = flagsOf(words);
  print(
    `${availableParallelism()} processors, load average ${loadavg()[0]?.toFixed(1)} at the start, Node ${process.version}`,
  );
  print(fullText(await measure({ size: full, queries: 5000, whatif: true }, signal)));
  if (growth) print(await growthText(signal));
  if (!istiod) return;
  const { services, endpoints, ...times } = await againstIstiod(small, { signal, print });
  print(`
milliseconds for the endpoints of all ${services} services for one proxy, ${endpoints} endpoints in ${small.clusters} clusters
${table([
  ['who', 'ms', 'to ours'],
  ['ours, first time', times.firstOfOurs.toFixed(1), ''],
  ['ours, again', times.ours.toFixed(1), '1.0'],
  [
    'istiod, from the connection to the last assignment',
    times.istiod.toFixed(1),
    (times.istiod / times.ours).toFixed(1),
  ],
])}`);
}

function flagsOf(words: readonly string[]): { readonly growth: boolean; readonly istiod: boolean } {
  const options = { 'no-growth': { type: 'boolean' }, 'no-istiod': { type: 'boolean' } } as const;
  const { values } = parseOptions(words, { options }, discoveryUsage);
  return { growth: values['no-growth'] !== true, istiod: values['no-istiod'] !== true };
}

async function measure(request: MeasureRequest, signal: AbortSignal): Promise<Measured> {
  const program = join(import.meta.dirname, 'measure.ts');
  const args = ['--max-old-space-size=8192', program, JSON.stringify(request)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal, timeout: limitMs });
  return JSON.parse(stdout) as Measured;
}

function fullText({ view, endpoints, query, whatif, ...memory }: Measured): string {
  const { clusters, services } = full;
  const flows = whatif?.flows ?? 0;
  return `
${clusters} clusters, each with istiod, ${services} services of ${full.endpoints} endpoints: ${endpointCount(full)} endpoints
${table([
  ['what', 'measured', 'processor', 'aim'],
  [
    'index: one istiod and all its endpoints',
    seconds(view.seconds + endpoints.seconds),
    seconds(view.processor + endpoints.processor),
    '3 s',
  ],
  ['  of it the view without endpoints', seconds(view.seconds), seconds(view.processor), ''],
  ['peak memory with the index', mib(memory.indexPeakMiB), '', '1024 MiB'],
  ['  of it the input', mib(memory.inputMiB), '', ''],
  ['query, median', ms(query.all.median), '', ''],
  ['query, 99th percentile', ms(query.all.p99), '', '1 ms'],
  ['  of the fastest of three times', ms(query.fastest.p99), '', ''],
  [
    `whatif --down of a cluster, ${flows} flows`,
    seconds(whatif?.seconds ?? 0),
    seconds(whatif?.processor ?? 0),
    '10 s',
  ],
  ['peak memory with whatif', mib(memory.peakMiB), '', ''],
])}`;
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function ms(value: number): string {
  return `${value.toFixed(3)} ms`;
}

function mib(value: number): string {
  return `${value.toFixed(0)} MiB`;
}

/** Processor time of index and whatif over the number of clusters, and over that of endpoints. */
async function growthText(signal: AbortSignal): Promise<string> {
  const sizes = {
    clusters: [5, 10, 20, 30, 40, 50].map((clusters) => ({ ...full, clusters, istiods: clusters })),
    'endpoints of each service in each of 20 clusters': [2, 5, 10, 20, 40].map((endpoints) => ({
      ...full,
      clusters: 20,
      istiods: 20,
      endpoints,
    })),
  };
  const plots: string[] = [];
  for (const [name, list] of Object.entries(sizes)) {
    const runs: { readonly label: string; readonly found: Measured }[] = [];
    for (const size of list) {
      const label = String(name === 'clusters' ? size.clusters : size.endpoints);
      runs.push({ label, found: await measure({ size, queries: 1000, whatif: true }, signal) });
    }
    const points = (of: (found: Measured) => number) => runs.map(({ label, found }) => ({ label, value: of(found) }));
    plots.push(
      plot(
        `index, processor seconds by ${name}`,
        points(({ view, endpoints }) => view.processor + endpoints.processor),
        's',
      ),
      plot(
        `whatif, processor seconds by ${name}`,
        points(({ whatif }) => whatif?.processor ?? 0),
        's',
      ),
      plot(
        `query, median milliseconds by ${name}`,
        points(({ query }) => query.fastest.median),
        'ms',
      ),
    );
  }
  return `\n${plots.join('\n\n')}`;
}
