import type { Oracle } from '../../lab/src/oracle/oracle.ts';
import type { Snapshot } from '../../src/discovery/values/snapshot.ts';
import { eventually } from '../support/eventually.ts';
import { plainEndpoints, plainIstiod, plainObjects, plainProxy, webCluster } from './plain-mesh.ts';

/** What is in the clusters besides west: pods, and the address of the gateway. */
type Others = Readonly<Record<string, readonly [pods: number, gateway: string]>>;

function mesh(others: Others): Snapshot {
  const names = Object.keys(others);
  return {
    clusters: [
      { cluster: 'west', objects: plainObjects('us', 1, '203.0.113.1') },
      ...names.map((name) => {
        const [pods, gateway] = others[name] ?? [0, ''];
        return { cluster: name, objects: plainObjects(`of-${name}`, pods, gateway) };
      }),
    ],
    istiods: [plainIstiod('west', names)],
  };
}

/**
 * An istiod whose remote secrets change and whose mesh a cluster leaves: throws where it loses what the others have
 * (istio/istio#60920, #61043) or no longer sees their changes (#60612).
 */
export async function survivesRenewal(oracle: Oracle): Promise<void> {
  const holds = async (wanted: readonly string[]): Promise<void> => {
    const expected = [...wanted].sort().join(', ');
    await eventually(
      async () => {
        const found = plainEndpoints(await oracle.query('west', plainProxy, [webCluster])).join(', ');
        return found === expected ? undefined : `it sends ${found} in place of ${expected}`;
      },
      { timeoutMs: 10_000, everyMs: 100 },
    );
  };
  const own = 'us 10.2.0.1:8080 1';
  await oracle.load(mesh({ east: [2, '203.0.113.2'], south: [3, '203.0.113.3'] }));
  await holds([own, 'of-east 203.0.113.2:15443 2', 'of-south 203.0.113.3:15443 3']);
  await oracle.renewSecrets();
  await holds([own, 'of-east 203.0.113.2:15443 2', 'of-south 203.0.113.3:15443 3']);
  await oracle.load(mesh({ east: [4, '203.0.113.20'], south: [3, '203.0.113.3'] }));
  await holds([own, 'of-east 203.0.113.20:15443 4', 'of-south 203.0.113.3:15443 3']);
  await oracle.renewSecrets();
  await oracle.load(mesh({ east: [4, '203.0.113.20'] }));
  await holds([own, 'of-east 203.0.113.20:15443 4']);
  await oracle.load(mesh({ east: [1, '203.0.113.21'] }));
  await holds([own, 'of-east 203.0.113.21:15443 1']);
}
