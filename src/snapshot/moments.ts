import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { IsthmusError } from '../base/error.ts';
import { type Json, textAt } from '../base/json.ts';
import { remedy, runOn } from '../base/remedy.ts';
import { factsFileName, istiodsFileName } from './folder.ts';
import { documentsOf } from './yaml-stream.ts';

/** A snapshot among others in a folder. */
export interface Moment {
  /** Of its folder. */
  readonly name: string;
  readonly folder: string;
  /** RFC 3339; left out where nobody wrote it down. */
  readonly takenAt?: string;
}

/**
 * The snapshots in a folder, oldest first; those without a time by their names, before the others. None of a folder that is a
 * snapshot itself, and of one that cannot be read: reading it as a snapshot says why. Throws `invalid-config` where there is none.
 */
export async function momentsIn(folder: string): Promise<readonly Moment[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined || entries.some(({ name }) => name === istiodsFileName)) return [];
  const folders = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  const found = await Promise.all(folders.map(async (name) => await momentOf(name, resolve(folder, name))));
  const moments = found.flatMap((one) => one ?? []);
  if (moments.length > 0) return moments.toSorted((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
  throw new IsthmusError('invalid-config', `${folder} is no snapshot, and none of its folders is one`, {
    remedy: remedy`a snapshot has ${istiodsFileName} and a folder for each cluster in it; ${runOn('FOLDER', 'snapshot')} writes one`,
  });
}

function orderOf({ takenAt = '', name }: Moment): string {
  return `${takenAt} ${name}`;
}

async function momentOf(name: string, folder: string): Promise<Moment | undefined> {
  const inside = await readdir(folder).catch((): readonly string[] => []);
  if (!inside.includes(istiodsFileName)) return undefined;
  if (!inside.includes(factsFileName)) return { name, folder };
  const path = join(folder, factsFileName);
  const [facts] = documentsOf(path, await readFile(path, 'utf8'));
  const takenAt = textAt(facts as Json, ['takenAt']);
  return takenAt === undefined ? { name, folder } : { name, folder, takenAt };
}
