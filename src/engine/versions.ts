import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import type { FleetMember } from '../fleet/fleet.ts';
import { hostedNamespace, istioNamespace } from '../istio/names.ts';
import { type ControlPlane, readControlPlanes } from '../observe/control-plane.ts';
import type { VersionReport } from '../report/versions.ts';
import { limitedSignal, timeoutOf } from './limits.ts';
import { openClusters } from './open-clusters.ts';
import { rendererOf } from './open-run.ts';
import type { VersionOptions } from './options.ts';
import { ownVersion } from './own-version.ts';
import { reportedError } from './reporting/error.ts';
import { chosenClusters, liveMeshOf, type SessionState } from './session.ts';

type ClusterVersions = VersionReport['clusters'][number];

/** The versions of Isthmus, of the program that renders Istio, and of Kubernetes and istiods in each cluster. */
export async function versionsUseCase(state: SessionState, options: VersionOptions): Promise<VersionReport> {
  const mesh = liveMeshOf(state);
  const wanted = chosenClusters(mesh, options.clusters);
  await using fleet = await openClusters(state, mesh, { operation: 'version', carries: 'NoKeys' });
  const signal = limitedSignal(state.ports, timeoutOf(options));
  const hosted = mesh.topology.clusters.flatMap(({ name, controlPlane }) =>
    controlPlane.kind === 'ExternalOf' ? [{ namespace: hostedNamespace(name), host: controlPlane.hub }] : [],
  );
  const namespacesIn = (cluster: string): readonly string[] => [
    istioNamespace,
    ...hosted.flatMap(({ namespace, host }) => (host === cluster ? [namespace] : [])),
  ];
  const members = fleet.members.filter(({ name }) => wanted.some((one) => one === name));
  const [renderer, clusters] = await Promise.all([
    findRenderer(state, options, signal),
    Promise.all(members.map(async (member) => await versionsOf(member, namespacesIn(member.name), signal))),
  ]);
  return {
    ...ownVersion(state.ports),
    mesh: mesh.name,
    declared: mesh.declared.mesh.spec.istio.version,
    renderer,
    clusters,
  };
}

async function findRenderer(
  state: SessionState,
  options: VersionOptions,
  signal: AbortSignal,
): Promise<NonNullable<VersionReport['renderer']>> {
  try {
    const { version, source } = await rendererOf(liveMeshOf(state), options, state.ports).version({ signal });
    return { found: true, program: source, version };
  } catch (thrown) {
    return { found: false, error: reportedError(ownError(thrown, signal)) };
  }
}

async function versionsOf(
  member: FleetMember,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<ClusterVersions> {
  const { name: cluster } = member;
  if (member.state === 'Failed') return { cluster, reachable: false, error: reportedError(member.error) };
  const { client, health } = member;
  const read = { cluster, reachable: true, kubernetes: health.version } as const;
  try {
    const planes = await Promise.all(
      namespaces.map(async (namespace) => await readControlPlanes({ client, namespace }, signal)),
    );
    return { ...read, istiods: planes.flat().map(istiodOf) };
  } catch (thrown) {
    return { ...read, istiods: null, error: reportedError(ownError(thrown, signal)) };
  }
}

function istiodOf({ revision, version }: ControlPlane): { readonly revision: string; readonly version: string | null } {
  return { revision, version: version ?? null };
}

/** What a part of the report lacks; an end of the whole, or a defect of ours, is thrown. */
function ownError(thrown: unknown, signal: AbortSignal): IsthmusError {
  signal.throwIfAborted();
  const error = asIsthmusError(thrown);
  if (error.code === 'internal') throw error;
  return error;
}
