import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startLab } from '../../lab/src/lab.ts';
import { run, runNode } from '../run.ts';
import { pictureOf, type RecordedLine, withLine } from './recording.ts';

/**
 * Records the demo's commands on a lab of its own and writes docs/images/demo.svg: what README shows. What they write is
 * kept as it is, with its times; the folder of the run is shown as the home of a user.
 */
const root = resolve(import.meta.dirname, '../..');
const picture = join(root, 'docs/images/demo.svg');
const labName = 'demo-record';
const commands = [['apply'], ['verify'], ['status']] as const;
/** Between what a command ended with and the next one, in milliseconds of the recording. */
const thoughtMs = 1200;

interface Shell {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What a command leaves in a terminal, each line with the milliseconds since its start; an error where it fails. */
async function record(args: readonly string[], { cwd, env }: Shell): Promise<readonly RecordedLine[]> {
  const started = performance.now();
  const command = [process.execPath, join(root, 'dist/isthmus.js'), ...args].join(' ');
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let lines: readonly RecordedLine[] = [];
  let part = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const texts = `${part}${chunk}`.split('\n');
    part = texts.pop() ?? '';
    for (const text of texts) lines = withLine(lines, { atMs: performance.now() - started, text });
  });
  const code = await new Promise<number | null>((done, failed) => {
    child.on('error', failed);
    child.on('close', done);
  });
  if (part !== '') lines = withLine(lines, { atMs: performance.now() - started, text: part });
  if (code !== 0) {
    throw new Error(`isthmus ${args.join(' ')} ended with ${code}:\n${lines.map(({ text }) => text).join('\n')}`);
  }
  return lines;
}

async function warmUp(args: readonly string[], shell: Shell): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await record(args, shell);
      return;
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

const attempts = 4;

async function recordAll(shell: Shell): Promise<readonly RecordedLine[]> {
  const all: RecordedLine[] = [];
  for (const [command] of commands) {
    const args = [command, '-f', 'mesh.yaml'];
    const startMs = (all.at(-1)?.atMs ?? 0) + (all.length === 0 ? 0 : thoughtMs);
    all.push({ atMs: startMs, text: `\u001b[1m$ isthmus ${args.join(' ')}\u001b[0m` });
    // The image of the probes is pulled before: how fast a machine does that is not what is shown.
    if (command === 'verify') await warmUp(args, shell);
    const lines = await record(args, shell);
    all.push(...lines.map(({ atMs, text }) => ({ atMs: startMs + 500 + atMs, text: text.replaceAll(shell.cwd, '~') })));
    all.push({ atMs: all.at(-1)?.atMs ?? 0, text: '' });
  }
  return all;
}

const folder = await mkdtemp(join(tmpdir(), 'isthmus-demo-'));
try {
  await runNode(['scripts/build.ts'], root);
  await using lab = await startLab({
    name: labName,
    clusters: [
      { name: 'west', network: 'us' },
      { name: 'east', network: 'eu' },
    ],
    report: (line) => process.stdout.write(`${line}\n`),
  });
  await run(process.execPath, ['lab/src/main.ts', 'image', '--lab', labName], root);
  await cp(join(root, 'examples/two-networks/mesh.yaml'), join(folder, 'mesh.yaml'));
  const env = {
    PATH: `${lab.bin}:/usr/bin:/bin`,
    HOME: folder,
    KUBECONFIG: lab.kubeconfig,
    TERM: 'xterm',
    SHELL: '/bin/sh',
  };
  const lines = await recordAll({ cwd: folder, env });
  await mkdir(join(root, 'docs/images'), { recursive: true });
  const title = 'isthmus apply makes one mesh of two clusters, isthmus verify proves it, isthmus status shows it';
  const options = { title, columns: 90, rows: 26, seconds: 30, longestPauseMs: 1500 };
  await writeFile(picture, pictureOf(lines, options));
  process.stdout.write(`${picture}: ${lines.length} lines\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
