import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { chartFiles } from './docs/operator-chart.ts';

/** Writes the chart of the operator from the objects that an installation applies. */
async function writeChart(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const [path, text] of chartFiles()) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  process.stdout.write('charts/isthmus-operator\n');
}

await writeChart(join(import.meta.dirname, '../charts/isthmus-operator'));
