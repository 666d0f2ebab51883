import type { FindingCode } from '../../base/finding.ts';
import { remedy, run } from '../../base/remedy.ts';
import { type CatalogEntry, entry, mended } from './entry.ts';

const byModel =
  'The model of istiod and Envoy follows the request through the configuration that was read; nothing is sent.';

/** What keeps a predicted request from being answered. */
export const traceEntries = {
  'ambient-not-modelled': entry(
    'echo: the proxy is managed by istio.io-mesh-controller: a part of an ambient mesh',
    'The answer needs the rules of an ambient mesh (ztunnel, waypoints), which the prediction does not know and does not guess.',
    byModel,
    'Send the request itself to see what becomes of it',
  ),
  'answered-by-proxy': entry(
    'VirtualService shop/reviews redirects the request itself',
    'A route of a VirtualService redirects the request or answers it, so that it reaches no service.',
    byModel,
    'Give the route a destination, if that is not meant',
  ),
  'certificate-not-known': entry(
    'west has had its root certificate only since 2026-11-29T12:00:00Z, and proxies that started before may still hold certificates of another root (shop/reviews-1): which ones accept each other is not known',
    'The root that istiod gives out in a cluster has changed, and a proxy on the way started before that. It keeps the certificate of before until it renews it, at most for its lifetime (24 hours by default); proxies that hold certificates of different roots refuse each other.',
    'The API server records when the ConfigMap `istio-ca-root-cert` was written, and when each proxy started. No proxy is asked.',
    'Let `isthmus trust` show what istiod signs with and which certificates proxies really hold; where that is as it should be, restart the pods that have run since before',
  ),
  'endpoints-unread': entry(
    'The istiod of the caller reads east, which was not read (https://198.51.100.7:6443 refuses connections): what it has of reviews.shop.svc.cluster.local:80, and how many requests go there, is not known',
    "The caller's istiod watches a cluster that this command could not read, or that the mesh file does not declare. Its endpoints may get any share of the requests. The same holds of a cluster that was read, where istiod could not be asked whether it has synced it.",
    byModel,
    'Read that cluster as well, or send the request itself',
  ),
  'host-not-served': mended(
    'Gateway istio-system/cross-network-gateway',
    entry(
      'Service istio-system/eastwest of cluster east: no server names reviews.shop.svc.cluster.local, only istio-system/cross-network (*.example.com)',
      'The east-west gateway of the other network passes TLS through on the port, but no server of its Gateways names the host.',
      byModel,
      'Add the host to the server, as `*.local` for all services',
    ),
  ),
  'name-not-resolved': entry(
    'The DNS of west is asked, and it does not know details.shop.svc.cluster.local',
    "The application's name resolves in neither the DNS of its cluster nor its sidecar: Kubernetes knows only Services of the own cluster.",
    byModel,
    "Create a Service of that name in the caller's cluster, or let sidecars answer DNS (`ISTIO_META_DNS_CAPTURE`)",
  ),
  'no-common-root': entry(
    'west and east have no root certificate in common, so that mutual TLS between them fails',
    'Caller and server hold certificates of roots that the other side does not trust, so that mutual TLS between them fails.',
    byModel,
    remedy`See with ${run('trust')} which cluster has certificates of another root, and what to do`,
  ),
  'no-dns-hosts': entry(
    'api.example.com is resolved by DNS, and none of its endpoints is for the client, so that istiod makes no cluster',
    'Envoy would find the hosts of the ServiceEntry by DNS, and none of its endpoints is for the caller, so that istiod makes no cluster.',
    byModel,
    'Add an endpoint that the caller may use',
  ),
  'no-endpoint': mended(
    'Secret istio-system/istio-remote-secret-east',
    entry(
      "reviews.shop.svc.cluster.local:80 has no endpoint that the caller's sidecar may use",
      'istiod knows the service and has no endpoint of it for the caller. The trace lists those that are left out, each with its reason.',
      byModel,
      'Bring up pods, or correct what leaves the existing ones out ([every reason](concepts/prediction.md#why-an-endpoint-is-left-out))',
    ),
  ),
  'no-filter-chain': entry(
    'Service istio-system/eastwest of cluster east: istiod of cluster east knows no service details.shop.svc.cluster.local in any cluster that it reads',
    "The gateway's istiod makes no cluster for the server name of the connection, and the gateway resets it: it does not know the service, the port or the subset.",
    byModel,
    'Make the service known to that istiod, with the same port and subset',
  ),
  'no-gateway-pod': mended(
    'Deployment istio-system/istio-eastwestgateway',
    entry(
      "Service istio-system/eastwest of cluster east selects no pod with a gateway's istio-proxy container",
      "No running pod with a gateway's proxy is behind the Service whose address istiod gives as the way into the network.",
      byModel,
      "Bring up the gateway's pods, or correct the selector of its Service",
    ),
  ),
  'no-healthy-endpoint': entry(
    'The gateway istio-system/eastwest of east has no healthy endpoint for the request',
    'The request reaches the gateway of the other network, which has no healthy endpoint to pass it on to. The caller cannot see that, since a gateway carries no health of what is behind it.',
    byModel,
    'Bring up ready pods there',
  ),
  'no-istiod': entry(
    'No istiod of the snapshot serves cluster north: its proxies are not configured',
    'No istiod serves the cluster of the caller or of a gateway on the way, as far as the clusters or the snapshot tell.',
    byModel,
    'Bring up its istiod, or include the cluster that it runs in',
  ),
  'no-match': entry(
    'No http route of VirtualService shop/reviews matches the request (GET /): Envoy answers 404',
    'A VirtualService is for the host, and none of its routes takes the request. Envoy answers 404, or closes the connection.',
    byModel,
    'Add a route that matches, or one without conditions as the last',
  ),
  'no-mtls-at-server': entry(
    'Pod shop/reviews-1 of east has no sidecar to end mutual TLS',
    'The caller uses mutual TLS, and the server has no sidecar to end it, or a PeerAuthentication with mode DISABLE.',
    byModel,
    'Add the sidecar to the server, or allow mutual TLS in its PeerAuthentication',
  ),
  'no-passthrough-server': mended(
    'Gateway istio-system/cross-network-gateway',
    entry(
      'No Gateway of cluster east with a server in tls.mode AUTO_PASSTHROUGH selects the proxy',
      'No Gateway with a server in `tls.mode: AUTO_PASSTHROUGH` selects the gateway, so that its istiod gives it no clusters for server names.',
      byModel,
      remedy`Create such a Gateway; ${run('apply')} makes that of a gateway of the mesh`,
    ),
  ),
  'no-server': mended(
    'Gateway istio-system/cross-network-gateway',
    entry(
      'Service istio-system/eastwest of cluster east: no Gateway of cluster east has a server in tls.mode AUTO_PASSTHROUGH on its port 15443',
      "The gateway's pods run, and no Gateway object makes them listen on the port of the connection.",
      byModel,
      "Create a Gateway with that server for the gateway's labels",
    ),
  ),
  'no-such-port': entry(
    'Service shop/reviews of cluster west has no port 9080 for TCP, only 80 (http)',
    'The service has no TCP port of that number. Where several clusters have the Service, the ports are those of the one that istiod read first.',
    byModel,
    'Use a port that it has, or add the port to the Service of every cluster',
  ),
  'none-healthy': entry(
    "reviews.shop.svc.cluster.local:80 has endpoints, but none is healthy, that the caller's sidecar may use",
    'istiod sends endpoints, and none of them is ready.',
    byModel,
    'Bring the pods back to ready',
  ),
  'not-eds': entry(
    "db.shop.svc.cluster.local is headless or without resolution, or its load balancer is PASSTHROUGH; its cluster is ORIGINAL_DST for a sidecar: Envoy finds the hosts without istiod's endpoints",
    "Envoy finds the hosts without istiod's endpoints: a headless service, a name that it resolves by DNS, or a load balancer that passes through.",
    byModel,
    'Send the request itself to see what becomes of it',
  ),
  'not-exported': entry(
    'reviews.shop.svc.cluster.local of namespace shop (exportTo .) is not exported to namespace web',
    "The service's exportTo leaves out the caller's namespace.",
    byModel,
    'Export it to the namespace',
  ),
  'not-in-sidecar-scope': entry(
    'No host of spec.egress of Sidecar shop/default imports ratings.data.svc.cluster.local',
    'The Sidecar that holds for the caller does not import the host.',
    byModel,
    'Add the host to `spec.egress`',
  ),
  'objects-unread': entry(
    'Objects that decide about requests could not be read: AuthorizationPolicy of east (you may not list authorizationpolicies)',
    'Kinds of objects that istiod goes by could not be read, so what they say of the request is not known.',
    'API servers refused to list them; the message quotes the first refusal.',
    'Have the right to list these kinds granted in that cluster, and ask again',
  ),
  'other-network': mended(
    'Service istio-system/istio-eastwestgateway',
    entry(
      'Requests from network us are sent to 10.2.0.1:8080 in network eu itself, because istiod has no gateway to take there (Service istio-system/istio-eastwestgateway of east has no address yet), and nothing says that pods of the two networks reach each other',
      "istiod knows no gateway of the endpoint's network that it can use, and then sends the pod's own address. Pods of another network are taken not to be reached unless somebody says so.",
      byModel,
      'Mend what takes the gateway away: its label, address, port, namespace or host name. Where the networks are connected after all, say so with `--connected NETWORK-NETWORK`',
    ),
  ),
  'passed-through': entry(
    'istiod of cluster west knows no service www.example.com in any cluster that it reads: by outboundTrafficPolicy ALLOW_ANY the sidecar passes it on to the address that the application has, past the mesh',
    'No service of the mesh takes the request, and the sidecar passes it on to the address that the application has for the name. What is there is not modelled.',
    byModel,
    'Create a Service or ServiceEntry of that name if the mesh is to take it; send the request itself to see what becomes of it',
  ),
  'pod-gone': entry(
    'The pod of 10.2.0.1:8080 in east is gone, and the proxy has not heard of it',
    "The caller's proxy still has the endpoint of a pod that is gone, because its istiod no longer tells it.",
    byModel,
    'Bring the istiod back',
  ),
  'policy-denies': entry(
    'Pod shop/reviews-1 of east is asked by cluster.local/ns/shop/sa/client: AuthorizationPolicy shop/deny-all (action ALLOW) lets other requests in only (policies of east)',
    "An AuthorizationPolicy of the server's cluster denies the request: one with action DENY is for it, or there are ones with action ALLOW and none is.",
    byModel,
    'Add a rule for the caller, or correct the selector, if the request is to be let in',
  ),
  'policy-not-decided': entry(
    'Pod shop/reviews-1 of east is asked by cluster.local/ns/shop/sa/client: whether AuthorizationPolicy shop/jwt lets it in depends on request.auth.claims[iss] (policies of east)',
    'An AuthorizationPolicy is for the server, and whether it lets the request in depends on what the question does not say: tokens, IP addresses, values of headers, an external authorizer.',
    byModel,
    'Send the request itself to see what becomes of it',
  ),
  'route-not-modelled': entry(
    'HTTPRoute shop/reviews bears on reviews.shop.svc.cluster.local, and routes of the Gateway API are not modelled',
    'A route of the Gateway API (HTTPRoute, GRPCRoute, TLSRoute, TCPRoute) has the service as its parent. Such routes are not modelled.',
    byModel,
    'Send the request itself to see what becomes of it',
  ),
  'router-not-modelled': entry(
    'Gateways route by their Gateway servers, which is not modelled',
    "The caller is a gateway, which routes by its Gateway's servers. That is not modelled.",
    byModel,
    'Trace from a pod with a sidecar',
  ),
  'strict-refuses-plaintext': entry(
    'Pod shop/reviews-1 of east takes mutual TLS only (PeerAuthentication shop/default of east), and the client sends plaintext',
    'The server takes mutual TLS only, and the caller sends plaintext.',
    byModel,
    'Let the caller use mutual TLS, or set mode PERMISSIVE for the port',
  ),
  'subset-missing': entry(
    'DestinationRule shop/reviews has no subset v3, so that there is no cluster for subset v3',
    'A route sends the request to a subset that no DestinationRule for the caller has.',
    byModel,
    'Add the subset, or take it out of the route',
  ),
  'too-many-gateways': mended(
    'Deployment istio-system/istio-eastwestgateway',
    entry(
      '2.2.2.2:15443 is the gateway after 3 others: gateways send each other the request (is REQUESTED_NETWORK_VIEW missing at them?)',
      "Gateways send the request to each other's networks again and again.",
      byModel,
      'Set `ISTIO_META_REQUESTED_NETWORK_VIEW` of each east-west gateway to its own network',
    ),
  ),
  'unknown-host': entry(
    'istiod of cluster west knows no service nobody.shop.svc.cluster.local in any cluster that it reads',
    "The caller's istiod knows no service of the name in any cluster that it reads.",
    byModel,
    'Create the Service, correct the name, or connect the cluster that has it',
  ),
  'unknown-sni': entry(
    'The server name api.example.com is not of the form outbound_.port_.subset_.host',
    'A connection reaches a gateway with a server name that istiod makes no clusters for.',
    byModel,
    'Use mutual TLS of the mesh; a DestinationRule must not set another server name for the host',
  ),
} as const satisfies Partial<Record<FindingCode, CatalogEntry>>;
