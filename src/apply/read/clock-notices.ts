import type { ClusterName } from '../../api/name.ts';
import type { KubeClient } from '../../kube/client.ts';
import { clockSkew } from '../../pki/authority.ts';
import type { MeshTrust } from '../../trust/resolve.ts';

const minute = 60_000;

/** The clusters whose clocks are so far behind this machine's that certificates made now are of no use there yet. */
export function clockNotices(clients: Iterable<readonly [ClusterName, KubeClient]>): MeshTrust['notices'] {
  return [...clients].flatMap(([cluster, client]) => {
    const lag = client.clockLagMs?.();
    if (lag === undefined || lag <= clockSkew) return [];
    const behind = `its API server's clock is ${Math.round(lag / minute)} minutes behind this machine's`;
    const until = `certificates that are made now begin ${clockSkew / minute} minutes ago, so that they are refused there until its clock has caught up`;
    return [{ cluster, message: `${behind}: ${until}; compare both with a time server` }];
  });
}
