import type { Finding } from '../../../base/finding.ts';
import { set } from '../../../base/remedy.ts';
import type { AdoptionWish, InstalledIstio, InstalledIstiod } from '../../../istio/adoption.ts';
import { skewedIstiods } from '../../../istio/skew.ts';
import { gatewayFindings } from './gateways.ts';
import { identityFindings } from './identity.ts';
import { misfit } from './misfit.ts';
import { secretFindings, settingFindings } from './settings.ts';
import { signingFindings } from './signing.ts';

/**
 * Everything that keeps an Istio that is there from being part of the mesh; no error means that it fits. `at` is when
 * it was read, in RFC 3339.
 */
export function adoptionFindings(wish: AdoptionWish, found: InstalledIstio, at: string): readonly Finding[] {
  const istiod = found.istiods.find(({ revision }) => revision === wish.revision);
  const choice = revisionFinding(wish, found.istiods, at);
  if (istiod === undefined || choice !== undefined) return [choice ?? missingIstiod(wish, at)];
  if (istiod.isOurs) {
    return [
      misfit('adopt-installed-here', wish, at, {
        message: 'its istiod was installed by Isthmus',
        remedy: `remove renderer: Installed from MeshCluster ${wish.cluster} or from the Mesh`,
        source: 'Deployment of istiod',
      }),
    ];
  }
  return [
    ...versionFindings(wish, istiod, at),
    ...identityFindings(wish, { found, istiod, at }),
    ...settingFindings(wish, { found, istiod, at }),
    ...signingFindings(wish, { found, istiod, at }),
    ...gatewayFindings(wish, found, at),
    ...secretFindings(wish, found, at),
  ];
}

function missingIstiod(wish: AdoptionWish, at: string): Finding {
  const which = wish.revision === 'default' ? '' : ` of revision ${wish.revision}`;
  return misfit('adopt-istiod-missing', wish, at, {
    message: `there is no istiod${which} in istio-system (context ${wish.context})`,
    remedy: 'install Istio there, or remove renderer: Installed so that Isthmus does',
    source: 'Deployments of istio-system',
  });
}

function revisionFinding(wish: AdoptionWish, istiods: readonly InstalledIstiod[], at: string): Finding | undefined {
  const { revision, revisionIsChosen, cluster } = wish;
  const names = istiods.map((istiod) => istiod.revision).toSorted();
  const isThere = names.includes(revision);
  if (names.length === 0 || (isThere && (names.length === 1 || revisionIsChosen))) return undefined;
  const wanted = isThere ? 'the mesh file does not say which one counts' : `the mesh wants revision ${revision}`;
  const value = names.length === 1 && names[0] !== undefined ? names[0] : 'one of them';
  return misfit('adopt-revision', wish, at, {
    message: `its istiods are of ${names.length === 1 ? 'revision' : 'the revisions'} ${names.join(' and ')}, and ${wanted}`,
    remedy: [set('spec.istio.revision', { kind: 'MeshCluster', name: cluster }, value)],
    source: 'Deployments of istio-system',
  });
}

function versionFindings(wish: AdoptionWish, { revision, version }: InstalledIstiod, at: string): readonly Finding[] {
  return skewedIstiods(wish.version, [{ cluster: wish.cluster, revision, version }]).map((one) =>
    misfit('adopt-version', wish, at, {
      message: `${one.name} is version ${one.version}, which is more than one minor version from ${wish.version}`,
      remedy: `upgrade it as it was installed, through ${one.between}, or change spec.istio.version of the Mesh`,
      source: 'Deployment of istiod',
    }),
  );
}
