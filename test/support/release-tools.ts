import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackPackages } from '../../lab/src/tools/debian.ts';
import { cacheFolder } from '../../lab/src/tools/tool-paths.ts';
import { goProgram } from './cached-tools.ts';
import { endedWith } from './cli.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { runProgram, startProgram } from './program.ts';

const buildMs = 600_000;

/** The real krew, built from its module once for each version. */
export async function krewProgram(): Promise<string> {
  return await goProgram('krew', 'sigs.k8s.io/krew/cmd/krew');
}

/** Debian's buildah, with storage of its own. Gives a function that runs one of its commands. */
export async function buildahIn(folder: string): Promise<(...args: readonly string[]) => Promise<string>> {
  const packages = ['buildah', 'golang-github-containers-common', 'libassuan0', 'libdevmapper1.02.1', 'libgpgme11'];
  const debian = await unpackPackages([...packages, 'libseccomp2'], cacheFolder());
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((path) => join(debian, path)).join(':');
  const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
  const policy = ['--signature-policy', join(debian, 'etc/containers/policy.json')];
  const options = { cwd: folder, env: { ...process.env, LD_LIBRARY_PATH: libraries }, timeoutMs: buildMs };
  return async (command = '', ...args) => {
    const words = [...storage, command, ...policy, ...args];
    return endedWith(0, await runProgram(join(debian, 'usr/bin/buildah'), words, options)).stdout;
  };
}

/** Debian's qemu, which runs programs of arm64 with the libraries of a folder. */
export async function runOnArm64(root: string, words: readonly string[]): Promise<string> {
  const debian = await unpackPackages(['qemu-user-static'], cacheFolder());
  const qemu = join(debian, 'usr/bin/qemu-aarch64-static');
  return endedWith(0, await runProgram(qemu, ['-L', root, ...words], { timeoutMs: buildMs })).stdout.trim();
}

export interface Registry extends AsyncDisposable {
  /** Host and port, without TLS. */
  readonly address: string;
}

/** Debian's registry of OCI artifacts, on a free port of this machine. */
export async function startRegistry(folder: string): Promise<Registry> {
  const debian = await unpackPackages(['docker-registry'], cacheFolder());
  await mkdir(folder, { recursive: true });
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(folder, 'config.yml');
  const settings = { version: 0.1, storage: { filesystem: { rootdirectory: folder } }, http: { addr: address } };
  await writeFile(config, JSON.stringify(settings));
  const program = startProgram(join(debian, 'usr/bin/docker-registry'), ['serve', config], { timeoutMs: buildMs });
  const look = async (): Promise<string | undefined> => {
    const { ok, status } = await fetch(`http://${address}/v2/`);
    return ok ? undefined : `the registry answers ${status}`;
  };
  await eventually(look, { timeoutMs: 20_000 });
  return {
    address,
    [Symbol.asyncDispose]: async () => {
      program.kill('SIGTERM');
      await program.result;
    },
  };
}
