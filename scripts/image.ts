import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { standaloneImage, standaloneOperatorImage } from '../lab/src/images/catalog.ts';
import type { ImageRecipe } from '../lab/src/images/layout.ts';
import { writeImageArchive, writeImageFiles } from './release/image.ts';

const root = resolve(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  options: { istioctl: { type: 'string' }, helm: { type: 'string' }, folder: { type: 'string' } },
  allowPositionals: true,
});
const isOperators = values.istioctl !== undefined || values.helm !== undefined;

function pathOf(given: string | undefined): string | undefined {
  return given === undefined ? undefined : resolve(given);
}

/** The image of the build in dist/; with a program that renders that of the operator. */
async function recipe(): Promise<ImageRecipe> {
  const { istioctl, helm } = values;
  return isOperators
    ? await standaloneOperatorImage(root, { istioctl: pathOf(istioctl), helm: pathOf(helm) })
    : await standaloneImage(root);
}

async function makeImage(file: string): Promise<void> {
  const { name, digest } = await writeImageArchive(file, [await recipe()]);
  process.stdout.write(`${file}: ${name}, ${digest}\n`);
}

if (values.folder === undefined) {
  await makeImage(resolve(positionals[0] ?? (isOperators ? 'isthmus-operator.tar' : 'isthmus-image.tar')));
} else {
  await writeImageFiles(resolve(values.folder), await recipe());
}
