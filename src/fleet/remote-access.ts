import { decodeBase64Text } from '../base/base64.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { valueAt } from '../base/json.ts';
import { accessOfContext } from '../kube/access/context.ts';
import { parseKubeconfig } from '../kube/access/kubeconfig.ts';
import type { KubeClient } from '../kube/client.ts';
import { type ConnectPorts, connect } from '../kube/connect.ts';
import { describeRef, type KubeObject, refOf } from '../objects/object.ts';
import { aboutCluster } from './access.ts';

/**
 * Connects to the cluster that a remote secret names, as the istiod that reads the Secret does, with its rights: they are
 * for reading. A kubeconfig that runs a program or reads a file is refused (`invalid-kubeconfig`).
 */
export async function connectByRemoteSecret(
  cluster: string,
  secret: KubeObject,
  ports: ConnectPorts,
): Promise<KubeClient> {
  const where = describeRef(refOf(secret));
  const data = valueAt(secret, ['data', cluster]);
  const text = typeof data === 'string' ? decodeBase64Text(data) : undefined;
  if (text === undefined) {
    throw new IsthmusError('invalid-kubeconfig', `cluster ${cluster}: ${where} has no readable kubeconfig for it`, {
      cluster,
    });
  }
  try {
    const access = accessOfContext(parseKubeconfig(text, { name: where, policy: 'TextOnly' }), cluster);
    return await connect(access, { ...ports, cluster });
  } catch (error) {
    throw aboutCluster(asIsthmusError(error), cluster);
  }
}
