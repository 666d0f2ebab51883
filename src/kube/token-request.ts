import { IsthmusError } from '../base/error.ts';
import { textAt } from '../base/json.ts';
import type { KubeClient } from './client.ts';

export interface TokenRequest {
  readonly namespace: string;
  /** The account that the token is of. */
  readonly account: string;
  /** How long it is to last; an API server may give less (`--service-account-max-token-expiration`). */
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export interface MintedToken {
  readonly token: string;
  /** When it ends, RFC 3339. */
  readonly notAfter: string;
}

/**
 * A token that no object of the cluster holds, and that ends
 * (https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/).
 */
export async function requestToken(client: KubeClient, request: TokenRequest): Promise<MintedToken> {
  const { namespace, account, seconds, signal } = request;
  const answer = await client.raw({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: seconds },
    },
    signal,
  });
  const token = textAt(answer, ['status', 'token']);
  const notAfter = textAt(answer, ['status', 'expirationTimestamp']);
  if (token !== undefined && notAfter !== undefined) return { token, notAfter };
  throw new IsthmusError('unexpected-response', `${client.server} gave no token for the account ${account}`, {
    cluster: client.cluster,
    remedy: 'check that the server address in the kubeconfig is that of an API server',
  });
}
