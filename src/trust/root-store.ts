import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { IsthmusError } from '../base/error.ts';
import type { RootFiles } from '../pki/schema.ts';

/** Keeps the root of each mesh on this machine, because its key must never be in a cluster. */
export interface RootStore {
  /** The stored texts; `Keyless` where only the certificate is here; undefined where there is no root of that mesh. */
  read(mesh: string): Promise<RootFiles | 'Keyless' | undefined>;
  /** For a mesh of which `read` found nothing. */
  write(mesh: string, files: RootFiles): Promise<void>;
  /** The folder, for messages. */
  folder(mesh: string): string;
}

/** `$XDG_STATE_HOME/isthmus/<mesh>/root.crt` and `root.key`, readable by their owner alone (XDG Base Directory Specification). */
export function createRootStore(environment: Readonly<Record<string, string | undefined>>): RootStore {
  const base = environment.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  const folder = (mesh: string): string => join(base, 'isthmus', mesh);
  return {
    folder,
    async read(mesh) {
      const [certificate, privateKey] = await Promise.all([
        readIfThere(join(folder(mesh), 'root.crt')),
        readIfThere(join(folder(mesh), 'root.key')),
      ]);
      if (privateKey !== undefined && certificate !== undefined) return { certificate, privateKey };
      return certificate === undefined ? undefined : 'Keyless';
    },
    async write(mesh, files) {
      await mkdir(folder(mesh), { recursive: true, mode: 0o700 });
      // The key first: a certificate without its key means that the key was taken offline.
      await writeWhole(join(folder(mesh), 'root.key'), files.privateKey);
      await writeWhole(join(folder(mesh), 'root.crt'), files.certificate);
    },
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new IsthmusError('file-unreadable', `${path} cannot be read`, { cause, remedy: 'check who may read it' });
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}
