import { decodeBase64Text } from '../../base/base64.ts';
import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import { textAt } from '../../base/json.ts';
import { readHealth } from '../../fleet/identity.ts';
import { openedKubeconfig, readAccessKey } from '../../fleet/kept-kubeconfig.ts';
import { installManager } from '../../install/names.ts';
import { accessIn, identityAnnotation, kubeconfigText, type RemoteAccess } from '../../istio/remote-secret.ts';
import { tokenDueAt, tokenEndingFrom, tokenMark } from '../../istio/renewed-token.ts';
import { accessOfContext } from '../../kube/access/context.ts';
import { parseKubeconfig } from '../../kube/access/kubeconfig.ts';
import type { KubeClient } from '../../kube/client.ts';
import { connect } from '../../kube/connect.ts';
import { requestToken } from '../../kube/token-request.ts';
import type { KubeObject, ObjectRef } from '../../objects/object.ts';
import { managedByLabel, managedByValue, operatorName, systemNamespace } from '../../objects/ownership.ts';
import { isWrapped, wrap } from '../../pki/wrapping.ts';
import type { RenewedPeer } from '../home-session.ts';
import type { EnginePorts } from '../ports.ts';
import { accessTokenSeconds, grantedSecret } from './granted-kubeconfig.ts';

export interface AccessRenewal {
  readonly cluster: string;
  /** The Secret in the home cluster with the kubeconfig. */
  readonly secret: string;
  readonly home: KubeClient;
  /** The cluster itself, reached with the token in use. */
  readonly client: KubeClient;
  /** Throws where this process may not write any longer. */
  readonly fence: () => void;
  /** What was asked for by annotation. */
  readonly asked: string | undefined;
  readonly ports: EnginePorts;
  readonly signal: AbortSignal;
}

/**
 * Renews the operator's own token for a cluster where a grant made it and half of its life is over. The new one is tried before it is
 * stored; the old one is valid until its own end. A Secret that someone else made is left to them.
 */
export async function renewAccess(renewal: AccessRenewal): Promise<RenewedPeer> {
  const { cluster, secret: name, home, client, asked, ports, signal } = renewal;
  const found = await readGranted(renewal);
  if (found === undefined) return { peer: cluster, outcome: 'Left' };
  const { secret, access } = found;
  const mark = tokenMark(secret);
  const dueAt = tokenDueAt(access.token);
  const isAsked = asked !== undefined && asked !== mark?.asked;
  const now = ports.clock.now() - (client.clockLagMs?.() ?? 0);
  const end = { notAfter: mark?.notAfter, endingFrom: tokenEndingFrom(access.token) };
  if (!isAsked && now < dueAt) return { peer: cluster, outcome: 'Current', dueAt, ...end };
  try {
    const account = { namespace: systemNamespace, account: operatorName, seconds: accessTokenSeconds, signal };
    const { token, notAfter: end } = await requestToken(client, account);
    const kubeconfig = kubeconfigText({ ...access, token });
    const identity = secret.metadata.annotations?.[identityAnnotation];
    await tryOut(kubeconfig, identity, renewal);
    const key = await readAccessKey(home, signal);
    if (key === undefined) throw new IsthmusError('invalid-kubeconfig', 'the key to the kubeconfigs is gone');
    const notAfter = Math.floor(Date.parse(end) / 1000) * 1000;
    const kept = await wrap(ports.crypto, key, kubeconfig, 'Kubeconfig');
    const stored = grantedSecret(name, { kubeconfig: kept, identity, mark: { notAfter, asked: asked ?? mark?.asked } });
    renewal.fence();
    await home.apply(stored, { fieldManager: installManager, conflicts: 'Force', signal });
    return {
      peer: cluster,
      outcome: 'Renewed',
      dueAt: tokenDueAt(token),
      notAfter,
      endingFrom: tokenEndingFrom(token),
    };
  } catch (thrown) {
    signal.throwIfAborted();
    return { peer: cluster, outcome: 'Failed', ...end, why: asIsthmusError(thrown).message };
  }
}

interface Granted {
  readonly secret: KubeObject;
  readonly access: RemoteAccess;
}

/** A Secret that a grant wrote, and what is in it. */
async function readGranted({
  cluster,
  secret: name,
  home,
  ports,
  signal,
}: AccessRenewal): Promise<Granted | undefined> {
  const ref: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace: systemNamespace, name };
  const secret = await home.get(ref, { signal });
  if (secret?.metadata.labels?.[managedByLabel] !== managedByValue) return undefined;
  const text = decodeBase64Text(textAt(secret.data, ['kubeconfig']) ?? '') ?? '';
  if (!isWrapped(text, 'Kubeconfig')) return undefined;
  const opened = await openedKubeconfig(text, { crypto: ports.crypto, home, where: `the Secret ${name}` });
  const access = accessIn(opened, cluster) ?? accessIn(opened, name);
  return access === undefined ? undefined : { secret, access };
}

/** A kubeconfig that leads elsewhere, or is refused, must not take the place of one that works. */
async function tryOut(
  text: string,
  identity: string | undefined,
  { cluster, ports, signal }: AccessRenewal,
): Promise<void> {
  const config = parseKubeconfig(text, { name: 'a new kubeconfig', policy: 'TextOnly' });
  await using client = await connect(accessOfContext(config, cluster), { ...ports, cluster });
  const health = await readHealth(client, { signal });
  if (identity === undefined || health.identity === undefined || health.identity === identity) return;
  throw new IsthmusError('cluster-identity-conflict', `the server of ${cluster} is another cluster now`, { cluster });
}
