import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { z } from 'zod';
import { IsthmusError } from '../../base/error.ts';
import { canonicalJson, type JsonObject } from '../../base/json.ts';
import { asKubeObject, type KubeObject } from '../../objects/object.ts';
import type { IstioVersion } from '../version.ts';
import { runProgram } from './child.ts';
import { parseManifests } from './manifests.ts';
import type { RenderCache, Renderer, RenderOptions } from './renderer.ts';

export interface IstioctlOptions {
  /** The program as the user named it. Left out: `ISTHMUS_ISTIOCTL`, then the first `istioctl` on `PATH`. */
  readonly path?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cache?: RenderCache | undefined;
}

/** The program, and a text that differs where it may be another one. */
interface Program {
  readonly file: string;
  readonly identity: string;
}

const defaultTimeoutMs = 60_000;

// The letter changes when the form of what is kept changes.
const keyPrefix = 'a';

const versionAnswer = z.looseObject({ clientVersion: z.looseObject({ version: z.string().min(1) }) });

/** The renderer that runs istioctl on this machine. It asks no cluster, and needs no kubeconfig. */
export function createIstioctl(options: IstioctlOptions): Renderer {
  const known = new Map<string, KubeObject>();
  const running = new Map<string, Promise<string>>();

  async function remembered(what: string, { identity }: Program, produce: () => Promise<string>): Promise<string> {
    const key = createHash('sha256').update(`${keyPrefix}\n${identity}\n${what}`).digest('hex');
    const started = running.get(key) ?? keep(key, produce);
    running.set(key, started);
    try {
      return await started;
    } catch (error) {
      running.delete(key);
      throw error;
    }
  }

  async function keep(key: string, produce: () => Promise<string>): Promise<string> {
    const kept = await options.cache?.get(key);
    if (kept !== undefined) return kept;
    const value = await produce();
    await options.cache?.put(key, value);
    return value;
  }

  return {
    async version(call: RenderOptions = {}): Promise<IstioVersion> {
      const program = await findProgram(options);
      const version = await remembered('version', program, () => readVersion(program.file, call));
      return { version, source: program.file };
    },
    async render(operator: JsonObject, call: RenderOptions = {}): Promise<readonly KubeObject[]> {
      const input = canonicalJson(operator);
      const program = await findProgram(options);
      const text = await remembered(input, program, async () => {
        const output = await run(program.file, ['manifest', 'generate', '-f', '-'], { ...call, input });
        return JSON.stringify(parseManifests(output, known));
      });
      return objectsOf(text);
    },
  };
}

function objectsOf(text: string): readonly KubeObject[] {
  const values: unknown = JSON.parse(text);
  return Array.isArray(values) ? values.flatMap((value) => asKubeObject(value) ?? []) : [];
}

async function readVersion(file: string, call: RenderOptions): Promise<string> {
  // Without --remote=false it looks for an istiod in the current context and can hang for minutes.
  const output = await run(file, ['version', '--remote=false', '-o', 'json'], { ...call, input: '' });
  const answer = versionAnswer.safeParse(jsonOrUndefined(output));
  if (answer.success) return answer.data.clientVersion.version;
  throw new IsthmusError('istioctl-failed', `${file} does not state its version as istioctl does`, {
    hint: 'give the path of an istioctl with --istioctl or ISTHMUS_ISTIOCTL',
  });
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function run(
  file: string,
  args: readonly string[],
  { input, timeoutMs = defaultTimeoutMs, signal }: RenderOptions & { readonly input: string },
): Promise<string> {
  const result = await runProgram({ file, args, input, timeoutMs, signal });
  if (result.outcome === 'Done') return result.output;
  throw new IsthmusError('istioctl-failed', `istioctl ${args.slice(0, 2).join(' ')} failed: ${result.reason}`, {
    hint: `check spec.istio of the Mesh and of the MeshCluster, and that ${file} runs`,
  });
}

async function findProgram({ path, environment }: IstioctlOptions): Promise<Program> {
  const named = path ?? (environment.ISTHMUS_ISTIOCTL || undefined);
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = named === undefined ? folders.map((folder) => join(folder, 'istioctl')) : [resolve(named)];
  for (const file of candidates) {
    const found = await programAt(file);
    if (found !== undefined) return found;
  }
  const where = path !== undefined ? '--istioctl' : named !== undefined ? 'ISTHMUS_ISTIOCTL' : undefined;
  throw new IsthmusError(
    'istioctl-not-found',
    where === undefined
      ? `there is no istioctl in the folders of PATH (${folders.join(', ') || 'PATH is empty'})`
      : `there is no program at ${named} (from ${where})`,
    {
      hint: 'install istioctl (https://istio.io/latest/docs/ops/diagnostic-tools/istioctl/), or give its path with --istioctl or ISTHMUS_ISTIOCTL',
    },
  );
}

async function programAt(file: string): Promise<Program | undefined> {
  try {
    await access(file, constants.X_OK);
    const found = await stat(file);
    if (!found.isFile()) return undefined;
    return { file, identity: `${await realpath(file)}\n${found.size}\n${found.mtimeMs}` };
  } catch {
    return undefined;
  }
}
