import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build, type InlineConfig, type Rolldown } from 'vite';

/** The folder beside the program with the page of the dashboard. */
export const pageFolder = 'page';

/**
 * Bundles the page of the dashboard into a folder, with the list of its files. Gives the files that went into it, by their
 * paths from `root`.
 */
export async function buildPage(root: string, outDir: string): Promise<readonly string[]> {
  await mkdir(outDir, { recursive: true });
  const ofWorkers: string[] = [];
  const built = await inProduction({
    root: join(root, 'ui'),
    configFile: false,
    envDir: false,
    logLevel: 'warn',
    // Names in the output come from paths: they are the same where node_modules is a link to elsewhere.
    resolve: { preserveSymlinks: true },
    worker: { format: 'es', plugins: () => [listing(ofWorkers)] },
    build: {
      outDir,
      emptyOutDir: true,
      target: ['chrome123', 'firefox128', 'safari17.5'],
      // A policy forbids scripts and styles within the page.
      assetsInlineLimit: 0,
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: { checks: { moduleLevelDirective: false, pluginTimings: false } },
    },
  });
  const names = await pageFiles(outDir);
  await writeFile(join(outDir, 'files.json'), `${JSON.stringify(names)}\n`);
  const inputs = outputsOf(built).flatMap(({ output }) => output.flatMap((one) => inputsOf(root, one)));
  return [...new Set([...inputs, ...ofWorkers.flatMap((id) => inputOf(root, id))])];
}

/** A worker is bundled apart, and the page's own output does not say of what. */
function listing(found: string[]): Rolldown.Plugin {
  return {
    name: 'list-inputs',
    generateBundle: (_, bundle) => {
      for (const one of Object.values(bundle)) if (one.type === 'chunk') found.push(...one.moduleIds);
    },
  };
}

/** Vite goes by the variable where there is one: a test runner's would bundle React as for its developers. */
async function inProduction(settings: InlineConfig): ReturnType<typeof build> {
  const { NODE_ENV: before } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    return await build(settings);
  } finally {
    // npm goes by it too, and leaves out what we bundle.
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

/** The names of the files in a folder that was built, the list among them. */
export async function pageFiles(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}

type Built = Awaited<ReturnType<typeof build>>;

function outputsOf(built: Built): readonly Rolldown.RolldownOutput[] {
  if ('close' in built) throw new Error('the page was to be built once');
  return [built].flat();
}

function inputsOf(root: string, output: Rolldown.RolldownOutput['output'][number]): readonly string[] {
  if (output.type === 'asset') return [];
  return output.moduleIds.flatMap((id) => inputOf(root, id));
}

function inputOf(root: string, id: string): readonly string[] {
  return id.startsWith('/') ? [relative(root, id.split('?')[0] ?? id)] : [];
}
