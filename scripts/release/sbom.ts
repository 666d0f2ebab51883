import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { run } from '../run.ts';

const componentSchema = z.looseObject({
  'bom-ref': z.string(),
  properties: z.array(z.object({ name: z.string(), value: z.string() })),
});
type Component = z.infer<typeof componentSchema>;

/** What `npm sbom` prints, as far as it is read here. */
const billSchema = z.looseObject({
  metadata: z.looseObject({ component: componentSchema }),
  components: z.array(componentSchema),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

/**
 * The software bill of materials of a release (CycloneDX, from `npm sbom`): the packages that are bundled, those that the
 * library depends on, and Node, which the executables and the image hold. Without a time and a number drawn by chance, so that
 * equal releases have equal bills.
 */
export async function billOfMaterials(root: string, bundled: readonly string[]): Promise<string> {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { metadata, components, dependencies, ...bill } = billSchema.parse(JSON.parse(await run('npm', args, root)));
  const shipped = new Set([
    ...(await Promise.all(bundled.map((folder) => refOf(join(root, folder))))),
    await nodeOf(root),
  ]);
  const kept = components.filter(
    (one) => shipped.has(one['bom-ref']) || !(isOf(one, 'development') || isOf(one, 'private')),
  );
  const refs = new Set([metadata.component['bom-ref'], ...kept.map((one) => one['bom-ref'])]);
  const { serialNumber: _, ...same } = bill;
  const { timestamp: __, ...unhurried } = metadata;
  // npm names it after the folder of the checkout.
  const component = { ...metadata.component, type: 'application', name: 'isthmus' };
  const all = {
    ...same,
    metadata: { ...unhurried, component },
    components: kept.map((one) => ({ ...one, scope: 'required', properties: [] })),
    dependencies: dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) })),
  };
  return `${JSON.stringify(all, null, 2)}\n`;
}

function isOf({ properties }: Component, property: string): boolean {
  return properties.some(({ name, value }) => name === `cdx:npm:package:${property}` && value === 'true');
}

async function nodeOf(root: string): Promise<string> {
  return await refOf(join(root, 'node_modules/node'));
}

async function refOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'package.json'), 'utf8');
  const { name, version } = z.looseObject({ name: z.string(), version: z.string() }).parse(JSON.parse(text));
  return `${name}@${version}`;
}
