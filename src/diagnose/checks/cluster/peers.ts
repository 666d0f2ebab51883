import type { Evidence, Finding } from '../../../base/finding.ts';
import { isUnauthorized } from '../../../base/refused-credential.ts';
import { remedy, run, set } from '../../../base/remedy.ts';
import { type Reading, seen } from '../../facts/reading.ts';
import type { ClusterFacts, PeerStatus } from '../../facts/status.ts';

/** What keeps the istiod of a cluster from knowing the services of its peers. */
export function peerFindings(
  { cluster, peers }: Pick<ClusterFacts, 'cluster' | 'peers'>,
  { at }: Reading,
): readonly Finding[] {
  return peers.flatMap((peer) => {
    const found = peerFinding(cluster, peer, at);
    return found === undefined ? [] : [{ category: 'Discovery', cluster, peer: peer.peer, ...found } satisfies Finding];
  });
}

function peerFinding(
  cluster: string,
  { peer, configured, state, answers, detail, failure }: PeerStatus,
  at: string,
): Finding | undefined {
  const byIstiod = (fact: string): readonly Evidence[] => seen(fact, `istiod of ${cluster}`, at);
  if (configured === false) {
    return {
      code: 'peer-secret',
      severity: 'error',
      message: `no remote secret for ${peer}`,
      remedy: remedy`make it with ${run('apply')}`,
      fix: [run('apply')],
      evidence: seen(`no Secret in istio-system names ${peer}`, `${cluster}: Secrets of istio-system`, at),
    };
  }
  // Why no istiod was asked is a finding of its own.
  if (state === null) return undefined;
  if (state !== 'synced') {
    return {
      code: 'peer-sync',
      severity: 'error',
      ...syncWords(peer, state, failure),
      evidence: byIstiod(failure ?? `${peer}: ${state}`),
    };
  }
  if (answers === 'Yes') return undefined;
  return {
    code: 'peer-answer',
    severity: answers === 'No' ? 'error' : 'warning',
    ...(answers === 'No' ? {} : { confidence: 'Unknown' }),
    message:
      answers === 'No'
        ? `istiod gets no answer from the API server of ${peer} (${detail}): its endpoints for ${peer} may be stale`
        : `whether istiod still gets an answer from the API server of ${peer} is unknown: ${detail}`,
    remedy:
      answers === 'No'
        ? remedy`check the network from ${cluster} to the API server of ${peer}; where its address is another one for istiod, ${set('spec.peerServer', { kind: 'MeshCluster', name: peer })}`
        : `look again when istiod of ${cluster} can be asked and its log can be read`,
    evidence: byIstiod(`${peer}: ${detail ?? 'no answer'}`),
  };
}

function syncWords(peer: string, state: string, failure: string | undefined): Pick<Finding, 'message' | 'remedy'> {
  const message = `istiod reports ${peer} as ${state}`;
  if (failure === undefined) {
    return {
      message,
      remedy: remedy`look in the log of istiod for why it cannot read ${peer}; ${run('plan')} says whether the remote secret is as declared`,
    };
  }
  if (isUnauthorized(failure)) {
    return {
      message: `${message}: ${peer} answers 401 Unauthorized to the token in Secret istio-system/istio-remote-secret-${peer}`,
      remedy: remedy`${run('apply')} gives the remote secret the token of Secret istio-system/isthmus-reader-token in ${peer}; where it holds that one already, delete that Secret first, and a new token is made`,
    };
  }
  if (failure.includes('x509:')) {
    const authority = set('spec.peerCertificateAuthority', { kind: 'MeshCluster', name: peer });
    return {
      message: `${message}: ${failure}`,
      remedy: remedy`${authority} to the CA of the certificate that istiod finds there, as where something in between ends TLS, then ${run('apply')}; where the address is another one for istiod, ${set('spec.peerServer', { kind: 'MeshCluster', name: peer })}`,
    };
  }
  return {
    message: `${message}: ${failure}`,
    remedy: remedy`check the network from istiod to the API server of ${peer}; where its address is another one for istiod, ${set('spec.peerServer', { kind: 'MeshCluster', name: peer })}`,
  };
}
