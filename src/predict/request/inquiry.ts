import { remember } from '../../base/memo.ts';
import { answer } from '../../discovery/endpoints/query.ts';
import type { HttpFacts } from '../../discovery/rules/access-condition.ts';
import type { EdsAnswer, Query } from '../../discovery/values/answer.ts';
import type { IstiodView, ProxyNode } from '../../discovery/values/model.ts';
import { proxyKey } from '../world/proxy-key.ts';
import type { World } from '../world/world.ts';
import { type Memos, memosOf } from './memos.ts';

export type Ask = (view: IstiodView, proxy: ProxyNode, query: Query) => EdsAnswer;

/** Questions to a world that share what was found for them. */
export interface Inquiry {
  readonly world: World;
  readonly viewFor: (cluster: string) => IstiodView | undefined;
  readonly ask: Ask;
  readonly memos: Memos;
  /** What is known of the requests as HTTP. */
  readonly http: HttpFacts;
}

/** Questions about one request, each answered by the istiod that is asked. */
export function inquire(world: World, http: HttpFacts): Inquiry {
  const viewFor = (cluster: string): IstiodView | undefined => world.viewFor(cluster);
  return { ...inquiryOf(world, viewFor, answer), http };
}

/** Many questions about one host: istiods that tell the same are asked once, and so are proxies of the same configuration. */
export function inquireAbout(
  world: World,
  host: string,
  { ask, http }: { readonly ask: Ask; readonly http: HttpFacts },
): Inquiry {
  return { ...inquiryOf(world, (cluster) => world.viewAbout(cluster, host), ask), http };
}

function inquiryOf(world: World, viewFor: Inquiry['viewFor'], ask: Ask): Omit<Inquiry, 'http'> {
  const views = new Map(world.snapshot.clusters.map(({ cluster }) => [cluster, viewFor(cluster)]));
  return { world, viewFor: (cluster) => views.get(cluster), ask, memos: memosOf(world.snapshot) };
}

/** Asks, and keeps answers for proxies of the same configuration, for as long as it is kept itself. */
export function askOnce(): Ask {
  const byView = new Map<IstiodView, Map<string, EdsAnswer>>();
  return (view, proxy, query) => {
    const { host, port, subset, mode, ejected = [] } = query;
    const key = `${mode} ${host} ${port} ${subset} ${[...ejected].join()} ${proxyKey(view, proxy, host)}`;
    const known = remember(byView, view, () => new Map());
    return remember(known, key, () => answer(view, proxy, { ...query, brief: true }));
  };
}
