import type { Evidence, Finding } from '../../base/finding.ts';
import { remedy, run, set } from '../../base/remedy.ts';
import { type Reading, seen } from '../facts/reading.ts';
import type { ClusterFacts, PeerStatus } from '../facts/status.ts';

/** What keeps the istiod of a cluster from knowing the services of its peers. */
export function peerFindings(
  { cluster, peers }: Pick<ClusterFacts, 'cluster' | 'peers'>,
  { at }: Reading,
): readonly Finding[] {
  return peers.flatMap((peer) => {
    const found = peerFinding(cluster, peer, at);
    return found === undefined ? [] : [{ category: 'Discovery', cluster, ...found } satisfies Finding];
  });
}

function peerFinding(
  cluster: string,
  { peer, configured, state, answers, detail }: PeerStatus,
  at: string,
): Finding | undefined {
  const byIstiod = (fact: string): readonly Evidence[] => seen(fact, `istiod of ${cluster}`, at);
  if (!configured) {
    return {
      code: 'peer-secret',
      severity: 'error',
      message: `no remote secret for ${peer}`,
      remedy: remedy`make it with ${run('apply')}`,
      evidence: seen(`no Secret in istio-system names ${peer}`, `${cluster}: Secrets of istio-system`, at),
    };
  }
  if (state !== 'synced') {
    return {
      code: 'peer-sync',
      severity: 'error',
      message: `istiod reports ${peer} as ${state}`,
      remedy: remedy`look in the log of istiod for why it cannot read ${peer}; ${run('apply')} renews the remote secret`,
      evidence: byIstiod(`${peer}: ${state}`),
    };
  }
  if (answers === 'Yes') return undefined;
  return {
    code: 'peer-answer',
    severity: answers === 'No' ? 'error' : 'warning',
    message:
      answers === 'No'
        ? `istiod gets no answer from the API server of ${peer} (${detail}): what it knows of ${peer} may be old`
        : `whether istiod still gets an answer from the API server of ${peer} is unknown: ${detail}`,
    remedy: remedy`check the network from ${cluster} to the API server of ${peer}; where its address is another one for istiod, ${set('spec.peerServer', { kind: 'MeshCluster', name: peer })}`,
    evidence: byIstiod(`${peer}: ${detail ?? 'no answer'}`),
  };
}
