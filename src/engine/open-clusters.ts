import { IsthmusError } from '../base/error.ts';
import { stampOf } from '../base/event.ts';
import type { Operation } from '../base/remedy.ts';
import type { Fleet, OpenMember } from '../fleet/fleet.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { liveMeshOf, type SessionState } from './session.ts';

/** What the clusters are opened for. */
export interface ClusterUse {
  readonly operation: Operation;
  /** `Keys`: private keys and tokens are written to the clusters. */
  readonly carries: 'Keys' | 'NoKeys';
}

/**
 * Connects to the clusters of a mesh and reports those whose server proves nothing. Throws `tls-unverified` where keys
 * would be carried to one of them and nobody has allowed that.
 */
export async function openClusters(
  { connections, ports, allowances }: SessionState,
  mesh: ResolvedMesh,
  { operation, carries }: ClusterUse,
): Promise<Fleet> {
  const fleet = await connections.open(mesh);
  const unverified = fleet.open.filter(({ client }) => client.verification === 'Skipped');
  for (const { name, client } of unverified) {
    ports.onEvent?.({
      ...stampOf(ports.clock, operation, 'warning'),
      operation,
      type: 'Unverified',
      cluster: name,
      details: { server: client.server },
    });
  }
  const [first] = unverified;
  if (first === undefined || carries === 'NoKeys' || allowances.allowInsecureTls === true) return fleet;
  await fleet[Symbol.asyncDispose]();
  throw unverifiedError(first);
}

/** The client of one cluster of the session; throws why it is not connected. */
export async function openClient(state: SessionState, cluster: string): Promise<KubeClient> {
  const fleet = await state.connections.open(liveMeshOf(state));
  return fleet.client(cluster);
}

/** Why no key is sent to a cluster whose server proves nothing. */
export function unverifiedError({ name, client }: Pick<OpenMember, 'name' | 'client'>): IsthmusError {
  return new IsthmusError(
    'tls-unverified',
    `cluster ${name}: keys would be sent to ${client.server}, whose certificate is not checked (insecure-skip-tls-verify); nothing was changed`,
    {
      cluster: name,
      remedy:
        'give certificate-authority-data in the kubeconfig in its place; docs/troubleshooting.md has what holds where the way there is yours alone',
    },
  );
}
