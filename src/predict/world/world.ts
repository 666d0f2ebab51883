import { oncePer } from '../../base/memo.ts';
import { viewBuilder } from '../../discovery/registry/view.ts';
import type { IstiodView } from '../../discovery/values/model.ts';
import type { IstiodSettings, Snapshot } from '../../discovery/values/snapshot.ts';
import { alikeViews } from './alike.ts';

/**
 * The mesh that questions are asked of: that of a snapshot, or one in which parts are gone. Everything that a question
 * needs besides the caller is here; `request/` follows requests through it, `scenario/` changes it.
 */
export interface World {
  readonly snapshot: Snapshot;
  /** The view that the proxies of a cluster have their configuration from: that of the istiod which serves it, or the last one before they lost it. */
  viewFor(cluster: string): IstiodView | undefined;
  /** A view that says the same about one host; of istiods with equal configuration the view of one serves for all. */
  viewAbout(cluster: string, host: string): IstiodView | undefined;
  /** `CLUSTER IP` of pods that are gone while some proxies still have their endpoints. */
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
