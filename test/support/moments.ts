import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const snapshot = resolve(import.meta.dirname, '../fixtures/doctor/two-networks');

/** A recorded mesh of two networks twice: `whole`, and `broken` later, when the gateway in east has lost its Service. */
export async function writeMoments(folder: string): Promise<void> {
  for (const name of ['whole', 'broken']) await cp(snapshot, join(folder, name), { recursive: true });
  const facts = join(folder, 'broken/facts.yaml');
  await writeFile(facts, (await readFile(facts, 'utf8')).replace(/^takenAt: .*/, 'takenAt: 2026-11-29T18:00:00.000Z'));
  await loseGatewayService(join(folder, 'broken'));
}

/** Takes the Service of the gateway in east out of a copy of that mesh. */
export async function loseGatewayService(folder: string): Promise<void> {
  const file = join(folder, 'east/objects.yaml');
  const objects = (await readFile(file, 'utf8')).split(/^---\n/m);
  const kept = objects.filter((text) => !/^kind: Service$[\s\S]*^ {2}name: istio-eastwestgateway$/m.test(text));
  if (kept.length !== objects.length - 1) throw new Error(`${file} has no Service of a gateway, or several`);
  await writeFile(file, kept.join('---\n'));
}
