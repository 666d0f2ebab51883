import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { toJson } from '../base/json.ts';
import { remedy, runOn } from '../base/remedy.ts';
import { unwritable } from '../base/unwritable.ts';
import { yamlStyle } from '../base/yaml-style.ts';
import type { ClusterObjects, Snapshot } from '../discovery/values/snapshot.ts';
import { asKubeObject, type KubeObject } from '../objects/object.ts';
import { withApiDefaults } from './api-defaults.ts';
import { factsFile, istiodsFile, withDefaults } from './folder-schema.ts';
import { refuseUnstored } from './kinds.ts';
import type { StoredState } from './state.ts';
import { documentsOf } from './yaml-stream.ts';

export const meshFileName = 'mesh.yaml';
export const istiodsFileName = 'istiods.yaml';
export const factsFileName = 'facts.yaml';
const names = { istiods: istiodsFileName, facts: factsFileName, objects: 'objects.yaml', mesh: meshFileName } as const;

/** A snapshot as a folder holds it; what nobody wrote is unknown. */
export interface StoredSnapshot {
  readonly snapshot: Snapshot;
  readonly takenAt: string | undefined;
  readonly gaps: readonly string[];
  /** Left out where the snapshot is for predictions alone. */
  readonly state?: StoredState;
}

/** A file of a snapshot, by its path in the folder. */
export interface SnapshotFile {
  readonly path: string;
  readonly text: string;
}

/** `CLUSTER/objects.yaml`, `istiods.yaml`, `facts.yaml` and, where there are any, the mesh's documents. */
export function snapshotFiles(
  { snapshot, takenAt, gaps, state }: StoredSnapshot,
  documents: readonly unknown[] = [],
): readonly SnapshotFile[] {
  const { resolutions = {}, unread = {}, unasked = {}, unreadKinds = {} } = snapshot;
  const facts = {
    ...(takenAt === undefined ? {} : { takenAt }),
    ...(Object.keys(resolutions).length === 0 ? {} : { resolutions }),
    ...(Object.keys(unread).length === 0 ? {} : { unread }),
    ...(Object.keys(unasked).length === 0 ? {} : { unasked }),
    ...(Object.keys(unreadKinds).length === 0 ? {} : { unreadKinds }),
    ...(gaps.length === 0 ? {} : { gaps }),
    ...(state === undefined ? {} : { state }),
  };
  return [
    ...snapshot.clusters.map(({ cluster, objects }) => ({
      path: `${cluster}/${names.objects}`,
      text: objects.map(jsonText).join('---\n'),
    })),
    { path: names.istiods, text: text(snapshot.istiods) },
    ...(Object.keys(facts).length > 0 ? [{ path: names.facts, text: text(facts) }] : []),
    ...(documents.length > 0 ? [{ path: names.mesh, text: documents.map(text).join('---\n') }] : []),
  ];
}

/** Writes the files of a snapshot for the user's eyes alone. */
export async function writeSnapshotFolder(
  folder: string,
  stored: StoredSnapshot,
  documents: readonly unknown[] = [],
): Promise<void> {
  await makePrivateFolder(folder);
  for (const file of snapshotFiles(stored, documents)) {
    const path = join(folder, file.path);
    await makePrivateFolder(dirname(path));
    await writePrivate(path, file.text);
  }
}

/** A folder that was there before may have had other rights; the umask takes only rights away. */
async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  await chmod(path, 0o700);
}

async function writePrivate(path: string, content: string): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
  await chmod(path, 0o600);
}

/** JSON is YAML too, and of the thousands of objects of a mesh it is read in a small part of the time. */
function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function text(value: unknown): string {
  return stringify(value, { ...yamlStyle, aliasDuplicateObjects: false, lineWidth: 0 });
}

/**
 * Reads a folder that `writeSnapshotFolder` or a person wrote. Throws `file-unreadable` for what is not there and
 * `invalid-config`, with file and line or field, for what it does not understand.
 */
export async function readSnapshotFolder(folder: string): Promise<StoredSnapshot> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw unreadable(folder, cause);
  });
  const folders = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  const clusters = await Promise.all(folders.map(async (name) => await readCluster(folder, name)));
  if (clusters.length === 0) {
    throw new IsthmusError('invalid-config', `${folder} holds no cluster`, {
      remedy: remedy`a snapshot has a folder for each cluster with ${names.objects} in it; ${runOn('FOLDER', 'snapshot')} writes one`,
    });
  }
  const known = clusters.map(({ cluster }) => cluster);
  const istiodsPath = join(folder, names.istiods);
  const [written] = documentsOf(istiodsPath, await contentOf(istiodsPath));
  const istiods = parsed(istiodsFile, written, istiodsPath).map((istiod) => withDefaults(istiod, known));
  const factsPath = join(folder, names.facts);
  const hasFacts = entries.some(({ name }) => name === names.facts);
  const [stated] = hasFacts ? documentsOf(factsPath, await contentOf(factsPath)) : [{}];
  const { takenAt, resolutions, unread, unasked, unreadKinds, gaps, state } = parsed(
    factsFile,
    stated ?? {},
    factsPath,
  );
  const snapshot = {
    clusters,
    istiods,
    resolutions,
    ...(takenAt === undefined ? {} : { readAt: takenAt }),
    ...(unread === undefined ? {} : { unread }),
    ...(unasked === undefined ? {} : { unasked }),
    ...(unreadKinds === undefined ? {} : { unreadKinds }),
  };
  return { snapshot, takenAt, gaps, ...(state === undefined ? {} : { state }) };
}

async function readCluster(folder: string, cluster: string): Promise<ClusterObjects> {
  const path = join(folder, cluster, names.objects);
  const objects = objectsOf(path, await contentOf(path));
  for (const object of objects) refuseAt(path, object);
  return { cluster, objects };
}

function refuseAt(path: string, object: KubeObject): void {
  try {
    refuseUnstored(object);
  } catch (error) {
    const { code, message, remedy: hint } = asIsthmusError(error);
    throw new IsthmusError(code, `${path}: ${message}`, {
      cause: error,
      ...(hint === undefined ? {} : { remedy: hint }),
    });
  }
}

/** The objects of a file, which may be Lists of them. */
export function objectsOf(path: string, content: string): readonly KubeObject[] {
  return documentsOf(path, content).flatMap((document, index) => {
    const items = itemsOf(document);
    return items.map((item) => {
      const object = asKubeObject(toJson(item));
      if (object !== undefined) return withApiDefaults(object);
      throw new IsthmusError('invalid-config', `${path}: document ${index + 1} is no Kubernetes object`, {
        remedy: 'every document needs apiVersion, kind and metadata.name, or is a List of such objects',
      });
    });
  });
}

function itemsOf(document: unknown): readonly unknown[] {
  const isList = typeof document === 'object' && document !== null && 'items' in document && 'kind' in document;
  if (!isList || !Array.isArray(document.items) || !String(document.kind).endsWith('List')) return [document];
  return document.items;
}

function parsed<T extends z.ZodType>(schema: T, value: unknown, path: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new IsthmusError('invalid-config', `${path}${at}: ${issue?.message ?? 'it is not understood'}`, {
    cause: result.error,
    remedy: 'docs/trace-and-whatif.md describes the files of a snapshot',
  });
}

async function contentOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
}

function unreadable(path: string, cause: unknown): IsthmusError {
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  return new IsthmusError('file-unreadable', `${path} ${missing ? 'does not exist' : 'cannot be read'}`, {
    cause,
    remedy: remedy`a snapshot is a folder that ${runOn('FOLDER', 'snapshot')} writes; docs/trace-and-whatif.md describes its files`,
  });
}
