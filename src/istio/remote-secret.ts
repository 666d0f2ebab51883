import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { decodeBase64Text, encodeBase64Text } from '../base/base64.ts';
import { isJsonObject, textAt } from '../base/json.ts';
import { yamlStyle } from '../base/yaml-style.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import type { KubeObject, ObjectRef } from '../objects/object.ts';
import { istiodKubeconfigKey, istiodKubeconfigSecret } from './hosted.ts';
import { hostedNamespace, istioNamespace } from './names.ts';
import { claimsOf, type TokenMark, tokenAnnotations } from './renewed-token.ts';

export const clusterAnnotation = 'networking.istio.io/cluster';
/** The UID of the namespace kube-system of the cluster that the Secret leads to: by it a context is noticed that leads elsewhere. */
export const identityAnnotation = 'isthmus.dev/cluster-uid';

export function remoteSecretName(cluster: string): string {
  return `istio-remote-secret-${cluster}`;
}

/** The remote secret of a cluster, in every cluster that reads it. */
export function remoteSecretRef(cluster: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Secret', namespace: istioNamespace, name: remoteSecretName(cluster) };
}

export interface RemoteAccess {
  /** The name that the mesh gives the cluster; its proxies must state the same one. */
  readonly cluster: string;
  /** The API server as the reading istiod reaches it. */
  readonly server: string;
  /** PEM text. */
  readonly certificateAuthority: string;
  readonly token: string;
  /** The UID of its namespace kube-system, where it is known. */
  readonly identity?: string | undefined;
  /** Where the token is one that an operator renews. */
  readonly renewed?: TokenMark | undefined;
}

/**
 * The Secret that makes an istiod read another cluster, in the form of `istioctl create-remote-secret`
 * (istioctl/pkg/multicluster/remote_secret.go). Equal arguments give equal bytes: istiod reconnects whenever the
 * kubeconfig differs from the one it has.
 */
export function remoteSecret(access: RemoteAccess): KubeObject {
  const { cluster, identity, renewed } = access;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: remoteSecretName(cluster),
      namespace: istioNamespace,
      labels: { [multiClusterLabel]: 'true' },
      annotations: {
        [clusterAnnotation]: cluster,
        ...(identity === undefined ? {} : { [identityAnnotation]: identity }),
        ...(renewed === undefined ? {} : tokenAnnotations(renewed)),
      },
    },
    type: 'Opaque',
    data: { [cluster]: encodeBase64Text(kubeconfigText(access)) },
  };
}

/** Where that of a cluster is, in its hub. */
export function istiodKubeconfigRef(cluster: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Secret', namespace: hostedNamespace(cluster), name: istiodKubeconfigSecret };
}

/** The Secret in the hub from which the istiod of another cluster takes the way to that cluster. */
export function istiodKubeconfig(access: RemoteAccess): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: istiodKubeconfigSecret, namespace: hostedNamespace(access.cluster) },
    type: 'Opaque',
    data: { [istiodKubeconfigKey]: encodeBase64Text(kubeconfigText(access)) },
  };
}

/** A kubeconfig with that one context. */
export function kubeconfigText({ cluster, server, certificateAuthority, token }: RemoteAccess): string {
  const authority = encodeBase64Text(certificateAuthority);
  const kubeconfig = {
    apiVersion: 'v1',
    clusters: [{ cluster: { 'certificate-authority-data': authority, server }, name: cluster }],
    contexts: [{ context: { cluster, user: cluster }, name: cluster }],
    'current-context': cluster,
    kind: 'Config',
    users: [{ name: cluster, user: { token } }],
  };
  return stringify(kubeconfig, { ...yamlStyle, lineWidth: 0 });
}

/** The way and the credential in a remote secret that Isthmus wrote; undefined for any other. */
export function remoteAccess(secret: KubeObject, cluster: string): RemoteAccess | undefined {
  const found = accessIn(decodeBase64Text(textAt(secret.data, [cluster]) ?? '') ?? '', cluster);
  return found === undefined ? undefined : { ...found, identity: secret.metadata.annotations?.[identityAnnotation] };
}

/** What `kubeconfigText` made a text of; undefined for any other text. */
export function accessIn(text: string, cluster: string): RemoteAccess | undefined {
  const kubeconfig = parsedKubeconfig(text);
  const target = kubeconfig?.clusters.find(({ name }) => name === cluster)?.cluster;
  const token = kubeconfig?.users.find(({ name }) => name === cluster)?.user?.token;
  const authority = decodeBase64Text(target?.['certificate-authority-data'] ?? '');
  if (target === undefined || token === undefined || authority === undefined) return undefined;
  return { cluster, server: target.server, certificateAuthority: authority, token };
}

function parsedKubeconfig(text: string): z.output<typeof kubeconfigSchema> | undefined {
  try {
    return kubeconfigSchema.safeParse(parse(text, { prettyErrors: false, logLevel: 'error' })).data;
  } catch {
    return undefined;
  }
}

/** One cluster that a remote secret names, without anything secret. */
export type RemoteCluster =
  | {
      readonly cluster: string;
      readonly readable: true;
      readonly server: string;
      readonly hasAuthority: boolean;
      /** `Token`: a bearer token. `Other`: a certificate, a program or anything else. `None`: istiod would be anonymous. */
      readonly credential: 'Token' | 'Other' | 'None';
      /** When the token ends, in milliseconds since the epoch; undefined where it does not or cannot be read. */
      readonly expires: number | undefined;
    }
  | {
      readonly cluster: string;
      readonly readable: false;
      /** Why, in words that quote nothing of the content. */
      readonly problem: string;
    };

const kubeconfigSchema = z.looseObject({
  'current-context': z.string(),
  clusters: z.array(
    z.looseObject({
      name: z.string(),
      cluster: z.looseObject({ server: z.string().min(1), 'certificate-authority-data': z.string().optional() }),
    }),
  ),
  contexts: z.array(
    z.looseObject({ name: z.string(), context: z.looseObject({ cluster: z.string(), user: z.string() }) }),
  ),
  users: z.array(z.looseObject({ name: z.string(), user: z.looseObject({ token: z.string().optional() }).nullish() })),
});

/**
 * The clusters that a remote secret names; istiod takes every key of its data as one. Nothing of the kubeconfigs but
 * the server's URL is in the result.
 */
export function parseRemoteSecret(secret: KubeObject): readonly RemoteCluster[] {
  if (!isJsonObject(secret.data)) return [];
  return Object.entries(secret.data).map(([cluster, value]) => {
    const text = typeof value === 'string' ? decodeBase64Text(value) : undefined;
    return text === undefined
      ? { cluster, readable: false, problem: 'the value is not base64 text' }
      : remoteCluster(cluster, text);
  });
}

function remoteCluster(cluster: string, text: string): RemoteCluster {
  const unreadable = (problem: string): RemoteCluster => ({ cluster, readable: false, problem });
  let content: unknown;
  try {
    // A warning would go to standard error past us, with a piece of the text.
    content = parse(text, { prettyErrors: false, logLevel: 'error' });
  } catch {
    return unreadable('the kubeconfig is not YAML');
  }
  const parsed = kubeconfigSchema.safeParse(content);
  if (!parsed.success) return unreadable(`the kubeconfig has no usable ${parsed.error.issues[0]?.path.join('.')}`);
  const kubeconfig = parsed.data;
  const context = kubeconfig.contexts.find(({ name }) => name === kubeconfig['current-context'])?.context;
  if (context === undefined) return unreadable('the current context of the kubeconfig does not exist');
  const target = kubeconfig.clusters.find(({ name }) => name === context.cluster)?.cluster;
  if (target === undefined) return unreadable('the cluster of the current context does not exist in the kubeconfig');
  const user = kubeconfig.users.find(({ name }) => name === context.user)?.user ?? {};
  return {
    cluster,
    readable: true,
    server: target.server,
    hasAuthority: target['certificate-authority-data'] !== undefined,
    credential: credentialOf(user),
    expires: user.token === undefined ? undefined : claimsOf(user.token)?.notAfter,
  };
}

function credentialOf(user: { readonly token?: string | undefined }): 'Token' | 'Other' | 'None' {
  if (user.token !== undefined && user.token !== '') return 'Token';
  return Object.keys(user).length > 0 ? 'Other' : 'None';
}
