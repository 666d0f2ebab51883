import type { Finding } from '../../../base/finding.ts';
import type { MeshObjects } from '../../facts/mesh-objects.ts';
import { seen } from '../../facts/reading.ts';

const variable = 'PILOT_MULTICLUSTER_KUBECONFIG_PATH';

/** An istiod that takes kubeconfigs from a folder passes remote secrets over (pkg/kube/multicluster/secretcontroller.go). */
export function kubeconfigFolderFindings({ istiods, remoteSecrets, readAt }: MeshObjects): readonly Finding[] {
  return istiods.flatMap(({ cluster, flags = {} }): readonly Finding[] => {
    const folder = flags[variable] ?? '';
    const secrets = remoteSecrets.filter((secret) => secret.cluster === cluster).map(({ name }) => name);
    if (folder === '' || secrets.length === 0) return [];
    return [
      {
        code: 'kubeconfig-folder',
        severity: 'error',
        category: 'Discovery',
        cluster,
        message: `istiod takes kubeconfigs from the folder ${folder} and passes the remote secrets over (${secrets.toSorted().join(', ')})`,
        remedy: `take ${variable} out of the environment of istiod, or delete the remote secrets where the folder has all clusters`,
        evidence: seen(`${variable} is ${folder}`, `${cluster}: Deployment of istiod`, readAt),
      },
    ];
  });
}
