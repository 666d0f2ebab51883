import { awaitRollout } from '../../apply/run/await-ready.ts';
import { type PreparedTrust, prepareTrust } from '../../apply/run/prepare-trust.ts';
import { IsthmusError } from '../../base/error.ts';
import { sourceOperatorImage } from '../../base/source-image.ts';
import { openContext } from '../../fleet/fleet.ts';
import { operatorDeployment } from '../../install/deployment.ts';
import { operatorObjects } from '../../install/operator-objects.ts';
import type { KubeClient } from '../../kube/client.ts';
import { type KubeObject, refOf } from '../../objects/object.ts';
import type { OperatorChange } from '../../report/operator.ts';
import type { ResolvedMesh } from '../../topology/resolved-mesh.ts';
import { signalOf, timeoutOf } from '../limits.ts';
import { unverifiedError } from '../open-clusters.ts';
import { rootsOf } from '../open-run.ts';
import type { EnginePorts } from '../ports.ts';
import { readSource } from '../read-source.ts';
import { meshOf, refuseContradictions, sessionOf } from '../session.ts';
import { addressElsewhere } from './address-elsewhere.ts';
import { changeReport, changesOf } from './change-report.ts';
import type { InstallOptions, OperatorRunOptions } from './options.ts';
import { placeObjects, planObjects } from './place-objects.ts';

/** The objects of an operator in the order in which they can be applied: what an installation applies, and nothing else. */
export function operatorManifests(
  options: Pick<InstallOptions, 'image' | 'replicas' | 'homeServer' | 'probeImage'>,
  ports: Pick<EnginePorts, 'version'>,
): readonly KubeObject[] {
  const { image = sourceOperatorImage(ports.version), replicas = 1, homeServer, probeImage } = options;
  return operatorObjects({ image, replicas, homeServer, probeImage });
}

/**
 * Puts an operator into a home cluster and waits until it is available. With a mesh file root and issuer are made where there
 * are none, from the root on this machine, as an apply makes them. It writes only what differs.
 */
export async function installOperator(
  options: InstallOptions & OperatorRunOptions,
  ports: EnginePorts,
): Promise<OperatorChange> {
  const signal = signalOf(ports);
  const mesh = options.file === undefined ? undefined : await declaredMesh(options.file, ports);
  const context = contextOf(options, mesh);
  await using client = await openContext(context, ports);
  const planned = await planObjects(
    client,
    operatorManifests({ ...options, homeServer: homeServerOf(client, options, mesh) }, ports),
    signal,
  );
  const base = { operation: 'Install', changes: changesOf(context, planned) } as const;
  if (options.until === 'Plan') return changeReport({ ...base, outcome: 'Planned' });
  if (mesh !== undefined) requireVerified(client, options);
  const [pods, rest] = [planned.filter(isDeployment), planned.filter((one) => !isDeployment(one))];
  await placeObjects(client, rest, signal);
  const trust = mesh === undefined ? undefined : await trustOf(mesh, client, ports);
  await placeObjects(client, pods, signal);
  await awaitRollout(
    {
      client,
      clock: ports.clock,
      signal,
      limitMs: timeoutOf(options),
      onWait: (what) => options.onWait?.(what),
      onReached: () => undefined,
    },
    refOf(operatorDeployment({ image: '', replicas: 1 })),
  );
  const made = trust?.rootFolder === undefined ? {} : { rootFolder: trust.rootFolder };
  return changeReport({ ...base, outcome: 'Done', ...made });
}

/** The one that is given, that of the mesh file's home cluster, or the kubeconfig's. */
function homeServerOf(client: KubeClient, { homeServer }: InstallOptions, mesh: ResolvedMesh | undefined): string {
  return addressElsewhere(client, homeServer ?? mesh?.declared.home.spec.peerServer);
}

function isDeployment({ object }: { readonly object: KubeObject }): boolean {
  return object.kind === 'Deployment';
}

async function declaredMesh(file: string, ports: EnginePorts): Promise<ResolvedMesh> {
  const state = sessionOf(await readSource({ file }, ports), ports, {});
  refuseContradictions(state);
  return meshOf(state);
}

function contextOf({ context }: InstallOptions, mesh: ResolvedMesh | undefined): string {
  if (context !== undefined) return context;
  if (mesh === undefined) {
    throw new IsthmusError('usage', 'no cluster is named to install the operator into', {
      remedy: 'name the context of the home cluster, or the mesh file',
    });
  }
  return mesh.declared.home.spec.access.context ?? mesh.home;
}

async function trustOf(mesh: ResolvedMesh, client: KubeClient, ports: EnginePorts): Promise<PreparedTrust> {
  const { crypto, clock, holder } = ports;
  return await prepareTrust({
    mesh,
    ports: {
      clients: new Map([[mesh.declared.home.metadata.name, client]]),
      roots: rootsOf(ports),
      crypto,
      clock,
      holder,
      signal: signalOf(ports),
      onEvent: (event) => ports.onEvent?.(event),
    },
  });
}

function requireVerified(client: KubeClient, { allowInsecureTls }: OperatorRunOptions): void {
  if (client.verification !== 'Skipped' || allowInsecureTls === true) return;
  throw unverifiedError({ name: client.cluster, client });
}
