import { join } from 'node:path';
import { IsthmusError } from '../../../src/base/error.ts';
import { clusterSite } from '../cluster/site.ts';
import { endProcess, startBackground } from '../process/background.ts';
import { type RunResult, run, tryRun } from '../process/run.ts';
import { namespaceName } from '../state/paths.ts';
import type { ClusterState, LabState } from '../state/schema.ts';
import { clusterAddresses } from './addresses.ts';
import { inNamespace, wanPort } from './namespaces.ts';

/**
 * The packet rules of the WAN's bridge that cut pairs of clusters off from each other, whole table.
 * ARP passes, so that a cut looks like a dead line (packets vanish) and not like a missing machine.
 */
export function cutRules(state: Pick<LabState, 'clusters' | 'cuts'>): string {
  const port = (name: string): string =>
    wanPort(state.clusters.find((cluster) => cluster.name === name) ?? { index: 0 });
  const drops = state.cuts.flatMap(([a, b]) => [
    `    ether type != arp iifname "${port(a)}" oifname "${port(b)}" drop`,
    `    ether type != arp iifname "${port(b)}" oifname "${port(a)}" drop`,
  ]);
  return `table bridge isthmus_lab
delete table bridge isthmus_lab
table bridge isthmus_lab {
  chain forward {
    type filter hook forward priority filter; policy accept;
${drops.join('\n')}
  }
}
`;
}

/** Makes the WAN drop exactly the traffic between the pairs in `state.cuts`, in one step. */
export async function applyCuts(state: LabState): Promise<void> {
  const [program, ...args] = inNamespace(namespaceName(state.name), ['nft', '-f', '-']);
  await run(program, args, { input: cutRules(state) });
}

/** One direction of a delayed pair: packets of `from` to `to` wait in a queue of `from`'s namespace. */
interface DelayedPath {
  readonly from: ClusterState;
  readonly to: ClusterState;
  readonly ms: number;
}

function delayedPaths(state: Pick<LabState, 'clusters' | 'delays'>): DelayedPath[] {
  const named = (name: string): ClusterState[] => state.clusters.filter((cluster) => cluster.name === name);
  return state.delays.flatMap(({ clusters: [a, b], ms }) =>
    named(a).flatMap((first) =>
      named(b).flatMap((second) => [
        { from: first, to: second, ms },
        { from: second, to: first, ms },
      ]),
    ),
  );
}

/** Input for `iptables-restore` in a cluster: packets to a delayed cluster's addresses go through that cluster's queue. */
export function delayRules(state: Pick<LabState, 'index' | 'clusters' | 'delays'>, cluster: string): string {
  const rules = delayedPaths(state)
    .filter(({ from }) => from.name === cluster)
    .flatMap(({ to }) => {
      const { wan, podSubnet, loadBalancers } = clusterAddresses(state.index, to.index);
      return [wan, podSubnet, ...loadBalancers].map(
        (address) => `-A ISTHMUS-DELAY -d ${address} -j NFQUEUE --queue-num ${to.index} --queue-bypass`,
      );
    });
  return `*mangle\n:ISTHMUS-DELAY - [0:0]\n${rules.map((rule) => `${rule}\n`).join('')}COMMIT\n`;
}

const jump = ['POSTROUTING', '-o', 'wan0', '-j', 'ISTHMUS-DELAY'];

/**
 * Holds packets back between exactly the pairs in `state.delays` and gives the processes that do it.
 * They are queued by netfilter and let go by our own program: kernels for small machines often lack netem.
 */
export async function applyDelays(state: LabState): Promise<LabState['delayLines']> {
  for (const line of state.delayLines) await endProcess(line, 1_000);
  for (const cluster of state.clusters) await setDelayRules(state, cluster.name);
  return delayedPaths(state).map(({ from, to, ms }) => {
    const site = clusterSite(state, from);
    const id = startBackground({
      command: inNamespace(site.namespace, [join(state.bin, 'delayline'), String(to.index), String(ms)]),
      logFile: join(site.paths.logs, 'delayline.log'),
      group: site.programsGroup,
    });
    return { ...id, cluster: from.name, queue: to.index };
  });
}

async function setDelayRules(state: LabState, cluster: string): Promise<void> {
  const inside = async (words: readonly string[], input = ''): Promise<RunResult> => {
    const [program, ...args] = inNamespace(namespaceName(state.name, cluster), words);
    return await tryRun(program, args, { input });
  };
  const restored = await inside(['iptables-restore', '--noflush'], delayRules(state, cluster));
  if (restored.code !== 0) {
    throw new IsthmusError('internal', `${cluster}: packets cannot be queued: ${restored.stderr.trim()}`, {
      cluster,
      remedy: 'delays need a kernel with netfilter queues (CONFIG_NETFILTER_XT_TARGET_NFQUEUE)',
    });
  }
  if ((await inside(['iptables', '-w', '-t', 'mangle', '-C', ...jump])).code === 0) return;
  await inside(['iptables', '-w', '-t', 'mangle', '-A', ...jump]);
}
