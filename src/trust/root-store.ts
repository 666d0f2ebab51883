import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { IsthmusError } from '../base/error.ts';
import { type Action, remedy, repeat, run } from '../base/remedy.ts';
import { makePrivateFolder, writeWholeFile } from '../base/whole-file.ts';
import type { RootFiles } from '../pki/schema.ts';

/** Keeps the root of each mesh on this machine, because its key must never be in a cluster. */
export interface RootStore {
  /**
   * Whether a root may be made where there is none. `Never` is for places that do not last, such as a pod: a key that
   * is lost with it cannot sign the next issuer.
   */
  readonly create: 'IfMissing' | 'Never';
  /**
   * The stored texts; `Keyless` where only the certificate is here; undefined where there is no root of that mesh. Throws
   * `root-key-exposed` where others may read the key.
   */
  read(mesh: string): Promise<RootFiles | 'Keyless' | undefined>;
  /** For a mesh of which `read` found nothing. Throws `root-key-missing` where none may be made. */
  write(mesh: string, files: RootFiles): Promise<void>;
  /** The folder, for messages. */
  folder(mesh: string): string;
}

export interface RootStoreOptions {
  /** `<folder>/<mesh>/root.crt` and `root.key` are the root of a mesh, readable by their owner alone. */
  readonly folder: string;
  readonly create: RootStore['create'];
}

export function createRootStore({ folder: base, create }: RootStoreOptions): RootStore {
  const folder = (mesh: string): string => join(base, mesh);
  return {
    create,
    folder,
    async read(mesh) {
      const [certificate, privateKey] = await Promise.all([
        readIfThere(join(folder(mesh), 'root.crt')),
        readIfThere(join(folder(mesh), 'root.key'), requireOwn),
      ]);
      if (privateKey !== undefined && certificate !== undefined) return { certificate, privateKey };
      return certificate === undefined ? undefined : 'Keyless';
    },
    async write(mesh, files) {
      requireRootCreation({ create, folder }, mesh);
      await makePrivateFolder(folder(mesh));
      // The key first: a certificate without its key means that the key was taken offline.
      await writeWholeFile(join(folder(mesh), 'root.key'), files.privateKey, { mode: 0o600, lasts: 'Kept' });
      await writeWholeFile(join(folder(mesh), 'root.crt'), files.certificate, { mode: 0o600, lasts: 'Kept' });
    },
  };
}

/** Throws `root-key-missing` where the store makes no roots; to be called before one is made. */
export function requireRootCreation({ create, folder }: Pick<RootStore, 'create' | 'folder'>, mesh: string): void {
  if (create === 'IfMissing') return;
  const issuer: Action = { do: 'Set', field: 'spec.trust.issuer', of: { kind: 'Mesh', name: mesh } };
  throw new IsthmusError(
    'root-key-missing',
    `mesh ${mesh} has no root in ${folder(mesh)}, and none may be made here: its key would be lost with this place`,
    {
      remedy: remedy`run ${run('apply')} once on a machine that keeps the root's key, or ${issuer} to an issuer of yours`,
    },
  );
}

type Check = (path: string, mode: number) => void;

async function readIfThere(path: string, check?: Check): Promise<string | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      check?.(path, (await file.stat()).mode);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof IsthmusError) throw cause;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new IsthmusError('file-unreadable', `${path} cannot be read`, { cause, remedy: 'check who may read it' });
  }
}

/** Whoever has the root's key can sign for every cluster, for years. */
function requireOwn(path: string, mode: number): void {
  if ((mode & 0o077) === 0) return;
  const rights = (mode & 0o777).toString(8).padStart(4, '0');
  throw new IsthmusError('root-key-exposed', `others than its owner may open ${path} (mode ${rights})`, {
    remedy: remedy`give it mode 0600 and ${repeat()}; where others can have read it, make a new root`,
  });
}
