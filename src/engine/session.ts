import type { ClusterName } from '../api/name.ts';
import { clusterName } from '../api/name.ts';
import { IsthmusError } from '../base/error.ts';
import { nearMatch } from '../base/near-match.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import type { EnginePorts } from './ports.ts';
import type { ReadSource } from './read-source.ts';

/** A source and the ports, which every use case works with. */
export interface SessionState {
  readonly source: ReadSource;
  readonly ports: EnginePorts;
}

const defaultTimeoutMs = 300_000;

/** The limit of a use case in milliseconds. */
export function timeoutOf({ timeoutMs }: { readonly timeoutMs?: number | undefined }): number {
  return timeoutMs ?? defaultTimeoutMs;
}

/** Aborts when the shell ends the work, or when the limit is over. */
export function limitedSignal(ports: EnginePorts, limitMs: number): AbortSignal {
  const limit = AbortSignal.timeout(limitMs);
  return ports.signal === undefined ? limit : AbortSignal.any([ports.signal, limit]);
}

/** The shell's own signal, or one that never aborts. */
export function signalOf({ signal }: EnginePorts): AbortSignal {
  return signal ?? new AbortController().signal;
}

/** The declared mesh; throws why there is none. */
export function declaredOf({ source }: SessionState): DeclaredMesh {
  if (source.declared instanceof IsthmusError) throw source.declared;
  return source.declared;
}

/** The declared mesh of a source that clusters stand behind; throws `usage` for a snapshot. */
export function liveMeshOf(state: SessionState): DeclaredMesh {
  if (state.source.stored === undefined) return declaredOf(state);
  throw new IsthmusError('usage', 'a snapshot is a folder: this needs the clusters themselves', {
    remedy: 'name the mesh file or the home cluster instead',
  });
}

/** The names that were chosen, each of which must be declared; every cluster where nothing was chosen. */
export function chosenClusters(declared: DeclaredMesh, names: readonly string[] | undefined): readonly ClusterName[] {
  const known = declared.clusters.map(({ metadata }) => metadata.name);
  if (names === undefined) return known;
  if (names.length === 0) throw undeclared('no cluster was chosen', undefined, known);
  return names.map((name) => declaredCluster(declared, name));
}

/** The cluster that a use case is about, which must be declared. */
export function declaredCluster(declared: DeclaredMesh, name: string): ClusterName {
  const known = declared.clusters.map(({ metadata }) => metadata.name);
  if (known.some((one) => one === name)) return clusterName.parse(name);
  throw undeclared(`the mesh does not declare a cluster ${name}`, name, known);
}

function undeclared(message: string, name: string | undefined, known: readonly string[]): IsthmusError {
  const near = name === undefined ? undefined : nearMatch(name, known);
  const list = `the clusters of the mesh are ${known.join(', ')}`;
  return new IsthmusError('usage', message, { remedy: near === undefined ? list : `did you mean ${near}? ${list}` });
}
