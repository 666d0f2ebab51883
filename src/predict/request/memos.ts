import { oncePer, remember } from '../../base/memo.ts';
import type { GatewayPassage } from '../../discovery/endpoints/east-west.ts';
import type { EdsAnswer, EffectiveEndpoint } from '../../discovery/values/answer.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import { trustKey } from '../world/older-proxies.ts';
import type { Access, Hop, Leg, Sender } from './path.ts';

/** What was found for one question of an inquiry, for later ones whose answer cannot differ. `find` makes what is new. */
export interface Memos {
  /** The passages at a gateway's address, the same for all who send a server name there. */
  passages(endpoint: EffectiveEndpoint, find: () => readonly GatewayPassage[]): readonly GatewayPassage[];
  /** The leg to a gateway, the same for senders of one network and kind. */
  gatewayLeg(endpoint: EffectiveEndpoint, sender: Sender, find: () => Leg): Leg;
  /** The leg to a pod that takes the request, the same for all pods of one network and cluster. */
  podLeg(endpoint: EffectiveEndpoint, sender: Sender, find: () => Leg): Leg;
  /** The leg behind a gateway, the same for senders of one kind wherever they are. */
  behindGateway(passage: GatewayPassage, sender: Sender, find: () => Leg): Leg;
  /** The leg behind all gateways of the same configuration, by the gateways' network and the kind of sender. */
  behindAnswer(answer: EdsAnswer, sender: Sender, find: () => Leg): Leg;
  /** The hops of an answer, the same for callers whose trust is alike and who are let in alike. */
  hops(
    answer: EdsAnswer,
    from: { readonly cluster: string; readonly pod: string; readonly access: Access | undefined },
    find: () => readonly Hop[],
  ): readonly Hop[];
}

export function memosOf(snapshot: Snapshot): Memos {
  const passages = new Map<string, readonly GatewayPassage[]>();
  const gatewayLegs = new Map<string, Leg>();
  const podLegs = new Map<string, Leg>();
  const behindGateways = oncePer((_passage: GatewayPassage) => new Map<string, Leg>());
  const behindAnswers = oncePer((_answer: EdsAnswer) => new Map<string, Leg>());
  const hops = oncePer((_answer: EdsAnswer) => new Map<string, readonly Hop[]>());
  // A server refuses by the sender's mutual TLS, roots and identity, not by where the sender is.
  const kindOf = ({ mtls, gateways, access, ...from }: Sender): string =>
    `${mtls} ${gateways} ${trustKey(snapshot, from)}${access === undefined ? '' : ` ${access.key}`}`;
  return {
    passages: ({ address, cluster, sni }, find) => remember(passages, `${address} ${cluster} ${sni ?? ''}`, find),
    gatewayLeg: ({ address, cluster, network, sni }, sender, find) =>
      remember(gatewayLegs, `${address} ${cluster} ${network} ${sni ?? ''} ${sender.network} ${kindOf(sender)}`, find),
    podLeg: ({ cluster, network }, sender, find) =>
      remember(podLegs, `${sender.network}\n${cluster}\n${network}`, find),
    behindGateway: (passage, sender, find) => remember(behindGateways(passage), kindOf(sender), find),
    behindAnswer: (answer, sender, find) =>
      remember(behindAnswers(answer), `${sender.network} ${kindOf(sender)}`, find),
    hops: (answer, { access, ...from }, find) =>
      remember(hops(answer), `${trustKey(snapshot, from)} ${access?.key ?? ''}`, find),
  };
}
