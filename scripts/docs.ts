import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cliPage } from './docs/cli-page.ts';
import { conditionsPage } from './docs/conditions-page.ts';
import { errorsPage } from './docs/errors-page.ts';
import { meshFilePage } from './docs/mesh-file-page.ts';

/** The pages that are made of the sources, by the name that selects one. */
const pages: Readonly<Record<string, { readonly file: string; readonly make: () => string }>> = {
  cli: { file: 'docs/cli.md', make: cliPage },
  conditions: { file: 'docs/conditions.md', make: conditionsPage },
  errors: { file: 'docs/errors.md', make: errorsPage },
  'mesh-file': { file: 'docs/mesh-file.md', make: meshFilePage },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in pages));
if (unknown.length > 0) {
  process.stderr.write(`no such page: ${unknown.join(', ')}; there are ${Object.keys(pages).join(', ')}\n`);
  process.exitCode = 2;
} else {
  for (const [name, { file, make }] of Object.entries(pages)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    await writeFile(join(import.meta.dirname, '..', file), make());
    process.stdout.write(`${file}\n`);
  }
}
