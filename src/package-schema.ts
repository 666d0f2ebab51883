import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';

const file = 'schemas/MeshFile.json';

/** The JSON Schema of mesh files in the package that this file belongs to, or beside a single executable. */
export function meshFileSchema(): string {
  return places().find((path) => existsSync(path)) ?? file;
}

function places(): readonly string[] {
  if (isSea()) return [join(dirname(process.execPath), file)];
  // Above src/ and dist/, and above dist/lib/.
  return ['../', '../../'].map((folder) => fileURLToPath(new URL(`${folder}${file}`, import.meta.url)));
}
