/** The gRPC method by which proxies get their configuration (envoy/service/discovery/v3/ads.proto). */
export const discoveryMethod = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources';

/** The header that says in which cluster a caller's token is to be reviewed (security/pkg/server/ca/authenticate/kubeauth/kube_jwt.go). */
export const clusterHeader = 'clusterid';

/** gRPC's status of a call whose credential is not accepted, and those of a server that is busy or not ready yet. */
export const unauthenticated = 16;
export const busy: readonly number[] = [8, 14];

/**
 * How the last review of a token ended in `cluster`, from what istiod logs of it (pkg/security/authentication.go).
 * Undefined where the log has nothing of one.
 */
export function lastReview(log: string, cluster: string): Review | undefined {
  const name = cluster.replaceAll(/[^\w-]/g, '\\$&');
  // Quotation marks are escaped where istiod logs JSON.
  const reviews = log.matchAll(
    new RegExp(`failed to validate the JWT from cluster \\\\?"${name}\\\\?": ([^\\n;]*)`, 'g'),
  );
  const said = [...reviews].at(-1)?.[1];
  if (said === undefined) return undefined;
  // net/url, Error: the method and the address stand before a failure of the connection, and only then.
  const [, unreachable] = /^Post \\?"[^"]*": (.*?)"?\}?\r?$/.exec(said) ?? [];
  if (unreachable !== undefined) return { outcome: 'NotReached', detail: unreachable };
  return { outcome: /^Unauthorized\b/.test(said) ? 'Refused' : 'Reached', detail: said };
}

/** `Refused`: the API server does not accept the credential of istiod itself. */
export interface Review {
  readonly outcome: 'Reached' | 'Refused' | 'NotReached';
  readonly detail: string;
}
