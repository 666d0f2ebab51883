import type { Finding } from '../../../base/finding.ts';
import type { MeshObjects } from '../../facts/mesh-objects.ts';
import { configDiffersFindings } from './config-differs.ts';
import { failoverFindings } from './failover-ejection.ts';
import { failoverPriorityFindings } from './failover-priority.ts';
import { gatewayHostNameFindings } from './gateway-host-name.ts';
import { gatewayLocalOnlyFindings } from './gateway-local-only.ts';
import { headlessElsewhereFindings } from './headless-elsewhere.ts';
import { injectionDiffersFindings } from './injection-differs.ts';
import { istiodWaitsFindings } from './istiod-waits.ts';
import { kubeconfigFolderFindings } from './kubeconfig-folder.ts';
import { localitySettingFindings } from './locality-settings.ts';
import { mtlsNamespaceFindings } from './mtls-namespace.ts';
import { networkNameFindings } from './network-names.ts';
import { outlierLocalityFindings } from './outlier-locality.ts';
import { peerEndpointFindings } from './peer-endpoints.ts';
import { remoteSecretFindings } from './remote-secrets.ts';
import { ruleWithoutMtlsFindings } from './rule-without-mtls.ts';
import { subsetDuplicateFindings } from './subset-duplicate.ts';
import { trustDomainFindings } from './trust-domains.ts';

/** What is checked of the objects of all clusters together, a file for each check. */
const checks: readonly ((mesh: MeshObjects) => readonly Finding[])[] = [
  configDiffersFindings,
  failoverFindings,
  failoverPriorityFindings,
  gatewayHostNameFindings,
  gatewayLocalOnlyFindings,
  headlessElsewhereFindings,
  injectionDiffersFindings,
  istiodWaitsFindings,
  kubeconfigFolderFindings,
  localitySettingFindings,
  mtlsNamespaceFindings,
  networkNameFindings,
  outlierLocalityFindings,
  peerEndpointFindings,
  remoteSecretFindings,
  ruleWithoutMtlsFindings,
  subsetDuplicateFindings,
  trustDomainFindings,
];

/** Everything in what the clusters of a mesh hold that does not work across them. */
export function meshFindings(mesh: MeshObjects): readonly Finding[] {
  return checks.flatMap((check) => check(mesh));
}
