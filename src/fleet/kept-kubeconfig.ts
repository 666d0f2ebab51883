import { apiVersion } from '../api/mesh.ts';
import { wrappingKeyKind } from '../api/wrapping-key.ts';
import { IsthmusError } from '../base/error.ts';
import { textAt } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import { describeRef, type ObjectRef } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';
import type { WebCrypto } from '../pki/environment.ts';
import { isWrapped, parseWrappingKey, unwrap, type WrappingKey } from '../pki/wrapping.ts';

/**
 * The key to the kubeconfigs that Isthmus itself stores in the home cluster. The istiod of every other cluster may list its
 * Secrets, and a kubeconfig in clear would make each of them an administrator of all (docs/adr/0012-the-issuer-key-is-encrypted.md).
 */
export const accessKeyRef: ObjectRef = {
  apiVersion,
  kind: wrappingKeyKind,
  namespace: systemNamespace,
  name: 'isthmus-access',
};

/** The key in a cluster; undefined where there is none, throws `invalid-kubeconfig` where it is none. */
export async function readAccessKey(home: KubeClient, signal?: AbortSignal): Promise<WrappingKey | undefined> {
  const stored = await home.get(accessKeyRef, signal === undefined ? {} : { signal });
  if (stored === undefined) return undefined;
  const key = parseWrappingKey(textAt(stored, ['spec', 'key']) ?? '');
  if (key !== undefined) return key;
  throw new IsthmusError('invalid-kubeconfig', `the ${describeRef(accessKeyRef)} of ${home.cluster} holds no key`, {
    remedy: 'restore it from a backup, or delete it and grant the operator its way into each cluster again',
  });
}

export interface KeptPlace {
  readonly crypto: WebCrypto;
  readonly home: KubeClient;
  /** The Secret, as messages show it. */
  readonly where: string;
}

/** The kubeconfig of a Secret: as it is, or opened where Isthmus encrypted it. */
export async function openedKubeconfig(text: string, { crypto, home, where }: KeptPlace): Promise<string> {
  if (!isWrapped(text, 'Kubeconfig')) return text;
  const key = await readAccessKey(home);
  const opened = key === undefined ? undefined : await unwrap(crypto, key, text, 'Kubeconfig');
  if (opened !== undefined) return opened;
  const why = key === undefined ? 'is not there' : 'is another one';
  throw new IsthmusError(
    'invalid-kubeconfig',
    `the kubeconfig in ${where} is encrypted with the ${describeRef(accessKeyRef)}, which ${why}`,
    { remedy: 'restore the key from a backup, or grant the operator its way into that cluster again' },
  );
}
