import { oncePer } from '../../base/memo.ts';
import type { IstiodView } from '../values/model.ts';

/** Services of type ExternalName are aliases: what they name has the routes and the clusters. */

const aliases = oncePer((view: IstiodView): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (const [host, services] of view.listed) {
    for (const { aliasOf } of services) if (aliasOf !== undefined) found.set(host, aliasOf);
  }
  return found;
});

/** The host that an alias names; undefined where the host is no alias. */
export function aliasOf(view: IstiodView, host: string): string | undefined {
  return aliases(view).get(host);
}

/**
 * The host that stands at the end of a chain of aliases: the host itself where it is none, undefined where the chain is
 * a circle (pilot/pkg/model/push_context.go, resolveServiceAliases).
 */
export function concreteHost(view: IstiodView, host: string): string | undefined {
  const seen = new Set<string>();
  let at = host;
  for (let next = aliasOf(view, at); next !== undefined; next = aliasOf(view, at)) {
    if (seen.has(at)) return undefined;
    seen.add(at);
    at = next;
  }
  return at;
}
