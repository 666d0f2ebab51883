import type { FindingCode } from '../../base/finding.ts';
import { remedy, run, runOn } from '../../base/remedy.ts';
import { type CatalogEntry, entry, mended } from './entry.ts';

/** Findings about what clusters hold and say: access, control planes, gateways, peers, versions, trust. */
export const clusterEntries = {
  'access-failed': entry(
    'east: there is no context prod-east in /home/ann/.kube/config; there are: prod-west, lab',
    'A cluster could not be connected to: its context is not there, its credentials are refused, or it does not answer. An apply does not begin while this is more than an absence, or concerns every cluster.',
    'The connection to each cluster is tried before a run. The evidence has the code of the error in brackets.',
    'Follow the hint: it depends on what failed',
  ),
  'access-rights': entry(
    'east: ann may not create deployments.apps in istio-system',
    'The account lacks rights that an apply needs in the cluster.',
    "The cluster's own answer to a SelfSubjectAccessReview for each right, before anything is written.",
    remedy`Use a context with these rights, or have them granted: ${runOn('COMMAND', 'rbac')} prints the roles with which a command works`,
  ),
  'cluster-part-unread': entry(
    'west: unknown: its intermediate, its remote secrets: ann may not list secrets in istio-system',
    'Parts of a cluster could not be read, so what depends on them is unknown: that is neither healthy nor broken.',
    'One of the reads was refused or failed; the message has its words.',
    'Have the right granted or the cause repaired, and look again',
  ),
  'cluster-unread': entry(
    'east: nothing is known of it: https://198.51.100.7:6443 refuses connections',
    'A cluster could not be read, so nothing is known of its state. What is unknown is not healthy.',
    'The connection or one of the reads failed; the message says how.',
    'Follow the hint, and look again when the cluster answers',
  ),
  'control-plane-not-ready': mended(
    'Deployment istio-system/istiod',
    entry(
      'west: istiod: 1 of 2 available',
      'The istiod that serves the cluster does not run as its Deployment asks for, or there is none.',
      'The status of the Deployment, by the rules of a finished rollout.',
      remedy`See what its pods wait for; where there is none, make it with ${run('apply')}`,
    ),
  ),
  drift: mended(
    'ConfigMap istio-system/istio',
    entry(
      'west: Deployment istio-system/istiod: spec.replicas changed by kubectl',
      'An object is not as the mesh file declares it: somebody changed or removed fields of it, it is missing, or it is no longer declared.',
      'The same comparison by field managers as in a plan, from the metadata of the objects.',
      remedy`See what would change with ${run('plan')}; ${run('apply')} makes it as declared`,
    ),
  ),
  'drift-unread': entry(
    'west: whether it is as declared is unknown: there is no istioctl in the folders of PATH (/usr/bin)',
    "The cluster could not be compared with the mesh file: Istio's renderer is missing, or a right to read. It is an error where it was compared and the whole does not fit.",
    'The comparison failed; the message says how.',
    'Follow the hint, and look again; the comparison can be left out too',
  ),
  'gateway-address': entry(
    'west: east-west gateway: no address',
    'The Service of the east-west gateway has no address, or a host name that does not resolve, so clusters of other networks cannot send anything to this one.',
    '`status.loadBalancer` of the Service, or the addresses that `spec.gateway` declares.',
    "Look at the Service's events: usually the cluster has no load balancer, or its quota is used up. `spec.gateway` of the MeshCluster has other ways to reach it",
  ),
  'gateway-not-ready': mended(
    'Deployment istio-system/istio-eastwestgateway',
    entry(
      'west: east-west gateway: 1 of 2 available',
      'The east-west gateway does not run as its Deployment asks for, or there is none.',
      'The status of the Deployment, by the rules of a finished rollout.',
      remedy`See what its pods wait for; where there is none, make it with ${run('apply')}`,
    ),
  ),
  'ingress-address': entry(
    'west: ingress gateway: no address',
    'The Service of the ingress gateway has no address, so nothing outside the mesh can send requests to it.',
    '`status.loadBalancer` of the Service `istio-ingressgateway`.',
    "Look at the Service's events: usually the cluster has no load balancer, or its quota is used up",
  ),
  'ingress-not-ready': mended(
    'Deployment istio-system/istio-ingressgateway',
    entry(
      'west: ingress gateway: 1 of 2 available',
      'The ingress gateway that the mesh file declares does not run as its Deployment asks for, or there is none.',
      'The status of the Deployment, by the rules of a finished rollout.',
      remedy`See what its pods wait for; where there is none, make it with ${run('apply')}`,
    ),
  ),
  'home-absent': entry(
    "west: https://198.51.100.7:6443 refuses connections; it is the mesh's home, which keeps the issuer and the lock: without it nothing is applied anywhere",
    'The home cluster does not answer. It keeps the issuer and the lock, so nothing is applied anywhere.',
    'The connection to each cluster is tried before a run.',
    'Bring the home cluster back, or have a context that reaches it',
  ),
  'injection-label': mended(
    'Namespace sample',
    entry(
      'west: namespace sample is not labelled for injection',
      "A namespace of `spec.injectNamespaces` does not exist, or its labels do not choose the cluster's revision: its new pods get no sidecar.",
      'The labels of the namespace, read as the injection webhook reads them.',
      remedy`Label it with ${run('apply')}, then restart its workloads`,
    ),
  ),
  'mesh-differs': entry(
    'west: it holds mesh shop, and the Mesh is called shop2',
    'The control plane of the cluster is of another mesh than the declared one. A cluster is in one mesh only.',
    'The label `isthmus.dev/mesh` of its istiod.',
    'Correct the name of the Mesh where it is a typing error; otherwise uninstall the other mesh first, with its own mesh file',
  ),
  'mtls-disabled': entry(
    'west: PeerAuthentication istio-system/default disables mutual TLS in the whole cluster: requests from other networks fail',
    'A PeerAuthentication of the root namespace, without a selector, takes mutual TLS away from every workload that has no policy of its own. Gateways between networks pass on nothing else.',
    'The PeerAuthentications of istio-system, of which the oldest without a selector counts.',
    'Delete it, or set its `spec.mtls.mode` to `PERMISSIVE` or `STRICT`',
  ),
  'peer-answer': entry(
    'west: istiod gets no answer from the API server of east (no answer within 8 s): its endpoints for east may be stale',
    'istiod calls a peer synced, but does not reach its API server now: services and endpoints that change there are not seen. It is a warning where it is not known.',
    'A marked request of istiod to the API server of the peer, sent on our behalf.',
    'Check the network between the two clusters; where istiod needs another address, set `spec.peerServer` of the peer',
  ),
  'peer-secret': mended(
    'Secret istio-system/istio-remote-secret-east',
    entry(
      'east: no remote secret for west',
      'The cluster has no remote secret for a peer, so its istiod knows nothing of the services there.',
      'The Secrets of istio-system that carry `istio/multiCluster: true`.',
      remedy`Make it with ${run('apply')}`,
    ),
  ),
  'peer-sync': mended(
    'Secret istio-system/istio-remote-secret-east',
    entry(
      'west: istiod reports east as timeout',
      'An istiod has the remote secret of a peer and has not read the peer: it waits, timed out, or does not name it.',
      'What every istiod says of the clusters that it reads (`/debug/clusterz`).',
      remedy`Look in the log of istiod for the API server and the error; ${run('apply')} mends a remote secret that is not as declared`,
    ),
  ),
  'proxy-names': entry(
    'west: proxies state cluster central, so that no istiod gives them certificates: sample/client-5c and 2 more',
    "Gateways or sidecars state another cluster or another network than the mesh file gives their cluster: they were injected when it had another name, or somebody changed their settings. With another cluster's name they get no certificates, and with another network's they take pods for near that only a gateway reaches.",
    'The variables `ISTIO_META_CLUSTER_ID` and `ISTIO_META_NETWORK` of the running pods.',
    'Restart the workloads of these pods, so that they are injected again; where their pod templates set such a name themselves, take it out',
  ),
  'proxy-unserved': entry(
    'west: no istiod serves the proxies of sample/client-5c and 2 more',
    'Gateways or sidecars that have run for a minute and longer are connected to no istiod of their revision, or are connected and still not ready. They keep the configuration and the certificate that they have, if any, until those are outdated.',
    'The pods with a proxy, held against the proxies that every istiod names (`/debug/syncz`), twice within three seconds. Nothing is concluded while an istiod has been ready for less than 30 seconds.',
    "See the log of the proxy's container for why: an address or a port of istiod that is not reached, or a token or certificate that is refused",
  ),
  'service-effect': mended(
    'DestinationRule istio-system/isthmus-shop-web',
    entry(
      'west: MeshService shop/web: it is not in effect: DestinationRule shop/web holds for callers in namespace shop',
      'A MeshService is declared and its objects are in the cluster, and proxies do something else: an object of another owner comes first, callers do not see ours, istiod is set otherwise, or a cluster that is to answer has no endpoint. It is a warning where it is not known, and a note where somebody made an exception to a pattern.',
      'The same model that `isthmus trace` goes by, for a caller of each namespace, from what the clusters hold.',
      'Follow the hint: it names the object that stands in the way',
    ),
  ),
  'skew-istiod': entry(
    'west: its istiod is version 1.29.0, and that of east is version 1.31.0: more than one minor version apart',
    'Istiods of one mesh may be one minor version apart.',
    'The image of istiod in each cluster.',
    'Upgrade the older one by one minor version at a time; [Upgrades](upgrades.md) has the rules',
  ),
  'skew-kubernetes': entry(
    'west: Istio 1.31.0 needs Kubernetes 1.32 or later, and this is v1.31.2',
    "istiod's version does not support the cluster's Kubernetes.",
    'The version that the API server states, and the oldest that Istio accepts.',
    'Upgrade Kubernetes, or take an Istio version that supports it',
  ),
  'skew-proxy': mended(
    'Deployment istio-system/istiod',
    entry(
      'west: proxies are too old for istiod 1.31.0: shop/old (1.29.4) and 1 more',
      'Running proxies are more than one minor version behind their istiod, or ahead of it.',
      'The versions of the proxies that are connected to istiod, from istiod itself.',
      remedy`Restart the pods of these proxies; where newer ones are to stay, raise \`spec.istio.version\` of the Mesh, then ${run('apply')}`,
    ),
  ),
  'trust-bundle': mended(
    'Secret istio-system/cacerts',
    entry(
      'east: there is no Secret cacerts: an istiod that starts now makes a CA for itself',
      "The Secret `cacerts` that an istiod reads its intermediate from is not there, or something in it is wrong: a key is missing, certificate and private key do not belong together, the chain does not lead to the mesh's root.",
      'The Secret is read, and its chain is checked with its keys.',
      remedy`Restore the Secret that belongs to this mesh. Where there is none, ${run('apply')} makes one`,
    ),
  ),
  'trust-distributed': entry(
    "east: the roots in ConfigMap istio-ca-root-cert are not the mesh's in sample, shop",
    "The ConfigMap `istio-ca-root-cert`, with which proxies verify istiod, holds other roots than the mesh's in some namespaces, or is nowhere. istiod writes it, so what istiod signs with is the cause. Where someone else wrote it, as the administrator of a namespace may, it is a note.",
    'The ConfigMaps of that name in all namespaces, and who holds their data (`managedFields`).',
    'Look at the finding `trust-istiod` of the same cluster',
  ),
  'trust-expiry': mended(
    'Secret istio-system/cacerts',
    entry(
      'west: the intermediate ends on 2026-12-20T23:59:59.000Z',
      'A certificate has ended, or is due to be renewed.',
      'The end of validity in the certificate, compared with the time of the reading.',
      remedy`Run ${run('apply')}: it renews what is due without interrupting any request. An issuer of yours is renewed by your CA`,
    ),
  ),
  'trust-istiod': entry(
    'east: istiod istiod-7d6f signs with the CA that it made for itself (Secret istio-ca-secret), not with cacerts',
    'An istiod signs with something else than the intermediate in its Secret `cacerts`: with a CA that it made for itself because the Secret was not there when it started, or with an older intermediate.',
    'The certificate that the running istiod presents, followed to the CA that signed it.',
    'After a renewal wait 90 s. Otherwise restart istiod, then the workloads that have certificates of the wrong CA',
  ),
  'trust-proxy': entry(
    'east: the proxy of sample/reviews-v3-5c does not trust the mesh\'s roots but "O=cluster.local"',
    "A running proxy trusts other roots than the mesh's, or presents a certificate that does not lead to them. Its requests to other clusters fail in the TLS handshake.",
    'The certificates that the Envoy of the pod itself reports.',
    'Restart the pod once istiod signs with the right CA',
  ),
  'trust-unread': entry(
    'east: nothing is known of its trust: cannot reach https://198.51.100.7:6443',
    'A cluster, an istiod, a proxy or the issuer could not be read, so nothing is known of its trust, or of whose mesh it is. For the issuer, and for a single proxy that may be starting, it is a warning.',
    'The read failed; the message says how.',
    'Look again when it answers',
  ),
} as const satisfies Partial<Record<FindingCode, CatalogEntry>>;
