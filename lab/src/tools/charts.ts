import { cp, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../process/run.ts';
import { istioVersion } from './programs.ts';
import { toolPaths, toolsFolder } from './tool-paths.ts';

/** Where the charts lie in Istio's module, by the name under which they are released. */
const sources = { base: 'base', istiod: 'istio-control/istio-discovery', gateway: 'gateway' } as const;

/**
 * A folder with Istio's charts `base`, `istiod` and `gateway` as a release has them: Istio's module carries their
 * sources, in which its release puts the version and the images' names (istio/release-builder).
 */
export async function istioCharts(): Promise<string> {
  const { cache, key } = await toolPaths();
  const folder = join(cache, 'charts', key);
  if (await isThere(folder)) return folder;
  const options = { cwd: join(toolsFolder, 'kubernetes'), timeoutMs: 60_000 };
  const module = await run('go', ['list', '-m', '-f', '{{.Dir}}', 'istio.io/istio'], options);
  await run('mkdir', ['-p', dirname(folder)]);
  const draft = await mkdtemp(`${folder}-`);
  for (const [name, source] of Object.entries(sources)) {
    await cp(join(module.trim(), 'manifests/charts', source), join(draft, name), { recursive: true });
    await run('chmod', ['-R', 'u+w', join(draft, name)]);
    await edit(join(draft, name, 'Chart.yaml'), (text) =>
      text.replaceAll(/^(version|appVersion): .*$/gm, `$1: ${istioVersion}`),
    );
    await edit(join(draft, name, 'values.yaml'), (text) =>
      text
        .replaceAll(/^( +hub): (gcr\.io|registry\.istio\.io)\S*$/gm, '$1: docker.io/istio')
        .replaceAll(/^( +tag): latest$/gm, `$1: ${istioVersion}`),
    );
  }
  await rename(draft, folder).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    // Another run was first.
    if (!(await isThere(folder))) throw error;
  });
  return folder;
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
