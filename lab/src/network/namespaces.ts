import { run } from '../process/run.ts';
import { hostLinkName, namespaceName } from '../state/paths.ts';
import { type ClusterAddresses, clusterAddresses, wanAddresses } from './addresses.ts';

export interface NetworkMember {
  readonly name: string;
  readonly network: string;
  readonly index: number;
}

/** What the network of a lab is made from. */
export interface NetworkPlan {
  readonly lab: string;
  readonly labIndex: number;
  readonly clusters: readonly NetworkMember[];
}

/** The link of a cluster on the WAN's bridge, inside the WAN's namespace. */
export function wanPort(cluster: { readonly index: number }): string {
  return `c${cluster.index}`;
}

/** One cluster, its addresses, and those it shares a network with. */
export interface Site {
  readonly cluster: NetworkMember;
  readonly addresses: ClusterAddresses;
  readonly neighbours: readonly ClusterAddresses[];
}

/** Every cluster of the plan with its addresses and its neighbours. */
export function sites(plan: NetworkPlan): Site[] {
  return plan.clusters.map((cluster) => ({
    cluster,
    addresses: clusterAddresses(plan.labIndex, cluster.index),
    neighbours: plan.clusters
      .filter((other) => other.network === cluster.network && other.name !== cluster.name)
      .map((other) => clusterAddresses(plan.labIndex, other.index)),
  }));
}

/** Commands for `ip -batch` in the WAN's namespace: the bridge, and one port for each cluster and for the host. */
export function wanCommands(plan: NetworkPlan): string[] {
  const ports = plan.clusters.flatMap((cluster) => [
    `link add ${wanPort(cluster)} type veth peer name wan0 netns ${namespaceName(plan.lab, cluster.name)}`,
    `link set ${wanPort(cluster)} master br0 up`,
  ]);
  return [
    'link set lo up',
    'link add br0 type bridge',
    'link set br0 up',
    ...ports,
    `link add host type veth peer name ${hostLinkName(plan.lab)} netns 1`,
    'link set host master br0 up',
  ];
}

/**
 * Without an address of its own a bridge takes the lowest of its ports, another one whenever that pod goes or a lower
 * one comes; the pods then send to the old address for the 5 s until they ask again (delay_first_probe_time).
 */
const bridgeMac = '02:00:00:00:00:01';

/** Commands for `ip -batch` in a cluster's namespace. Only clusters of the same network get a route to its pods. */
export function clusterCommands(site: Site): string[] {
  const { addresses } = site;
  return [
    'link set lo up',
    `address add ${addresses.wan}/24 dev wan0`,
    'link set wan0 up',
    `link add br0 address ${bridgeMac} type bridge`,
    `address add ${addresses.podGateway}/24 dev br0`,
    'link set br0 up',
    ...site.neighbours.map((other) => `route add ${other.podSubnet} via ${other.wan} dev wan0`),
  ];
}

/** Packet rules of a cluster: pods leave for the WAN under the cluster's address, but meet their own network's pods as they are. */
export function clusterRules(site: Site): string {
  const direct = site.neighbours.map((other) => other.podSubnet);
  const exception = direct.length === 0 ? '' : `    ip daddr { ${direct.join(', ')} } return\n`;
  return `table ip isthmus_lab {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
${exception}    oifname "wan0" ip saddr ${site.addresses.podSubnet} masquerade
  }
}
`;
}

async function batch(namespace: string, commands: readonly string[]): Promise<void> {
  await run('ip', ['-n', namespace, '-batch', '-'], { input: `${commands.join('\n')}\n` });
}

/** Runs a command inside a network namespace of the lab, with the machine's own file systems in view. */
export function inNamespace(namespace: string, command: readonly string[]): readonly [string, ...string[]] {
  // Not `ip netns exec`: that remounts /sys and hides the control groups.
  return ['nsenter', `--net=/run/netns/${namespace}`, '--', ...command];
}

/** Makes the WAN, one namespace for each cluster, and the addresses, routes and packet rules in them. */
export async function buildNetwork(plan: NetworkPlan): Promise<void> {
  const wan = namespaceName(plan.lab);
  await run('ip', ['netns', 'add', wan]);
  for (const cluster of plan.clusters) await run('ip', ['netns', 'add', namespaceName(plan.lab, cluster.name)]);
  await batch(wan, wanCommands(plan));
  const link = hostLinkName(plan.lab);
  await run('ip', ['-batch', '-'], {
    input: `address add ${wanAddresses(plan.labIndex).host}/24 dev ${link}\nlink set ${link} up\n`,
  });
  await Promise.all(
    sites(plan).map(async (site) => {
      const namespace = namespaceName(plan.lab, site.cluster.name);
      await batch(namespace, clusterCommands(site));
      const [program, ...args] = inNamespace(namespace, [
        'sh',
        '-c',
        'echo 1 > /proc/sys/net/ipv4/ip_forward; exec nft -f -',
      ]);
      await run(program, args, { input: clusterRules(site) });
    }),
  );
}
