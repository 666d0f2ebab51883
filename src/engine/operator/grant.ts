import { apiGroup } from '../../api/crd.ts';
import { clusterName } from '../../api/name.ts';
import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import { textAt } from '../../base/json.ts';
import { openContext } from '../../fleet/fleet.ts';
import { readHealth } from '../../fleet/identity.ts';
import { accessKeyRef, readAccessKey } from '../../fleet/kept-kubeconfig.ts';
import { labelled, operatorAccount } from '../../install/account.ts';
import { peerAccess } from '../../istio/peer-access.ts';
import { kubeconfigText, type RemoteAccess } from '../../istio/remote-secret.ts';
import type { KubeClient } from '../../kube/client.ts';
import { requestToken } from '../../kube/token-request.ts';
import type { KubeObject } from '../../objects/object.ts';
import { operatorName, systemNamespace } from '../../objects/ownership.ts';
import type { WebCrypto } from '../../pki/environment.ts';
import { createWrappingKey, type WrappingKey, wrap } from '../../pki/wrapping.ts';
import type { OperatorChange } from '../../report/operator.ts';
import { signalOf } from '../limits.ts';
import { unverifiedError } from '../open-clusters.ts';
import type { EnginePorts } from '../ports.ts';
import { addressElsewhere } from './address-elsewhere.ts';
import { changeReport, changesOf } from './change-report.ts';
import { accessTokenSeconds, grantedSecret } from './granted-kubeconfig.ts';
import type { GrantOptions } from './options.ts';
import { type Placement, placeObjects, planObjects } from './place-objects.ts';

/**
 * Makes the operator's account in a cluster, with its rights and no other, and the Secret with its kubeconfig in the home
 * cluster, encrypted. Where no home cluster is named the Secret is given back in clear: whoever holds it has the rights of the account.
 */
export async function grantOperator(options: GrantOptions, ports: EnginePorts): Promise<OperatorChange> {
  const { context, home, until = 'Done' } = options;
  const signal = signalOf(ports);
  const name = nameOf(options);
  await using remote = await openContext(context, ports);
  await using hub = home === undefined ? undefined : await openContext(home, ports);
  const identity = await identityOf(remote, hub, signal);
  for (const client of [remote, hub]) requireVerified(client, options);
  addressElsewhere(remote, options.server);
  const planned = await planObjects(remote, operatorAccount('Remote', options.emptying), signal);
  const base = { operation: 'Grant', cluster: name } as const;
  const own = changesOf(context, planned);
  // What the home cluster has of another owner is found before anything is written.
  const empty = grantedSecret(name, { kubeconfig: '', identity });
  const key = hub === undefined ? undefined : await accessKey(hub, { crypto: ports.crypto, signal });
  const foreseen = hub === undefined || key === undefined ? [] : await planHome(hub, [key.object, empty], signal);
  if (until === 'Plan') {
    return changeReport({ ...base, outcome: 'Planned', changes: [...own, ...changesOf(home ?? '', foreseen)] });
  }
  await placeObjects(remote, planned, signal);
  const { kubeconfig, notAfter } = await mintKubeconfig(remote, name, { options, signal });
  if (hub === undefined || key === undefined) {
    const secret = grantedSecret(name, { kubeconfig, identity });
    return changeReport({ ...base, outcome: 'Done', changes: own, secret, notAfter });
  }
  const wrapping = await storeKey(hub, { ...key, foreseen }, signal);
  const kept = await wrap(ports.crypto, wrapping, kubeconfig, 'Kubeconfig');
  await placeObjects(hub, await planHome(hub, [grantedSecret(name, { kubeconfig: kept, identity })], signal), signal);
  return changeReport({ ...base, outcome: 'Done', changes: [...own, ...changesOf(home ?? '', foreseen)], notAfter });
}

/** The key as the home cluster keeps it: where another grant made one in the meantime, that one. */
async function storeKey(
  hub: KubeClient,
  { key, object, isStored, foreseen }: AccessKey & { readonly foreseen: readonly Placement[] },
  signal: AbortSignal,
): Promise<WrappingKey> {
  if (isStored) return key;
  await placeObjects(
    hub,
    foreseen.filter(({ object: { kind } }) => kind === 'Namespace'),
    signal,
  );
  try {
    await hub.create(object, { signal });
    return key;
  } catch (thrown) {
    const other = asIsthmusError(thrown).code === 'conflict' ? await readAccessKey(hub, signal) : undefined;
    if (other === undefined) throw thrown;
    return other;
  }
}

interface AccessKey {
  readonly key: WrappingKey;
  /** It was read; another grant may have stored its own since a new one was made. */
  readonly isStored: boolean;
  readonly object: KubeObject;
}

/** The key in the home cluster to the kubeconfigs there, or a new one. */
async function accessKey(
  hub: KubeClient,
  { crypto, signal }: { readonly crypto: WebCrypto; readonly signal: AbortSignal },
): Promise<AccessKey> {
  const kind = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  const definition = await hub.get({ ...kind, name: `wrappingkeys.${apiGroup}` }, { signal });
  if (definition === undefined) {
    throw new IsthmusError('not-found', `${hub.cluster} does not know the kinds of Isthmus`, {
      cluster: hub.cluster,
      remedy: 'install the operator there first',
    });
  }
  const stored = await readAccessKey(hub, signal);
  const key = stored ?? createWrappingKey(crypto);
  const { apiVersion, name, namespace = '' } = accessKeyRef;
  const object = { apiVersion, kind: accessKeyRef.kind, metadata: { name, namespace }, spec: { key: key.toPem() } };
  return { key, isStored: stored !== undefined, object: labelled(object) };
}

function nameOf({ context, name = context }: GrantOptions): string {
  const parsed = clusterName.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new IsthmusError(
    'usage',
    `"${name}" cannot be the name of a MeshCluster: it ${parsed.error.issues[0]?.message}`,
    {
      remedy: 'name the MeshCluster that the context leads to',
    },
  );
}

/** Who the remote cluster is; throws where it is the home cluster itself, in which the operator has its own account. */
async function identityOf(
  remote: KubeClient,
  hub: KubeClient | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [own, other] = await Promise.all([
    readHealth(remote, { signal }),
    hub === undefined ? undefined : readHealth(hub, { signal }),
  ]);
  if (own.identity === undefined || own.identity !== other?.identity) return own.identity;
  throw new IsthmusError('cluster-identity-conflict', `${remote.cluster} is the home cluster itself`, {
    cluster: remote.cluster,
    remedy: 'nothing has to be granted there: the operator works in its own cluster with the account of its pod',
  });
}

function requireVerified(client: KubeClient | undefined, { allowInsecureTls }: GrantOptions): void {
  if (client?.verification !== 'Skipped' || allowInsecureTls === true) return;
  throw unverifiedError({ name: client.cluster, client });
}

interface Minted {
  readonly kubeconfig: string;
  /** When its token ends, RFC 3339. */
  readonly notAfter: string;
}

/**
 * A kubeconfig with a token that no object of the cluster holds: the Secret of a token would be listed by every peer's istiod
 * (TokenRequest, https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/).
 */
async function mintKubeconfig(
  remote: KubeClient,
  cluster: string,
  { options, signal }: { readonly options: GrantOptions; readonly signal: AbortSignal },
): Promise<Minted> {
  const request = { namespace: systemNamespace, account: operatorName, seconds: accessTokenSeconds, signal };
  const { token, notAfter } = await requestToken(remote, request);
  const way = peerAccess({ peerServer: options.server }, remote, await authorityOf(remote, signal));
  const access: RemoteAccess = { cluster, ...way, token };
  return { kubeconfig: kubeconfigText(access), notAfter };
}

/** The certificate authority that the cluster gives its own pods, else the one of the kubeconfig. */
async function authorityOf(remote: KubeClient, signal: AbortSignal): Promise<string> {
  const published = await remote.get(
    { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'kube-root-ca.crt' },
    { signal },
  );
  const authority = textAt(published, ['data', 'ca.crt']) ?? remote.certificateAuthority;
  if (authority !== undefined) return authority;
  throw new IsthmusError('not-found', `${remote.cluster} does not say by which certificate it is known`, {
    cluster: remote.cluster,
    remedy: 'give certificate-authority-data in the kubeconfig',
  });
}

async function planHome(hub: KubeClient, objects: readonly KubeObject[], signal: AbortSignal) {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } };
  return await planObjects(hub, [namespace, ...objects], signal);
}
