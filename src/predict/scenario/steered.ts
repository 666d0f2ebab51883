import { oncePer } from '../../base/memo.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import { groupOf, type KubeObject } from '../../objects/object.ts';
import type { World } from '../world/world.ts';
import { withPut } from './change.ts';

/**
 * The mesh in which every istiod reads these rules too: the same as its snapshot with the rules in each config cluster, but
 * what was found of clusters, services and endpoints is kept, so that one service is answered at once. For kinds of which
 * istiod takes nothing but configuration: DestinationRule and VirtualService.
 */
export function steeredWorld(before: World, rules: readonly KubeObject[]): World {
  const byKind = Map.groupBy(rules, ({ apiVersion, kind }) => `${groupOf(apiVersion)}/${kind}`);
  const steered = oncePer((view: IstiodView) =>
    view.reconfigured((objects, kind) => withPut(objects, byKind.get(kind) ?? [])),
  );
  const orNone = (view: IstiodView | undefined): IstiodView | undefined => view && steered(view);
  return {
    ...before,
    viewFor: (cluster) => orNone(before.viewFor(cluster)),
    viewAbout: (cluster, host) => orNone(before.viewAbout(cluster, host)),
  };
}
