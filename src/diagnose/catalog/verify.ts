import type { FindingCode } from '../../base/finding.ts';
import { option, remedy, run } from '../../base/remedy.ts';
import { type CatalogEntry, entry, mended } from './entry.ts';

const byRequests = 'Real requests between throw-away pods; the evidence lists what the client and its sidecar saw.';

/** Findings of a check with real requests: the first hop that fails. */
export const verifyEntries = {
  'verify-client-pod': entry(
    'the client pod in west is not ready',
    'The pod that sends the requests was refused, got no sidecar, does not start, or its log cannot be read.',
    'The status of the pod and its log, through the API server.',
    remedy`See what the pod waits for: an image that is made from the source has to be loaded into the nodes (docs/image.md); ${option('probeImage')} names another one, and ${option('timeout')} gives slow pulls more time`,
  ),
  'verify-client-proxy': entry(
    'the sidecar of the client in west does not become ready',
    "The client's sidecar does not become ready, or does not say where it sent the requests.",
    'The client asks its own sidecar.',
    'Look at istiod and at the log of container istio-proxy: the sidecar waits for certificate and configuration',
  ),
  'verify-cluster': entry(
    'east was not tested',
    "A cluster's API server does not answer or refuses the objects of the probes. It is not tested, so nothing is known of it.",
    'The answer to creating the namespace of the run.',
    remedy`See which clusters answer with ${run('status')}; the account needs the right to create namespaces with pods, Services and a Role`,
  ),
  'verify-connect': entry(
    'pods of west cannot open a TCP connection to the east-west gateway of east',
    'No TCP connection to the gateway or to the pod comes about: a firewall, a load balancer, or routes.',
    'The client dials each endpoint itself, past its sidecar; or Envoy reports a failed connection.',
    "Make the gateway's address reachable from the nodes of the caller's cluster, usually on port 15443; in one network, route pod addresses between the clusters",
  ),
  'verify-discovery': entry(
    'istiod in west knows no endpoint of east that this sidecar may use',
    "The caller's sidecar has no endpoint there: no remote secret, an istiod that does not reach the other cluster, or no gateway address.",
    'The endpoints that the sidecar itself holds.',
    remedy`See with ${run('status')} whether the cluster reads its peer and whether the peer has a gateway address, and what mends it`,
  ),
  'verify-dns': entry(
    "the service's name does not resolve in west",
    'The name of the service does not resolve where the request is sent.',
    'A lookup from the client pod.',
    "Check that CoreDNS runs and answers pods; DNS is per cluster, so a service needs a Service object in the caller's cluster too",
  ),
  'verify-gateway': entry(
    'the east-west gateway of east takes the connection and passes it on to no pod: it has no TLS passthrough server for the service, or no healthy endpoint behind it',
    'The gateway accepts the connection, and no server shows a certificate.',
    'The client dials the gateway itself, past its sidecar. That the gateway is the cause is inferred.',
    "See that the Gateway object which exposes the services (port 15443, AUTO_PASSTHROUGH) exists there, that the gateway's pods carry the label topology.istio.io/network of their cluster (in another network they send the request to themselves), and that no load balancer in between ends TLS",
  ),
  'verify-identity': entry(
    'the request arrives as plaintext: the server sees no client certificate',
    'An answer comes from another identity or cluster than declared, or the request arrived as plaintext.',
    'The server reports the certificates that its sidecar saw (`x-forwarded-client-cert`).',
    'Look for a PeerAuthentication or DestinationRule that disables mutual TLS, and compare trust domains and cluster ids',
  ),
  'verify-network': mended(
    'Namespace istio-system',
    entry(
      "west has the pod's own address instead of a gateway of network eu: istiod in west takes the pods of east for its own network's, or knows no gateway there",
      "The endpoint is a pod's address where it must be a gateway's, or the reverse.",
      'The endpoints that the sidecar itself holds.',
      remedy`Compare the label \`topology.istio.io/network\` of istio-system, of the gateway Service and of the pods with the mesh file; ${run('apply')} sets it`,
    ),
  ),
  'verify-pods': entry(
    'the pods in east were created without a sidecar',
    'The cluster takes the namespace of the probes, but refuses their pods or gives them no sidecar.',
    'The pods as the API server stored them.',
    'Compare the MutatingWebhookConfigurations with the Istio revision; Pod Security or a quota may refuse pods',
  ),
  'verify-policy': entry(
    'an authorization policy in east denies the request',
    'The server side answers 403: an AuthorizationPolicy denies the request.',
    byRequests,
    "Allow GET from the probes' own namespace in the AuthorizationPolicies of the root namespace",
  ),
  'verify-server': entry(
    'requests reach no working server in east: HTTP 503',
    "The server's side answers with an error, or its answers do not arrive.",
    byRequests,
    "Look at the server pod's sidecar and at PeerAuthentications and DestinationRules that change TLS; where the handshake works and nothing follows, compare the MTU along the path",
  ),
  'verify-server-pod': entry(
    'the server pod in east is not ready',
    'The pod that answers the requests was refused, got no sidecar, or does not start.',
    'The status of the pod.',
    remedy`See what the pod waits for: an image that is made from the source has to be loaded into the nodes (docs/image.md); ${option('probeImage')} names another one, and ${option('timeout')} gives slow pulls more time`,
  ),
  'verify-share': entry(
    'east gets 3 % of the requests from west; at least 12.5 % were expected of an even split',
    'Requests are answered, but a cluster gets too few of them.',
    'The answers are counted by cluster.',
    'Compare the weights of the endpoints in the evidence, and look for locality weights (`localityLbSetting.distribute`) in mesh config and DestinationRules',
  ),
  'verify-trust': entry(
    "west and east do not accept each other's certificates: their roots differ, a chain is incomplete or a certificate has expired",
    'The certificates are not accepted, or another identity answers than must.',
    "Envoy's words for a failed handshake, or the certificate that the far side shows when it is dialled.",
    remedy`Compare the roots with ${run('trust')}; where istiod started before its Secret \`cacerts\` existed, restart istiod, then the workloads`,
  ),
} as const satisfies Partial<Record<FindingCode, CatalogEntry>>;
