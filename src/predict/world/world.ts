import { oncePer } from '../../base/memo.ts';
import { viewBuilder } from '../../discovery/registry/view.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import type { IstiodSettings, Snapshot } from '../../discovery/values/snapshot.ts';
import { alikeViews } from './alike.ts';

/** A mesh as it is, or as it would be. */
export interface World {
  readonly snapshot: Snapshot;
  /** What the proxies of a cluster have been told: the view of the istiod that serves it, or the last one it had. */
  viewFor(cluster: string): IstiodView | undefined;
  /** The same as far as one host is concerned; of istiods that tell the same about it, the view of one stands for all. */
  viewAbout(cluster: string, host: string): IstiodView | undefined;
  /** Pods that are gone though some proxies have not been told: `CLUSTER IP`. */
  readonly removedPods: ReadonlySet<string>;
}

/** The mesh of a snapshot, in which everything that is there works. */
export const worldOf = oncePer((snapshot: Snapshot): World => {
  const build = viewBuilder(snapshot);
  const istiodOf = (cluster: string): IstiodSettings | undefined => servingIstiod(snapshot, cluster);
  return {
    snapshot,
    viewFor: (cluster) => {
      const istiod = istiodOf(cluster);
      return istiod === undefined ? undefined : build(istiod);
    },
    viewAbout: alikeViews(snapshot, istiodOf, build),
    removedPods: new Set(),
  };
});

/** The istiod of the cluster itself where it has one, else the first that serves it. */
function servingIstiod({ istiods }: Snapshot, cluster: string): IstiodSettings | undefined {
  const serving = istiods.filter(({ serves }) => serves.includes(cluster));
  return serving.find((istiod) => istiod.cluster === cluster) ?? serving[0];
}
