import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { ApplyRequest } from '../apply/options.ts';
import { type Purpose, preflight } from '../apply/refuse/preflight.ts';
import { systemClock } from '../base/system-clock.ts';
import { progressLine } from '../cli/apply/progress.ts';
import type { CliContext } from '../cli/shell/context.ts';
import { renderFailure } from '../cli/shell/failure.ts';
import type { RenderFlags, RunFlags } from '../cli/shell/flags.ts';
import type { Terminal } from '../cli/shell/terminal.ts';
import { createCacheFolder } from '../istio/render/cache-folder.ts';
import { createRenderer } from '../istio/render/choose.ts';
import type { Renderer } from '../istio/render/renderer.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { resolveMesh } from '../topology/resolved-mesh.ts';
import { createRootStore } from '../trust/root-store.ts';
import { cacheFolder } from './folders.ts';
import { readIssuerFiles } from './issuer-files.ts';
import { chosenClusters, openMeshFleet, splitFleet } from './mesh-fleet.ts';
import type { RunRequest } from './run-request.ts';

/** A run that may begin: a plan or an apply. Disposing closes the connections. */
export interface OpenRun extends AsyncDisposable {
  readonly request: ApplyRequest;
}

export interface Opening {
  readonly flags: RunFlags;
  readonly context: CliContext;
  readonly terminal: Terminal;
  readonly purpose: Purpose;
}

/** At the time limit the waits end, each with what it waited for; whatever else is not done is ended this much later. */
const graceMs = 5_000;

/** Connects to every cluster and checks what stands against the run; throws the gravest of it. */
export async function openRun(request: RunRequest, { flags, context, terminal, purpose }: Opening): Promise<OpenRun> {
  const { declared, source, clusters, maxDelete, approved } = request;
  const { env } = context.process;
  const chosen = chosenClusters(declared, clusters);
  const issuerFiles = await readIssuerFiles(declared, source);
  const fleet = await openMeshFleet(declared, context);
  try {
    const mesh = resolveMesh(declared);
    const standing = await preflight(fleet, {
      home: mesh.home,
      topology: mesh.topology,
      chosen,
      purpose,
      signal: context.signal,
    });
    const [worst, ...others] = standing;
    for (const error of others) terminal.stderr(renderFailure(error, terminal.color));
    if (worst !== undefined) throw worst;
    const { clients, failures } = splitFleet(fleet);
    const width = Math.max(...declared.clusters.map(({ metadata }) => metadata.name.length));
    // Who is about to change what: the last chance to notice a wrong context.
    for (const { name, client, health } of fleet.open) {
      terminal.stderr(
        `${name.padEnd(width)}  ${client.server}, Kubernetes ${health.version}, as ${health.user ?? '?'}\n`,
      );
    }
    const limit = AbortSignal.timeout(flags.timeout + graceMs);
    return {
      request: {
        mesh,
        ports: {
          clients,
          unreachable: failures,
          renderer: rendererOf(declared, flags, env),
          roots: createRootStore(env),
          issuerFiles,
          crypto: globalThis.crypto,
          clock: systemClock,
          signal: AbortSignal.any([context.signal, limit]),
          holder: `${userInfo().username}@${hostname()}/${process.pid}`,
          onEvent: (event) => terminal.stderr(progressLine(event, { width, color: terminal.color })),
        },
        scope: { only: clusters === undefined ? undefined : new Set(chosen), maxDelete, approved },
        limits: { timeoutMs: flags.timeout },
      },
      [Symbol.asyncDispose]: async () => await fleet[Symbol.asyncDispose](),
    };
  } catch (error) {
    await fleet[Symbol.asyncDispose]();
    throw error;
  }
}

/** Istio's own renderer, as the flags and the environment name it. */
export function rendererOf(
  { mesh }: DeclaredMesh,
  { istioctl, helm }: RenderFlags,
  environment: Readonly<Record<string, string | undefined>>,
): Renderer {
  const cache = createCacheFolder(join(cacheFolder(environment), 'render'));
  return createRenderer({ istio: mesh.spec.istio, istioctl, helm, environment, cache });
}
