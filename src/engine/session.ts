import type { ClusterName } from '../api/name.ts';
import type { MeshPorts } from '../apply/options.ts';
import type { InTurn } from '../base/concurrency.ts';
import { IsthmusError } from '../base/error.ts';
import { nearMatches } from '../base/near-match.ts';
import { remedy, repeat } from '../base/remedy.ts';
import { type ResolvedMesh, resolveMesh } from '../topology/resolved-mesh.ts';
import { type Connections, connectionsPerCall, keptConnections } from './connections.ts';
import { signalOf } from './limits.ts';
import type { Allowances, OpenOptions } from './options.ts';
import type { EnginePorts } from './ports.ts';
import type { ReadSource } from './read-source.ts';

/** For what the runs of one process wait for each other, because it takes memory. */
export interface Turns {
  readonly decides: InTurn;
  readonly renders: InTurn;
}

/** A source and the ports, which every use case works with. */
export interface SessionState {
  readonly source: ReadSource;
  /** The declared mesh with what follows from it, or why there is none. */
  readonly mesh: ResolvedMesh | IsthmusError;
  readonly ports: EnginePorts;
  readonly connections: Connections;
  readonly allowances: Allowances;
  /** Of a process that has several runs at once; left out, each run has its own. */
  readonly openLock?: MeshPorts['openLock'];
  /** Of such a process; left out, its runs do not wait for each other. */
  readonly turns?: Turns;
  /** An apply may be decided by what watches show; left out, it asks the servers. */
  readonly decides?: 'ByWatches';
}

export function sessionOf(
  source: ReadSource,
  ports: EnginePorts,
  { connections: kept = 'PerCall', ...allowances }: OpenOptions,
): SessionState {
  const { declared } = source;
  const reaching = { ...ports, meshFolder: source.folder, trustKubeconfig: allowances.trustKubeconfig };
  const perCall = connectionsPerCall(reaching);
  if (declared instanceof IsthmusError) return { source, ports, mesh: declared, connections: perCall, allowances };
  const mesh = resolveMesh(declared);
  const isKept = kept === 'Kept' && source.stored === undefined;
  const connections = isKept ? keptConnections(mesh, reaching, signalOf(ports)) : perCall;
  return { source, ports, mesh, connections, allowances };
}

/** The mesh; throws why there is none. */
export function meshOf({ mesh }: SessionState): ResolvedMesh {
  if (mesh instanceof IsthmusError) throw mesh;
  return mesh;
}

/** The mesh of a source that clusters stand behind; throws `usage` for a snapshot. */
export function liveMeshOf(state: SessionState): ResolvedMesh {
  if (state.source.stored === undefined) return meshOf(state);
  throw new IsthmusError('usage', 'a snapshot is a folder: this needs the clusters themselves', {
    remedy: 'name the mesh file or the home cluster instead',
  });
}

/** Throws where Istio's settings say otherwise than the documents: nothing is made of that. The findings are the session's. */
export function refuseContradictions({ source: { findings } }: Pick<SessionState, 'source'>): void {
  if (!findings.some(({ severity }) => severity === 'error')) return;
  throw new IsthmusError(
    'invalid-config',
    "settings of Istio contradict the mesh's own documents; nothing was changed",
    {
      remedy: remedy`correct what is marked above and ${repeat()}`,
    },
  );
}

/** The names that were chosen, each of which must be declared; every cluster where nothing was chosen. */
export function chosenClusters(mesh: ResolvedMesh, names: readonly string[] | undefined): readonly ClusterName[] {
  if (names === undefined) return mesh.names;
  if (names.length === 0) throw undeclared('no cluster was chosen', undefined, mesh.names);
  return names.map((name) => declaredCluster(mesh, name));
}

/** The cluster that a use case is about, which must be declared. */
export function declaredCluster({ names }: ResolvedMesh, name: string): ClusterName {
  const found = names.find((one) => one === name);
  if (found !== undefined) return found;
  throw undeclared(`the mesh does not declare a cluster ${name}`, name, names);
}

function undeclared(message: string, name: string | undefined, known: readonly string[]): IsthmusError {
  const near = name === undefined ? [] : nearMatches(name, known);
  const list = `the clusters of the mesh are ${known.join(', ')}`;
  return new IsthmusError('usage', message, {
    remedy: near.length === 0 ? list : `did you mean ${near.join(' or ')}? ${list}`,
  });
}
