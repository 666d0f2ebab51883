import type { Finding } from '../../../base/finding.ts';
import { kubectl } from '../../../base/remedy.ts';
import type { AdoptionWish } from '../../../istio/adoption.ts';
import { networkLabel } from '../../../istio/names.ts';
import { installationCommand } from './installation.ts';
import { type InstalledFacts, misfit } from './misfit.ts';

/** Cluster, network, mesh and trust domain: what every proxy states of itself. */
export function identityFindings(wish: AdoptionWish, facts: InstalledFacts): readonly Finding[] {
  return [
    ...nameFindings(wish, facts),
    ...networkFindings(wish, facts),
    ...domainFindings(wish, facts),
    ...meshFindings(wish, facts),
    ...labelFindings(wish, facts),
  ];
}

function nameFindings(wish: AdoptionWish, facts: InstalledFacts): readonly Finding[] {
  const { istiod, at } = facts;
  const names = [...new Set([istiod.cluster, istiod.proxies.cluster])].filter((name) => name !== wish.cluster);
  return names.map((name) =>
    misfit('adopt-cluster-name', wish, at, {
      message: `its istiod calls the cluster ${name}, and the mesh calls it ${wish.cluster}`,
      remedy: [installationCommand(wish, facts)],
      source: 'Deployment of istiod and its injection template',
    }),
  );
}

function networkFindings(wish: AdoptionWish, facts: InstalledFacts): readonly Finding[] {
  const { istiod, at } = facts;
  const { network } = istiod.proxies;
  if (network === wish.network) return [];
  return [
    misfit('adopt-network', wish, at, {
      message: `its proxies are ${network === '' ? 'in no network' : `in network ${network}`}, and the mesh has the cluster in ${wish.network}`,
      remedy: [installationCommand(wish, facts)],
      source: 'injection template of istiod',
    }),
  ];
}

function labelFindings(wish: AdoptionWish, { found, at }: InstalledFacts): readonly Finding[] {
  const label = found.networkLabel;
  if (label === undefined || label === wish.network) return [];
  const labelled = ['label', 'namespace', 'istio-system', `${networkLabel}=${wish.network}`, '--overwrite'];
  return [
    misfit('adopt-network', wish, at, {
      message: `namespace istio-system is labelled network ${label}, and the mesh has the cluster in ${wish.network}`,
      remedy: [kubectl('--context', wish.context, ...labelled)],
      source: 'Namespace istio-system',
    }),
  ];
}

function domainFindings(wish: AdoptionWish, facts: InstalledFacts): readonly Finding[] {
  const { istiod, at } = facts;
  if (istiod.trustDomain === wish.trustDomain) return [];
  return [
    misfit('adopt-trust-domain', wish, at, {
      message: `its trust domain is ${istiod.trustDomain}, and the mesh's is ${wish.trustDomain}`,
      remedy: [installationCommand(wish, facts)],
      source: 'mesh configuration of istiod',
      category: 'Trust',
    }),
  ];
}

function meshFindings(wish: AdoptionWish, facts: InstalledFacts): readonly Finding[] {
  const { istiod, at } = facts;
  const { mesh } = istiod.proxies;
  if (mesh === wish.mesh) return [];
  return [
    misfit('adopt-mesh-id', wish, at, {
      severity: 'warning',
      message: `its mesh id is ${mesh === '' ? 'not set' : mesh}, and the mesh is called ${wish.mesh}: traffic is not affected, telemetry tells the two apart (global.meshID sets it)`,
      remedy: [installationCommand(wish, facts)],
      source: 'injection template of istiod',
    }),
  ];
}
