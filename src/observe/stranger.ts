import { IsthmusError } from '../base/error.ts';
import { remedy, runOn } from '../base/remedy.ts';
import { clusterAnnotation, identityAnnotation } from '../istio/remote-secret.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../objects/object.ts';
import type { ClusterTopology } from '../topology/topology.ts';
import { identityOf, type Observed } from './observe.ts';

/** A cluster whose remote secrets say which clusters the mesh means by its names. */
export interface Witness {
  readonly client: Pick<KubeClient, 'server'>;
  /** The Secrets of istio-system, or some of them; metadata suffices. */
  readonly secrets: readonly KubeObject[];
}

/** A cluster of the mesh that was read. */
export interface ObservedMember {
  readonly topology: Pick<ClusterTopology, 'name'>;
  readonly client: Pick<KubeClient, 'server'>;
  readonly observed: Observed;
}

export interface Suspect {
  /** The name by which it was reached. */
  readonly cluster: string;
  readonly client: Pick<KubeClient, 'server'>;
  /** The UID of its namespace kube-system; undefined where we may not read it. */
  readonly identity: string | undefined;
}

/**
 * Throws where a name leads to another cluster than the one that the mesh knows by it. A context that was swapped would
 * else get another cluster's objects.
 */
export function refuseStrangers(members: readonly ObservedMember[]): void {
  const witnesses = members.map(({ client, observed }) => ({
    client,
    secrets: [...observed.live.values()].filter(({ kind }) => kind === 'Secret'),
  }));
  for (const { topology, client, observed } of members) {
    refuseStranger({ cluster: topology.name, client, identity: identityOf(observed) }, witnesses);
  }
}

export function refuseStranger({ cluster, client, identity }: Suspect, witnesses: readonly Witness[]): void {
  if (identity === undefined) return;
  const contradicts = ({ metadata: { annotations } }: KubeObject): boolean =>
    annotations?.[clusterAnnotation] === cluster && (annotations[identityAnnotation] ?? identity) !== identity;
  const witness = witnesses.find(({ secrets }) => secrets.some(contradicts));
  if (witness === undefined) return;
  throw new IsthmusError(
    'cluster-identity-conflict',
    `cluster ${cluster}: ${client.server} is not the cluster that the mesh knows as ${cluster}; a remote secret in ${witness.client.server} leads to another one; nothing was changed`,
    {
      cluster,
      remedy: remedy`correct the context (spec.access.context of ${cluster}, or the kubeconfig); where another cluster took the place of ${cluster} permanently, first run ${runOn(cluster, 'leave', { clusterLost: true })}`,
    },
  );
}
