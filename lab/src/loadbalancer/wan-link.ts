import { z } from 'zod';
import { inNamespace } from '../network/namespaces.ts';
import { run } from '../process/run.ts';

/** A load balancer's address whose traffic is passed to a Service's cluster IP. */
export interface Translation {
  readonly address: string;
  readonly clusterIp: string;
}

/** A cluster's end of the WAN. */
export interface WanLink {
  /** Every IPv4 address that the link has. */
  addresses(): Promise<readonly string[]>;
  add(address: string): Promise<void>;
  remove(address: string): Promise<void>;
  /** Makes these, and no others, the translated addresses. */
  translate(translations: readonly Translation[]): Promise<void>;
}

const addressesSchema = z.array(z.object({ addr_info: z.array(z.object({ local: z.string() })) }));

const limits = { timeoutMs: 5_000 };

/** The WAN interface inside a cluster's network namespace. */
export function wanLink(namespace: string, device = 'wan0'): WanLink {
  const ip = async (...args: readonly string[]): Promise<string> => {
    const [program, ...rest] = inNamespace(namespace, ['ip', ...args]);
    return await run(program, rest, limits);
  };
  return {
    addresses: async () => {
      const links = addressesSchema.parse(JSON.parse(await ip('-json', '-4', 'address', 'show', 'dev', device)));
      return links.flatMap((link) => link.addr_info.map((info) => info.local));
    },
    add: async (address) => void (await ip('address', 'replace', `${address}/32`, 'dev', device)),
    remove: async (address) => void (await ip('address', 'delete', `${address}/32`, 'dev', device)),
    translate: async (translations) => {
      const [program, ...rest] = inNamespace(namespace, ['nft', '-f', '-']);
      await run(program, rest, { ...limits, input: translationRules(device, translations) });
    },
  };
}

/**
 * kube-proxy serves the addresses that a Service's status names. One whose status holds a host name only is led to its
 * cluster IP here: rewritten before connections are tracked, and back after the last address translation, so that
 * kube-proxy's own translation sees an ordinary cluster IP. From outside the cluster only: within it, answers from a
 * cluster IP belong to calls of that cluster IP.
 */
export function translationRules(device: string, translations: readonly Translation[]): string {
  const there = translations.map((t) => `iifname "${device}" ip daddr ${t.address} ip daddr set ${t.clusterIp}`);
  const back = translations.map((t) => `oifname "${device}" ip saddr ${t.clusterIp} ip saddr set ${t.address}`);
  const chain = (name: string, hook: string, rules: readonly string[]): string =>
    [`  chain ${name} {`, `    type filter hook ${hook};`, ...rules.map((rule) => `    ${rule}`), '  }'].join('\n');
  return `table ip isthmus_lab_lb
delete table ip isthmus_lab_lb
table ip isthmus_lab_lb {
${chain('there', 'prerouting priority -350', there)}
${chain('back', 'postrouting priority 350', back)}
}
`;
}
