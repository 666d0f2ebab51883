import type { ClusterName } from '../../api/name.ts';
import type { Clock } from '../../base/clock.ts';
import { remoteAccess, remoteSecretRef } from '../../istio/remote-secret.ts';
import { type RenewedToken, renewedToken, tokenMark } from '../../istio/renewed-token.ts';
import type { KubeClient } from '../../kube/client.ts';
import { renewedAt } from '../../kube/lease.ts';
import { refKey } from '../../objects/object.ts';
import { operatorLease, systemNamespace } from '../../objects/ownership.ts';
import type { Observed } from '../../observe/observe.ts';
import type { ClusterTopology } from '../../topology/topology.ts';

/** The tokens that an operator renews, by the peer that one reads with them. */
export type HeldTokens = ReadonlyMap<ClusterName, RenewedToken>;

export const noTokens: HeldTokens = new Map();

/** A cluster that was read, as far as its tokens go. */
export interface TokenHolder {
  readonly topology: ClusterTopology;
  readonly client: KubeClient;
  readonly observed: Observed;
}

interface TokenQuestion {
  readonly home: KubeClient | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * The tokens in the remote secrets of a cluster that an operator renews. They stay there as long as it does: an apply beside it
 * must not put one back that never ends. Where no operator has led for an hour nobody renews them, so none is given.
 */
export async function readHeldTokens(
  { topology, client, observed }: TokenHolder,
  { home, clock, signal }: TokenQuestion,
): Promise<HeldTokens> {
  const marked = topology.peers.filter((peer) => {
    const live = observed.live.get(refKey(remoteSecretRef(peer)));
    return live !== undefined && tokenMark(live) !== undefined;
  });
  if (marked.length === 0 || home === undefined || !(await isRenewing(home, { clock, signal }))) return noTokens;
  const found = await Promise.all(
    marked.map(async (peer): Promise<readonly [ClusterName, RenewedToken] | undefined> => {
      const secret = await client.get(remoteSecretRef(peer), { signal });
      const token = secret === undefined ? undefined : remoteAccess(secret, peer)?.token;
      const renewed = secret === undefined || token === undefined ? undefined : renewedToken(secret, token);
      return renewed === undefined || renewed.notAfter <= clock.now() ? undefined : [peer, renewed];
    }),
  );
  return new Map(found.filter((one) => one !== undefined));
}

/** An operator that was away for so long may be gone for good; its tokens last much longer. */
const awayMs = 3_600_000;

/** Whether an operator leads, or led a short while ago. */
export async function isRenewing(
  home: KubeClient,
  { clock, signal }: Pick<TokenQuestion, 'clock' | 'signal'>,
): Promise<boolean> {
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    namespace: systemNamespace,
    name: operatorLease,
  };
  const found = await home.get(lease, { signal });
  const renewed = found === undefined ? undefined : renewedAt(found);
  return renewed !== undefined && clock.now() - (home.clockLagMs?.() ?? 0) - renewed < awayMs;
}
