import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runningLab } from '../lab.ts';
import { builtClient } from '../oracle/build-client.ts';
import { labPaths } from '../state/paths.ts';
import { buildHelm, buildIstio, buildTools } from '../tools/build.ts';
import { progressLine } from '../tools/build-progress.ts';
import { installPackages, missingPackages } from '../tools/debian.ts';
import { isthmusImageFor, preparedImages, preparedIstioImages } from '../tools/prepared-images.ts';
import { cacheFolder, toolPaths } from '../tools/tool-paths.ts';
import type { Invocation } from './arguments.ts';
import type { CommandContext } from './context.ts';

/** `lab tools`: installs the missing Debian packages and builds what is not in the cache. */
export async function runTools(
  { istios, tests }: Extract<Invocation, { command: 'tools' }>,
  context: CommandContext,
): Promise<number> {
  const missing = await missingPackages();
  if (missing.length > 0) {
    context.print(`installing Debian packages: ${missing.join(' ')}`);
    await mkdir(cacheFolder(), { recursive: true });
    await installPackages(missing, join(cacheFolder(), 'build.log'));
  }
  const { show, clear } = progressLine(process.stdout);
  const report = (line: string): void => {
    clear();
    context.print(line);
  };
  const building = { report, progress: show, signal: context.signal };
  const paths = await buildTools(building);
  const images = await preparedImages(paths);
  context.print(`programs: ${paths.bin}`);
  context.print(`images:   ${images.layout}`);
  if (tests) {
    context.print(`helm: ${(await buildHelm(building)).bin}`);
    await builtClient(context.print);
  }
  for (const istio of istios) {
    const { bin } = await buildIstio(istio, building);
    context.print(`Istio ${istio}: ${bin}, ${await preparedIstioImages(paths, istio)}`);
  }
  return 0;
}

/** `lab image`: makes the image of the checkout's own build and hands it to the lab's registry. */
export async function runImage(context: CommandContext): Promise<number> {
  const { name } = runningLab(context.lab);
  const image = await isthmusImageFor(await toolPaths(), labPaths(name).isthmusImage);
  context.print(image.name);
  return 0;
}
