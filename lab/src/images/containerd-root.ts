import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { IsthmusError } from '../../../src/base/error.ts';
import { createPatience, type WatchedProgram, workOf } from '../process/patience.ts';
import { run, tryRun } from '../process/run.ts';
import { blobPath } from './blob.ts';
import { layoutArchive, layoutBlobs } from './layout.ts';
import { tarStream } from './tar.ts';

/** Milliseconds that containerd gets to import everything. */
const importTimeout = 600_000;

interface RootOptions {
  readonly bin: string;
  /** The OCI layout whose images are imported. */
  readonly layout: string;
  /** The folder that becomes containerd's `root`; must not exist yet. */
  readonly root: string;
  /** Where the short-lived containerd keeps its configuration, state and log. */
  readonly work: string;
}

/** Fills a containerd root with the layout's images, unpacked, by a containerd that runs only for that. */
export async function fillContainerdRoot({ bin, layout, root, work }: RootOptions): Promise<void> {
  await mkdir(work, { recursive: true });
  const socket = join(work, 'containerd.sock');
  const config = join(work, 'config.toml');
  await writeFile(config, importConfig(root, join(work, 'state'), socket));
  const logFile = join(work, 'containerd.log');
  const log = openSync(logFile, 'a');
  const child = spawn(join(bin, 'containerd'), ['--config', config], {
    stdio: ['ignore', log, log],
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  closeSync(log);
  const ended = once(child, 'exit');
  try {
    await waitForContainerd(bin, socket, { pid: child.pid ?? 0, logFile });
    await importLayout(bin, socket, layout);
  } finally {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
    await rm(join(work, 'state'), { recursive: true, force: true });
  }
}

/** Only what an import needs: neither the CRI plug-in nor its streaming port. */
function importConfig(root: string, state: string, socket: string): string {
  return `version = 3
root = ${JSON.stringify(root)}
state = ${JSON.stringify(state)}
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]
[grpc]
  address = ${JSON.stringify(socket)}
[ttrpc]
  address = ${JSON.stringify(`${socket}.ttrpc`)}
`;
}

async function waitForContainerd(bin: string, socket: string, containerd: WatchedProgram): Promise<void> {
  const patience = createPatience({ work: () => workOf([containerd]) });
  while (!patience.isOver()) {
    const answer = await tryRun(join(bin, 'ctr'), ['--address', socket, 'version'], { timeoutMs: 10_000 });
    if (answer.code === 0) return;
    await delay(100);
  }
  throw new IsthmusError('timeout', `containerd did not start (${patience.text})`, {
    remedy: `see ${containerd.logFile}`,
  });
}

async function importLayout(bin: string, socket: string, layout: string): Promise<void> {
  const args = ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', '--snapshotter', 'overlayfs', '-'];
  const child = spawn(join(bin, 'ctr'), args, {
    stdio: ['pipe', 'ignore', 'pipe'],
    signal: AbortSignal.timeout(importTimeout),
  });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const ended = once(child, 'close') as Promise<[number | null]>;
  const fed = pipeline(tarStream(await layoutArchive(layout)), child.stdin).catch(() => undefined);
  const [[code]] = await Promise.all([ended, fed]);
  if (code === 0) return;
  throw new IsthmusError(
    'internal',
    `containerd could not import the images: ${Buffer.concat(said).toString().trim()}`,
  );
}

/** Puts the layout's own blobs in the place of the copies that the import made: half the disk space. */
export async function shareContent(layout: string, root: string): Promise<void> {
  for (const { digest } of await layoutBlobs(layout)) {
    const copy = blobPath(join(root, 'io.containerd.content.v1.content'), digest);
    await link(blobPath(layout, digest), `${copy}.link`);
    await rename(`${copy}.link`, copy);
  }
}

/**
 * Makes a cluster's containerd root out of the template: content and unpacked files as hard links (containerd and
 * overlayfs never write into either in place), everything else, above all the databases, as copies.
 * `target` must not exist; on another file system than the cache everything is copied.
 */
export async function cloneContainerdRoot(template: string, target: string): Promise<void> {
  await mkdir(join(target, '..'), { recursive: true });
  const linked = await tryRun('cp', ['-al', template, target], { timeoutMs: 60_000 });
  if (linked.code !== 0) {
    await rm(target, { recursive: true, force: true });
    await run('cp', ['-a', template, target], { timeoutMs: 120_000 });
    return;
  }
  const shared = ['io.containerd.content.v1.content/blobs', 'io.containerd.snapshotter.v1.overlayfs/snapshots'];
  const prune = shared.flatMap((path, index) => [...(index === 0 ? [] : ['-o']), '-path', join(target, path)]);
  // `cp` through a new name, so that the copy is another inode than the template's.
  const copy = 'for f; do cp -p "$f" "$f.copy" && mv "$f.copy" "$f" || exit 1; done';
  await run(
    'find',
    [target, '(', ...prune, ')', '-prune', '-o', '-type', 'f', '-exec', 'sh', '-c', copy, 'sh', '{}', '+'],
    { timeoutMs: 60_000 },
  );
}
