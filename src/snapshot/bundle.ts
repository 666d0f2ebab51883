import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { conceal, withoutSecrets } from '../base/conceal.ts';
import { isJsonObject, type Json, toJson } from '../base/json.ts';
import { tarOf } from '../base/tar.ts';
import { unwritable } from '../base/unwritable.ts';
import { writeWholeFile } from '../base/whole-file.ts';
import type { SnapshotFile } from './folder.ts';

/** The folder that an archive unpacks to. */
const folder = 'isthmus-bundle';

/** The files of an archive: a report in which nothing has the form of a secret, and those of a snapshot in a folder of their own. */
export function bundleFiles(report: object, snapshot: readonly SnapshotFile[]): readonly SnapshotFile[] {
  return [
    { path: `${folder}/report.json`, text: `${JSON.stringify(withoutSecretTexts(toJson(report)), null, 2)}\n` },
    ...snapshot.map(({ path, text }) => ({ path: `${folder}/snapshot/${path}`, text })),
  ];
}

/** Writes them as a compressed archive for the user's eyes alone. Throws `usage` where that is not possible. */
export async function writeBundle(file: string, files: readonly SnapshotFile[]): Promise<void> {
  const encoder = new TextEncoder();
  const archive = tarOf(files.map(({ path, text }) => ({ path, mode: 0o600, bytes: encoder.encode(text) })));
  try {
    await writeWholeFile(file, await promisify(gzip)(archive), { mode: 0o600, lasts: 'Cached' });
  } catch (error) {
    throw unwritable(file, error);
  }
}

/** Messages quote logs and errors of others, which may hold what nobody expects there. */
function withoutSecretTexts(value: Json): Json {
  if (typeof value === 'string') return conceal(withoutSecrets(value));
  if (Array.isArray(value)) return value.map(withoutSecretTexts);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, withoutSecretTexts(inner)]])),
  );
}
