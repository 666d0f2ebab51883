import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { run } from '../../lab/src/process/run.ts';
import { toolPaths } from '../../lab/src/tools/tool-paths.ts';
import { writeSnapshotFolder } from '../../src/snapshot/folder.ts';
import { largeMesh } from '../doctor/large-mesh.ts';
import { loadText, machineFacts } from '../machine.ts';
import { table } from '../table.ts';
import { type DashboardArguments, parseDashboardArguments } from './arguments.ts';
import { columns, measureDashboard } from './measure.ts';

const checkout = resolve(import.meta.dirname, '../..');
const buildLimitMs = 300_000;
const mostNetworks = 10;

export interface BenchDashboardOptions {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** Measures the page of the dashboard in a browser, at each size of mesh. */
export async function benchDashboard({ words, signal, print }: BenchDashboardOptions): Promise<void> {
  const wanted = parseDashboardArguments(words);
  const build = join(checkout, 'scripts/build.ts');
  await run(process.execPath, [build], { cwd: checkout, signal, timeoutMs: buildLimitMs });
  const { bin } = await toolPaths();
  print(table(await machineFacts(bin)));
  print(`\nthe page: ${await compressedKilobytes()} KB, compressed\n`);
  const rows: (readonly string[])[] = [];
  for (const clusters of wanted.clusters) {
    print(`${clusters} clusters: load average ${loadText()} at the start`);
    const row = [String(clusters), ...(await atSize(clusters, wanted))];
    rows.push(row);
    print(row.map((figure, index) => `${['clusters', ...columns][index]} ${figure}`).join(', '));
    print(`${clusters} clusters: load average ${loadText()} at the end`);
  }
  print(`\n${table([['clusters', ...columns], ...rows])}`);
}

async function compressedKilobytes(): Promise<string> {
  const folder = join(checkout, 'dist/page');
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => gzipSync(await readFile(join(parentPath, name)), { level: 9 }).length),
  );
  return (sizes.reduce((sum, size) => sum + size, 0) / 1024).toFixed(0);
}

async function atSize(clusters: number, { services, endpoints }: DashboardArguments): Promise<readonly string[]> {
  const size = { clusters, services, endpoints, networks: Math.min(clusters, mostNetworks), istiods: clusters };
  const { stored, documents } = await largeMesh(size);
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-bench-'));
  try {
    await writeSnapshotFolder(folder, stored, documents);
    return await measureDashboard(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
