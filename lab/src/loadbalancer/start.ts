import { homedir } from 'node:os';
import { systemClock } from '../../../src/base/system-clock.ts';
import { accessOfContext } from '../../../src/kube/access/context.ts';
import { loadKubeconfig } from '../../../src/kube/access/kubeconfig.ts';
import { connect } from '../../../src/kube/connect.ts';
import { type BalancedCluster, runLoadBalancers } from './controller.ts';
import { wanLink } from './wan-link.ts';

export interface LabLoadBalancers {
  /** The lab's kubeconfig; its contexts are called like the clusters. */
  readonly kubeconfig: string;
  readonly clusters: readonly {
    readonly name: string;
    /** The cluster's network namespace. */
    readonly namespace: string;
    readonly pool: readonly string[];
  }[];
  readonly hostsFile: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The load balancers of a lab whose API servers may not answer yet. Runs until the signal is aborted. */
export async function runLabLoadBalancers(lab: LabLoadBalancers): Promise<void> {
  const config = await loadKubeconfig({ path: lab.kubeconfig, environment: {}, homeFolder: homedir() });
  const clusters = await Promise.all(
    lab.clusters.map(async ({ name, namespace, pool }): Promise<BalancedCluster> => {
      const client = await connect(accessOfContext(config, name, name), {
        cluster: name,
        environment: {},
        random: Math.random,
        clock: systemClock,
      });
      return { client, link: wanLink(namespace), pool };
    }),
  );
  await runLoadBalancers({ clusters, hostsFile: lab.hostsFile, clock: systemClock, log: lab.log, signal: lab.signal });
}
