import { join } from 'node:path';
import type { ApplyRequest, MeshPorts } from '../apply/options.ts';
import type { InTurn } from '../base/concurrency.ts';
import { stampOf } from '../base/event.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { createCacheFolder } from '../istio/render/cache-folder.ts';
import { createRenderers } from '../istio/render/choose.ts';
import type { Renderers } from '../istio/render/renderers.ts';
import type { ClusterRecord } from '../plan/plan-record.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { createRootStore, type RootStore } from '../trust/root-store.ts';
import { meshDuring } from './absences.ts';
import type { ConnectedEvent } from './events.ts';
import { issuerFileFindings, readIssuerFiles } from './issuer-files.ts';
import { limitedSignal, signalOf, timeoutOf } from './limits.ts';
import { splitFleet } from './mesh-fleet.ts';
import { openClusters } from './open-clusters.ts';
import type { ApplyOptions, RendererPaths } from './options.ts';
import type { EnginePorts } from './ports.ts';
import { type Purpose, preflight, withFindings } from './preflight.ts';
import { chosenClusters, liveMeshOf, refuseContradictions, type SessionState } from './session.ts';

/** A run that may begin: a plan or an apply. Disposing closes the connections. */
export interface OpenRun extends AsyncDisposable {
  readonly request: ApplyRequest;
}

/** What is to be planned or applied, where it is not what the source says. */
export interface RunScope {
  /** Left out: the mesh of the source. */
  readonly mesh?: ResolvedMesh;
  readonly operation: ConnectedEvent['operation'];
}

/** Connects to every cluster and checks that the run may begin; throws what keeps it from that. */
export async function openRun(state: SessionState, options: ApplyOptions, scope: RunScope): Promise<OpenRun> {
  const { ports, source } = state;
  const mesh = withPaused(meshDuring(scope.mesh ?? liveMeshOf(state), options), options);
  if (scope.operation !== 'renewTrust') refuseContradictions(state);
  const named = options.clusters ?? source.plan?.only;
  const chosen = chosenClusters(mesh, named);
  const issuerFiles = await readIssuerFiles(mesh.declared, source.folder);
  const { operation } = scope;
  const fleet = await openClusters(state, mesh, { operation, carries: operation === 'plan' ? 'NoKeys' : 'Keys' });
  try {
    const isWatched = operation === 'apply' && state.decides === 'ByWatches';
    const reading = isWatched ? await state.connections.watched().open(mesh) : fleet;
    const { error: obstacle } = await preflight(reading, {
      mesh,
      chosen,
      purpose: purposeOf(scope),
      clock: ports.clock,
      signal: signalOf(ports),
    });
    if (obstacle !== undefined) {
      throw withFindings(obstacle, await issuerFileFindings(mesh.declared, issuerFiles, ports));
    }
    tellConnected(fleet, operation, ports);
    const timeoutMs = timeoutOf(options);
    // What writes has a limit for each wait: how many of them there are depends on the number of clusters.
    const signal = operation === 'plan' ? limitedSignal(ports, timeoutMs) : signalOf(ports);
    return {
      request: {
        mesh,
        ports: {
          ...meshPorts(ports, {
            mesh,
            fleet,
            issuerFiles,
            renderers: { ...options, inTurn: state.turns?.renders },
            signal,
          }),
          openLock: state.openLock,
          inTurn: state.turns?.decides,
        },
        scope: {
          ...(named === undefined ? {} : { only: new Set(chosen) }),
          settled: new Set(mesh.names.filter((name) => options.settled?.includes(name))),
          maxDelete: options.maxDelete ?? source.plan?.maxDelete ?? mesh.declared.mesh.spec.maxDelete,
          approved: approvedBy(state, scope),
          homeDocuments: options.homeDocuments,
        },
        limits: { timeoutMs },
        ...(isWatched ? { watched: splitFleet(reading).clients } : {}),
        approveLosses: options.approveLosses,
      },
      [Symbol.asyncDispose]: async () => await fleet[Symbol.asyncDispose](),
    };
  } catch (error) {
    await fleet[Symbol.asyncDispose]();
    throw error;
  }
}

function withPaused(
  mesh: ResolvedMesh,
  { pausedServices: paused = [] }: Pick<ApplyOptions, 'pausedServices'>,
): ResolvedMesh {
  return paused.length === 0 ? mesh : { ...mesh, declared: { ...mesh.declared, paused } };
}

interface RendererChoices extends RendererPaths {
  /** Of a process that has several runs at once. */
  readonly inTurn?: InTurn | undefined;
}

/** What planning works with besides the ports of the process. */
export interface RunParts {
  readonly mesh: ResolvedMesh;
  readonly fleet: Fleet;
  readonly issuerFiles: MeshPorts['issuerFiles'];
  readonly renderers: RendererChoices;
  readonly signal: AbortSignal;
}

export function meshPorts(ports: EnginePorts, { mesh, fleet, issuerFiles, renderers, signal }: RunParts): MeshPorts {
  const { clients, failures } = splitFleet(fleet);
  return {
    clients,
    unreachable: failures,
    renderers: renderersOf(mesh, renderers, ports),
    roots: rootsOf(ports),
    issuerFiles,
    crypto: ports.crypto,
    clock: ports.clock,
    signal,
    holder: ports.holder,
    onEvent: (event) => ports.onEvent?.(event),
  };
}

/** A plan only reads. */
function purposeOf({ operation }: RunScope): Purpose {
  if (operation === 'renewTrust') return 'Renew';
  return operation === 'plan' ? 'Plan' : 'Apply';
}

/** A plan file binds an apply of the mesh that it planned. */
function approvedBy({ source }: SessionState, { operation, mesh }: RunScope): readonly ClusterRecord[] | undefined {
  return operation === 'apply' && mesh === undefined ? source.plan?.clusters : undefined;
}

/** Who is about to change what: the last chance to notice a wrong context. */
function tellConnected({ open }: Fleet, operation: ConnectedEvent['operation'], { clock, onEvent }: EnginePorts): void {
  for (const { name, client, health } of open) {
    const { version, user } = health;
    onEvent?.({
      ...stampOf(clock, operation, 'info'),
      operation,
      type: 'Connected',
      cluster: name,
      details: { server: client.server, kubernetes: version, ...(user === undefined ? {} : { user }) },
    });
  }
}

/** Where the roots of meshes are kept. */
export function rootsOf({ roots, environment, homeFolder }: EnginePorts): RootStore {
  const stateHome = environment.XDG_STATE_HOME || join(homeFolder, '.local', 'state');
  return roots ?? createRootStore({ folder: join(stateHome, 'isthmus'), create: 'IfMissing' });
}

/** Istio's own renderers, as the options and the environment name them. */
export function renderersOf(
  { declared }: ResolvedMesh,
  { istioctl, helm, inTurn }: RendererChoices,
  ports: EnginePorts,
): Renderers {
  const { environment, homeFolder } = ports;
  const cacheHome = environment.XDG_CACHE_HOME || join(homeFolder, '.cache');
  const cache = createCacheFolder(join(cacheHome, 'isthmus', 'render'));
  const istioctls = typeof istioctl === 'string' ? [istioctl] : istioctl;
  const { istio } = declared.mesh.spec;
  return createRenderers({ istio, istioctl: istioctls, helm, environment, cache, inTurn });
}
