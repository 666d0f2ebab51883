import { Gauge, type Registry } from 'prom-client';
import { isUnauthorized, refusedCredential } from '../base/refused-credential.ts';
import type { RenewedPeer } from '../engine/home-session.ts';
import type { ClusterStatus, PeerStatus } from '../report/status.ts';

/** Who reaches a cluster with a token. */
export type CredentialHolder = 'operator' | `istiod of ${string}`;

/** What looks at the clusters say of peers and credentials. */
export interface PeerMetrics {
  looked(this: void, status: ClusterStatus): void;
  /** How many differences between what its istiod holds of a peer and what the peer holds stand; undefined where that is not known. */
  differing(this: void, cluster: string, peer: string, count: number | undefined): void;
  /** When the tokens of a holder end. */
  renewed(this: void, holder: CredentialHolder, found: readonly RenewedPeer[]): void;
}

export function createPeerMetrics(registry: Registry): PeerMetrics {
  const registers = [registry];
  const answers = new Gauge({
    name: 'isthmus_peer_answers',
    help: "1 where the istiod of a cluster gets an answer from a peer's API server, 0 where not; nothing where unknown",
    labelNames: ['cluster', 'peer'],
    registers,
  });
  const refused = new Gauge({
    name: 'isthmus_credential_refused',
    help: "1 where the API server of a cluster refuses the credential of its holder: the operator, or a cluster's istiod",
    labelNames: ['cluster', 'holder'],
    registers,
  });
  const ends = new Gauge({
    name: 'isthmus_credential_not_after_seconds',
    help: 'When the token with which its holder reads a cluster ends, in seconds since the epoch',
    labelNames: ['cluster', 'holder'],
    registers,
  });
  const differences = new Gauge({
    name: 'isthmus_endpoint_differences',
    help: 'Endpoints of a peer that the istiod of a cluster holds and that are gone, or that it lacks; nothing where unknown',
    labelNames: ['cluster', 'peer'],
    registers,
  });
  return {
    differing(cluster, peer, count) {
      if (count === undefined) differences.remove({ cluster, peer });
      else differences.set({ cluster, peer }, count);
    },
    renewed(holder, found) {
      for (const { peer: cluster, notAfter } of found) {
        if (notAfter === undefined) ends.remove({ cluster, holder });
        else ends.set({ cluster, holder }, notAfter / 1000);
      }
    },
    looked(status) {
      const { cluster } = status;
      const isRefused = !status.reachable && status.error.code === 'authentication-failed';
      refused.set({ cluster, holder: 'operator' }, isRefused ? 1 : 0);
      if (!status.reachable) return;
      for (const one of status.peers) {
        tellAnswer(answers, cluster, one);
        refused.set({ cluster: one.peer, holder: `istiod of ${cluster}` }, isRefusedPeer(one) ? 1 : 0);
      }
    },
  };
}

function tellAnswer(answers: Gauge<'cluster' | 'peer'>, cluster: string, { peer, answers: word }: PeerStatus): void {
  if (word === 'Unknown') answers.remove({ cluster, peer });
  else answers.set({ cluster, peer }, word === 'Yes' ? 1 : 0);
}

/** The API server of a peer refuses the token of an istiod: one that has read it already, or that cannot. */
export function isRefusedPeer({ answers, detail, failure = '' }: PeerStatus): boolean {
  return (answers === 'No' && detail === refusedCredential) || isUnauthorized(failure);
}
