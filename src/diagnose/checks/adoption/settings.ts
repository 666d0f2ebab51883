import type { Finding } from '../../../base/finding.ts';
import { canonicalJson } from '../../../base/json.ts';
import { kubectl } from '../../../base/remedy.ts';
import type { AdoptionWish, InstalledIstio } from '../../../istio/adoption.ts';
import { installationCommand } from './installation.ts';
import { type InstalledFacts, misfit } from './misfit.ts';

/** What the mesh needs of its mesh configuration, which is not ours to write. */
export function settingFindings(wish: AdoptionWish, facts: InstalledFacts): readonly Finding[] {
  const { istiod, at } = facts;
  const networks = Object.entries(wish.meshNetworks ?? {}).filter(
    ([network, wanted]) => canonicalJson(istiod.meshNetworks[network]) !== canonicalJson(wanted),
  );
  const given = new Set(istiod.serviceSettings.map(canonicalJson));
  const settings = wish.serviceSettings.filter((wanted) => !given.has(canonicalJson(wanted)));
  const source = 'mesh configuration of istiod';
  const install = [installationCommand(wish, facts)];
  return [
    ...networks.map(([network, wanted]) =>
      misfit('adopt-settings', wish, at, {
        message: `its mesh networks do not say that network ${network} is reached at ${canonicalJson(wanted)}`,
        remedy: install,
        source,
      }),
    ),
    ...settings.map((wanted) =>
      misfit('adopt-settings', wish, at, {
        message: `a MeshService needs serviceSettings that its mesh configuration does not have: ${canonicalJson(wanted)}`,
        remedy: install,
        source,
      }),
    ),
    ...(wish.servesRemotes && !istiod.servesRemotes
      ? [
          misfit('adopt-remotes', wish, at, {
            message: 'its istiod does not serve clusters without an istiod of their own',
            remedy: install,
            source: 'Deployment of istiod',
          }),
        ]
      : []),
  ];
}

/** Remote secrets that name a cluster to which the mesh connects as well. */
export function secretFindings(wish: AdoptionWish, { remoteSecrets }: InstalledIstio, at: string): readonly Finding[] {
  return remoteSecrets.flatMap(({ name, clusters }) => {
    const same = clusters.filter((cluster) => wish.peers.includes(cluster));
    if (same.length === 0) return [];
    return [
      misfit('adopt-remote-secret', wish, at, {
        message: `Secret istio-system/${name} connects it to ${same.join(', ')} already, and istiod would take one of two by chance`,
        remedy: [kubectl('--context', wish.context, '-n', 'istio-system', 'delete', 'secret', name)],
        source: `Secret istio-system/${name}`,
        category: 'Discovery',
      }),
    ];
  });
}
