import { encodeBase64Text } from '../../base/base64.ts';
import { labelled } from '../../install/account.ts';
import { identityAnnotation } from '../../istio/remote-secret.ts';
import { type TokenMark, tokenAnnotations } from '../../istio/renewed-token.ts';
import type { KubeObject } from '../../objects/object.ts';
import { systemNamespace } from '../../objects/ownership.ts';

/** As long as an operator's own token lasts, in seconds: long enough for one that was away to come back. */
export const accessTokenSeconds = 30 * 24 * 3600;

export interface GrantedKubeconfig {
  readonly kubeconfig: string;
  /** The UID of the cluster's namespace kube-system. */
  readonly identity: string | undefined;
  readonly mark?: TokenMark | undefined;
}

/** The Secret that the operator finds by the name of the MeshCluster. */
export function grantedSecret(cluster: string, { kubeconfig, identity, mark }: GrantedKubeconfig): KubeObject {
  const annotations = {
    ...(identity === undefined ? {} : { [identityAnnotation]: identity }),
    ...(mark === undefined ? {} : tokenAnnotations(mark)),
  };
  return labelled({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: cluster,
      namespace: systemNamespace,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    type: 'Opaque',
    data: { kubeconfig: encodeBase64Text(kubeconfig) },
  });
}
