import { IsthmusError } from '../base/error.ts';
import { clusterAnnotation, identityAnnotation } from '../istio/remote-secret.ts';
import { identityOf } from '../observe/observe.ts';
import type { Prepared } from './prepare.ts';

/**
 * Throws where a name leads to another cluster than the one that the mesh knows by it: its peers keep the UID of the
 * cluster that their remote secret leads to. A context that was swapped would else get another cluster's objects.
 */
export function refuseStrangers(prepared: readonly Prepared[]): void {
  for (const { topology, client, observed } of prepared) {
    const identity = identityOf(observed);
    const witness = prepared.find((peer) => {
      const known = knownBy(peer, topology.name);
      return identity !== undefined && known !== undefined && known !== identity;
    });
    if (witness === undefined) continue;
    const cluster = topology.name;
    throw new IsthmusError(
      'cluster-identity-conflict',
      `cluster ${cluster}: ${client.server} is not the cluster that the mesh knows as ${cluster}; a remote secret in ${witness.client.server} leads to another one; nothing was changed`,
      {
        cluster,
        hint: `correct the context (spec.access.context of ${cluster}, or the kubeconfig); where ${cluster} was replaced for good, run isthmus leave ${cluster} --cluster-lost first`,
      },
    );
  }
}

/** The UID of the cluster to which the remote secrets of a peer lead under a name. */
function knownBy({ observed }: Prepared, name: string): string | undefined {
  for (const { kind, metadata } of observed.live.values()) {
    const known = metadata.annotations?.[identityAnnotation];
    if (kind === 'Secret' && known !== undefined && metadata.annotations?.[clusterAnnotation] === name) return known;
  }
  return undefined;
}
