import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { IsthmusError } from '../../../src/base/error.ts';
import { type BuildInputs, cacheKey } from './cache-key.ts';
import { istioModule, type LabIstio, type OtherIstio, usualIstio } from './istios.ts';
import { buildFlags, envoyPin, type GoModule, goModules, helmModule, linkerFlags } from './programs.ts';

export interface ToolPaths {
  /** The folder with every program; containerd finds its shim and runc there on PATH. */
  readonly bin: string;
  /** The key of the build, also the folder's name. */
  readonly key: string;
  /** The lab's cache folder, outside the checkout. */
  readonly cache: string;
}

/** lab/tools of this checkout. */
export const toolsFolder: string = join(import.meta.dirname, '../../tools');

/** The lab's cache: ISTHMUS_LAB_CACHE, else isthmus-lab in the user's cache folder. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env.ISTHMUS_LAB_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'isthmus-lab');
}

async function buildInputs(): Promise<BuildInputs> {
  const inputs: Record<string, string> = {
    arch: process.arch,
    flags: buildFlags.join(' '),
    envoy: JSON.stringify(envoyPin),
    'coredns/main.go': await readFile(join(toolsFolder, 'coredns/main.go'), 'utf8'),
    'pause.c': await readFile(join(toolsFolder, 'pause/pause.c'), 'utf8'),
    'delayline.c': await readFile(join(toolsFolder, 'delayline/delayline.c'), 'utf8'),
  };
  for (const module of goModules) Object.assign(inputs, await moduleInputs(module));
  return inputs;
}

async function moduleInputs(module: GoModule): Promise<BuildInputs> {
  const { folder, programs, tags, cgo } = module;
  const file = (name: string): Promise<string> => readFile(join(toolsFolder, folder, name), 'utf8');
  return {
    [`${folder}/go.mod`]: await file('go.mod'),
    [`${folder}/go.sum`]: await file('go.sum'),
    [folder]: JSON.stringify([programs, linkerFlags(module), tags, cgo]),
  };
}

/** Where the programs of this checkout belong, whether they are built or not. */
export async function plannedToolPaths(): Promise<ToolPaths> {
  const key = cacheKey(await buildInputs());
  const cache = cacheFolder();
  return { bin: join(cache, 'bin', key), key, cache };
}

/** True where the build is complete: the folder appears under its name only when all of it is there. */
export async function isBuilt(paths: ToolPaths): Promise<boolean> {
  return stat(paths.bin).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

/** The built programs; an error that names the command to run where they are missing. */
export async function toolPaths(): Promise<ToolPaths> {
  const paths = await plannedToolPaths();
  if (await isBuilt(paths)) return paths;
  throw new IsthmusError('not-found', "the lab's programs are not built yet", {
    remedy: 'npx --no lab tools (about eight minutes the first time on a machine)',
  });
}

/** Where the programs of an Istio that is built apart belong. */
export async function plannedIstioPaths(istio: OtherIstio): Promise<ToolPaths> {
  return await modulePaths('istio', istioModule(istio));
}

/** Where helm belongs, which is built apart. */
export async function plannedHelmPaths(): Promise<ToolPaths> {
  return await modulePaths('helm', helmModule);
}

async function modulePaths(kind: string, module: GoModule): Promise<ToolPaths> {
  const base = { arch: process.arch, flags: buildFlags.join(' ') };
  const key = cacheKey({ ...base, ...(await moduleInputs(module)) });
  const cache = cacheFolder();
  return { bin: join(cache, kind, key), key, cache };
}

/** The folder with helm; undefined where it is not built. */
export async function helmFolder(): Promise<string | undefined> {
  const paths = await plannedHelmPaths();
  return (await isBuilt(paths)) ? paths.bin : undefined;
}

/** The built programs of an Istio; an error that names the command to run where they are missing. */
export async function istioPaths(istio: LabIstio): Promise<ToolPaths> {
  if (istio === usualIstio) return await toolPaths();
  const paths = await plannedIstioPaths(istio);
  if (await isBuilt(paths)) return paths;
  throw new IsthmusError('not-found', `the programs of Istio ${istio} are not built yet`, {
    remedy: `npx --no lab tools --istio ${istio} (about six minutes the first time on a machine)`,
  });
}
