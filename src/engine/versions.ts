import { asIsthmusError, type IsthmusError } from '../base/error.ts';
import type { FleetMember } from '../fleet/fleet.ts';
import { hostedNamespace, istioNamespace } from '../istio/names.ts';
import { type ControlPlane, readControlPlanes } from '../observe/control-plane.ts';
import type { VersionReport } from '../report/versions.ts';
import { limitedSignal, timeoutOf } from './limits.ts';
import { openClusters } from './open-clusters.ts';
import { renderersOf } from './open-run.ts';
import type { VersionOptions } from './options.ts';
import { ownVersion } from './own-version.ts';
import { reportedError } from './reporting/error.ts';
import { chosenClusters, liveMeshOf, type SessionState } from './session.ts';

type ClusterVersions = DistributiveOmit<VersionReport['clusters'][number], 'declared'>;

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

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
  const declaredIn = (cluster: string): string =>
    mesh.topology.clusters.find(({ name }) => name === cluster)?.version ?? mesh.declared.mesh.spec.istio.version;
  const members = fleet.members.filter(({ name }) => wanted.some((one) => one === name));
  const [renderers, clusters] = await Promise.all([
    findRenderers(state, options, signal),
    Promise.all(members.map(async (member) => await versionsOf(member, namespacesIn(member.name), signal))),
  ]);
  return {
    ...ownVersion(state.ports),
    mesh: mesh.name,
    declared: mesh.declared.mesh.spec.istio.version,
    renderers,
    clusters: clusters.map((one) => ({ ...one, declared: declaredIn(one.cluster) })),
  };
}

/** One for each version that the mesh holds, that of the Mesh first. */
async function findRenderers(
  state: SessionState,
  options: VersionOptions,
  signal: AbortSignal,
): Promise<NonNullable<VersionReport['renderers']>> {
  const mesh = liveMeshOf(state);
  const renderers = renderersOf(mesh, options, state.ports);
  const ofMesh = mesh.declared.mesh.spec.istio.version;
  const others = new Map(mesh.topology.clusters.map(({ version, name }) => [version, name] as const));
  others.delete(ofMesh);
  const wishes = [{ version: ofMesh }, ...[...others].map(([version, cluster]) => ({ version, cluster }))];
  return await Promise.all(
    wishes.map(async (wish) => {
      const declared = wish.version;
      try {
        const { version, source } = await (await renderers.of(wish, { signal })).version({ signal });
        return { declared, found: true, program: source, version } as const;
      } catch (thrown) {
        return { declared, found: false, error: reportedError(ownError(thrown, signal)) } as const;
      }
    }),
  );
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
