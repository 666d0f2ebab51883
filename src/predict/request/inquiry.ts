import { oncePer } from '../../base/memo.ts';
import type { GatewayPassage } from '../../discovery/endpoints/east-west.ts';
import { answer } from '../../discovery/endpoints/query.ts';
import type { EdsAnswer, Query } from '../../discovery/values/answer.ts';
import type { IstiodView, ProxyNode } from '../../discovery/values/model.ts';
import { proxyKey } from '../world/proxy-key.ts';
import type { World } from '../world/world.ts';
import type { Hop } from './delivery.ts';
import type { Leg } from './leg.ts';

export type Ask = (view: IstiodView, proxy: ProxyNode, query: Query) => EdsAnswer;

/** Questions to a world that share what was found for them. */
export interface Inquiry {
  readonly world: World;
  readonly viewFor: (cluster: string) => IstiodView | undefined;
  readonly ask: Ask;
  /** What the gateways at one address do with a server name. */
  readonly passages: Map<string, readonly GatewayPassage[]>;
  /** Where requests to a gateway's address end, by kind of sender. */
  readonly gatewayLegs: Map<string, Leg>;
  /** The ways to pods that take the request, by where it comes from and where they are. */
  readonly direct: Map<string, Leg>;
  /** Where requests lead that a gateway has got, by kind of sender. */
  readonly through: (passage: GatewayPassage) => Map<string, Pick<Leg, 'paths' | 'assumptions'>>;
  /** Where a gateway's answer leads, by kind of sender. */
  readonly behind: (answer: EdsAnswer) => Map<string, Pick<Leg, 'paths' | 'assumptions'>>;
  /** Where the hosts of a caller's answer lead, by the roots of the caller's cluster. */
  readonly hops: (answer: EdsAnswer) => Map<string, readonly Hop[]>;
}

function inquiryOf({ world, viewFor, ask }: Pick<Inquiry, 'world' | 'viewFor' | 'ask'>): Inquiry {
  const views = new Map(world.snapshot.clusters.map(({ cluster }) => [cluster, viewFor(cluster)]));
  return {
    world,
    viewFor: (cluster) => views.get(cluster),
    ask,
    passages: new Map(),
    gatewayLegs: new Map(),
    direct: new Map(),
    through: oncePer(() => new Map()),
    behind: oncePer(() => new Map()),
    hops: oncePer(() => new Map()),
  };
}

/** Questions of any kind, each answered by the istiod that is asked. */
export function inquire(world: World): Inquiry {
  return inquiryOf({ world, viewFor: (cluster) => world.viewFor(cluster), ask: answer });
}

/** Many questions about one host: istiods that tell the same are asked once, and so are proxies that are told the same. */
export function inquireAbout(world: World, host: string, ask: Ask): Inquiry {
  return inquiryOf({ world, viewFor: (cluster) => world.viewAbout(cluster, host), ask });
}

/** Keeps answers by what proxies are told, for as long as it is kept itself. */
export function askOnce(): Ask {
  const byView = new Map<IstiodView, Map<string, EdsAnswer>>();
  return (view, proxy, query) => {
    const known = byView.get(view) ?? new Map<string, EdsAnswer>();
    byView.set(view, known);
    const { host, port, subset, mode, ejected = [] } = query;
    const key = `${mode} ${host} ${port} ${subset} ${[...ejected].join()} ${proxyKey(view, proxy, host)}`;
    const found = known.get(key) ?? answer(view, proxy, { ...query, brief: true });
    known.set(key, found);
    return found;
  };
}
