import { z } from 'zod';
import { type Printed, runProgram } from '../../base/child.ts';
import type { InTurn } from '../../base/concurrency.ts';
import { IsthmusError } from '../../base/error.ts';
import { canonicalJson, type JsonObject } from '../../base/json.ts';
import { parseJson } from '../../base/parse-json.ts';
import { option, remedy } from '../../base/remedy.ts';
import type { KubeObject } from '../../objects/object.ts';
import type { IstioVersion } from '../version.ts';
import { keptText, noticesOf, objectsOf } from './manifests.ts';
import { findProgram, type Program } from './program.ts';
import { createMemory } from './remember.ts';
import type { RenderCache, Renderer, RenderOptions } from './renderer.ts';

export interface IstioctlOptions {
  /** The program as the user named it. Left out: `ISTHMUS_ISTIOCTL`, then the first `istioctl` on `PATH`. */
  readonly path?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cache?: RenderCache | undefined;
  readonly inTurn?: InTurn | undefined;
}

const defaultTimeoutMs = 60_000;

const versionAnswer = z.looseObject({ clientVersion: z.looseObject({ version: z.string().min(1) }) });

/** The renderer that runs istioctl on this machine. It asks no cluster, and needs no kubeconfig. */
export function createIstioctl(options: IstioctlOptions): Renderer {
  const remembered = createMemory(options.cache, options.inTurn);
  return {
    async version(call: RenderOptions = {}): Promise<IstioVersion> {
      const { file, identity } = await findIstioctl(options);
      const version = await remembered(`${identity}\nversion`, () => readVersion(file, call));
      return { version, source: `the istioctl at ${file}` };
    },
    async render(operator: JsonObject, call: RenderOptions = {}): Promise<readonly KubeObject[]> {
      const input = canonicalJson(operator);
      const { file, identity } = await findIstioctl(options);
      const text = await remembered(`${identity}\n${input}`, async () => {
        const printed = await run(file, ['manifest', 'generate', '-f', '-'], { ...call, input });
        return keptText(printed, 'istioctl');
      });
      for (const notice of noticesOf(text)) call.onNotice?.(notice);
      return objectsOf(text);
    },
  };
}

function findIstioctl({ path, environment }: IstioctlOptions): Promise<Program> {
  return findProgram({
    name: 'istioctl',
    path,
    option: 'istioctl',
    variable: 'ISTHMUS_ISTIOCTL',
    environment,
    notFound: 'istioctl-not-found',
    page: 'https://istio.io/latest/docs/ops/diagnostic-tools/istioctl/',
  });
}

async function readVersion(file: string, call: RenderOptions): Promise<string> {
  // Without --remote=false it looks for an istiod in the current context and can hang for minutes.
  const { output } = await run(file, ['version', '--remote=false', '-o', 'json'], { ...call, input: '' });
  const answer = versionAnswer.safeParse(parseJson(output));
  if (answer.success) return answer.data.clientVersion.version;
  throw new IsthmusError('istioctl-failed', `${file} does not state its version as istioctl does`, {
    remedy: remedy`give the path of an istioctl with ${option('istioctl')} or ISTHMUS_ISTIOCTL`,
  });
}

async function run(
  file: string,
  args: readonly string[],
  { input, timeoutMs = defaultTimeoutMs, signal }: RenderOptions & { readonly input: string },
): Promise<Printed> {
  const result = await runProgram({ file, args, input, timeoutMs, signal });
  if (result.outcome === 'Done') return result;
  throw new IsthmusError('istioctl-failed', `istioctl ${args.slice(0, 2).join(' ')} failed: ${result.reason}`, {
    remedy: `check spec.istio of the Mesh and of the MeshCluster, and that ${file} runs`,
  });
}
