import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { meshFileSchema } from './json/mesh-file.ts';
import { page } from './json/page.ts';
import { kinds, schemaOf } from './json/schemas.ts';

const root = resolve(import.meta.dirname, '..');

/** The files that are made from src/report and src/api, by their paths from the repository's root. */
export function jsonFiles(): ReadonlyMap<string, string> {
  const schemas = kinds.map(
    (kind) => [`schemas/${kind}.json`, `${JSON.stringify(schemaOf(kind), null, 2)}\n`] as const,
  );
  const meshFile = ['schemas/MeshFile.json', `${JSON.stringify(meshFileSchema(), null, 2)}\n`] as const;
  return new Map([['docs/json.md', page()], ...schemas, meshFile]);
}

async function writeJsonFiles(): Promise<void> {
  const files = jsonFiles();
  await mkdir(join(root, 'schemas'), { recursive: true });
  for (const name of await readdir(join(root, 'schemas'))) {
    if (!files.has(`schemas/${name}`)) await rm(join(root, 'schemas', name));
  }
  for (const [path, text] of files) await writeFile(join(root, path), text);
}

if (import.meta.main) await writeJsonFiles();
