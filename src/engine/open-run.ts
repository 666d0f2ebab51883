import { join } from 'node:path';
import type { ApplyMeshOptions } from '../apply/options.ts';
import { type Purpose, preflight } from '../apply/refuse/preflight.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { createCacheFolder } from '../istio/render/cache-folder.ts';
import { createRenderer } from '../istio/render/choose.ts';
import type { Renderer } from '../istio/render/renderer.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import type { ClusterRecord } from '../plan/plan-record.ts';
import { resolveTopology } from '../topology/topology.ts';
import { createRootStore, type RootStore } from '../trust/root-store.ts';
import { readIssuerFiles } from './issuer-files.ts';
import { openMeshFleet, splitFleet } from './mesh-fleet.ts';
import type { ApplyOptions, RendererPaths } from './options.ts';
import type { EnginePorts } from './ports.ts';
import { chosenClusters, limitedSignal, liveMeshOf, type SessionState, signalOf, timeoutOf } from './session.ts';

/** A run that may begin: a plan or an apply. Disposing closes the connections. */
export interface OpenRun extends AsyncDisposable {
  readonly options: ApplyMeshOptions;
}

/** What is to be planned or applied, where it is not what the source says. */
export interface RunScope {
  /** Left out: the declared mesh of the source. */
  readonly declared?: DeclaredMesh;
  readonly purpose: Purpose;
}

/** At the time limit the waits end, each with what it waited for; what else is not done ends this much later. */
const graceMs = 5_000;

/** Connects to every cluster and checks that the run may begin; throws what keeps it from that. */
export async function openRun(state: SessionState, options: ApplyOptions, scope: RunScope): Promise<OpenRun> {
  const { ports, source } = state;
  const declared = scope.declared ?? liveMeshOf(state);
  const named = options.clusters ?? source.plan?.only;
  const chosen = chosenClusters(declared, named);
  const issuerFiles = await readIssuerFiles(declared, source.folder);
  const fleet = await openMeshFleet(declared, ports);
  try {
    const home = declared.home.metadata.name;
    const topology = resolveTopology(declared);
    const { error: obstacle } = await preflight(fleet, {
      home,
      topology,
      chosen,
      purpose: scope.purpose,
      clock: ports.clock,
      signal: signalOf(ports),
    });
    if (obstacle !== undefined) throw obstacle;
    tellConnected(fleet, ports);
    const { clients, failures } = splitFleet(fleet);
    const timeoutMs = timeoutOf(options);
    return {
      options: {
        declared,
        clients,
        unreachable: failures,
        ...(named === undefined ? {} : { only: new Set(chosen) }),
        maxDelete: options.maxDelete ?? source.plan?.maxDelete,
        approved: approvedBy(state, scope),
        renderer: rendererOf(declared, options, ports),
        roots: rootsOf(ports),
        issuerFiles,
        crypto: ports.crypto,
        clock: ports.clock,
        signal: limitedSignal(ports, timeoutMs + graceMs),
        timeoutMs,
        holder: ports.holder,
        onEvent: (event) => ports.onEvent?.({ operation: 'apply', ...event }),
      },
      [Symbol.asyncDispose]: async () => await fleet[Symbol.asyncDispose](),
    };
  } catch (error) {
    await fleet[Symbol.asyncDispose]();
    throw error;
  }
}

/** A plan file binds an apply of the mesh that it planned. */
function approvedBy({ source }: SessionState, { purpose, declared }: RunScope): readonly ClusterRecord[] | undefined {
  return purpose === 'Apply' && declared === undefined ? source.plan?.clusters : undefined;
}

/** Who is about to change what: the last chance to notice a wrong context. */
function tellConnected({ open }: Fleet, { onEvent }: EnginePorts): void {
  for (const { name, client, health } of open) {
    const { version, user } = health;
    onEvent?.({
      operation: 'connect',
      type: 'Connected',
      cluster: name,
      server: client.server,
      kubernetes: version,
      user,
    });
  }
}

/** Where the roots of meshes are kept. */
export function rootsOf({ roots, environment, homeFolder }: EnginePorts): RootStore {
  const stateHome = environment.XDG_STATE_HOME || join(homeFolder, '.local', 'state');
  return roots ?? createRootStore({ folder: join(stateHome, 'isthmus'), create: 'IfMissing' });
}

/** Istio's own renderer, as the options and the environment name it. */
export function rendererOf({ mesh }: DeclaredMesh, { istioctl, helm }: RendererPaths, ports: EnginePorts): Renderer {
  const { environment, homeFolder } = ports;
  const cacheHome = environment.XDG_CACHE_HOME || join(homeFolder, '.cache');
  const cache = createCacheFolder(join(cacheHome, 'isthmus', 'render'));
  return createRenderer({ istio: mesh.spec.istio, istioctl, helm, environment, cache });
}
