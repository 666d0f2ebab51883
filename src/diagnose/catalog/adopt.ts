import type { FindingCode } from '../../base/finding.ts';
import { type CatalogEntry, entry } from './entry.ts';

const byObjects = 'The objects that the installation left in the cluster are read; nothing is written.';
const withInstaller = 'Run the command of the hint: it changes that value and keeps the others';

/** Findings about an Istio that was there before the mesh. */
export const adoptEntries = {
  'adopt-cluster-name': entry(
    'west: its istiod calls the cluster Kubernetes, and the mesh calls it west',
    'The installed istiod knows its cluster, or tells its proxies that they are in one, under another name than the mesh. Peers would take it for another cluster.',
    byObjects,
    withInstaller,
  ),
  'adopt-gateway': entry(
    'west: Service gw/ew is the way into network eu, and the mesh has the cluster in us',
    "A gateway that was there leads into another network than the mesh has the cluster in, in its Service, its pods, or the endpoints that it is given; or its pods do not carry the label where the mesh's services are exposed.",
    byObjects,
    'Run the command of the hint, or label the pods and the selector `istio=eastwestgateway`',
  ),
  'adopt-gateway-elsewhere': entry(
    "west: Service team/ew would be a way into the cluster, but not for the mesh: no label topology.istio.io/network on its namespace says that it is more than an object of that namespace's administrators",
    "A Service with the label of a network and the port of east-west traffic, or a Gateway that passes that traffic on, stands in a namespace that is neither Istio's nor labelled with a network. The mesh neither uses it nor lets it keep the cluster out, and brings its own gateway. It is a note.",
    byObjects,
    'Label the namespace, with the command of the hint, if that gateway is the one to use; only who may change namespaces can',
  ),
  'adopt-installed-here': entry(
    'west: its istiod was installed by Isthmus',
    'The cluster is to be adopted, but Isthmus itself installed its Istio: what the mesh then no longer renders would be removed.',
    'The label of the mesh on the Deployment of istiod.',
    'Remove `renderer: Installed`',
  ),
  'adopt-istiod-missing': entry(
    'west: there is no istiod in istio-system (context prod-west)',
    'The cluster is to be adopted, and no istiod of the wanted revision runs there.',
    byObjects,
    'Install Istio there, or remove `renderer: Installed` so that Isthmus does',
  ),
  'adopt-mesh-id': entry(
    'west: its mesh id is not set, and the mesh is called shop: traffic is not affected, telemetry tells the two apart (global.meshID sets it)',
    'The proxies state another mesh id than the mesh has. It is a warning.',
    byObjects,
    withInstaller,
  ),
  'adopt-network': entry(
    'west: its proxies are in no network, and the mesh has the cluster in us',
    "The proxies, or the label on istio-system, state another network than the mesh: peers would send requests to the pods' own addresses where they need a gateway, or the reverse.",
    byObjects,
    withInstaller,
  ),
  'adopt-remote-secret': entry(
    'west: Secret istio-system/mine connects it to east already, and istiod would take one of two by chance',
    'A remote secret that is not of the mesh names one of its clusters. Of two secrets for one cluster istiod takes one by chance.',
    'The Secrets of istio-system that carry `istio/multiCluster: true`.',
    'Delete that Secret, with the command of the hint',
  ),
  'adopt-remotes': entry(
    'west: its istiod does not serve clusters without an istiod of their own',
    'Another cluster has `spec.controlPlane.remoteOf` this one, and its istiod refuses to serve remote clusters.',
    byObjects,
    withInstaller,
  ),
  'adopt-revision': entry(
    'west: its istiods are of the revisions canary and default, and the mesh file does not say which one counts',
    'The installed istiods are of another revision than the mesh wants, or of several.',
    byObjects,
    'Set `spec.istio.revision` of the MeshCluster to the one that counts',
  ),
  'adopt-settings': entry(
    'west: its mesh networks do not say that network eu is reached at {"gateways":[{"address":"203.0.113.7","port":15443}]}',
    'The mesh configuration of the installed Istio lacks networks or service settings that the mesh needs. Isthmus does not write it.',
    'The ConfigMap `istio` of istio-system.',
    'Add what the message shows, with the command of the hint',
  ),
  'adopt-signer': entry(
    'west: its istiod signs with a root that it made for itself, which no other cluster trusts',
    "The installed istiod does not sign with an intermediate of the mesh's root: it has no `cacerts`, or was started before it.",
    'The certificate that the running istiod presents.',
    "Have the mesh's issuer sign an intermediate, store it as `cacerts`, and restart istiod and its workloads; [adopt](topologies/adopt.md) has the steps",
  ),
  'adopt-trust-domain': entry(
    "west: its trust domain is corp, and the mesh's is cluster.local",
    'Identities of the cluster carry another trust domain, so that peers refuse them.',
    'The ConfigMap `istio` of istio-system.',
    withInstaller,
  ),
  'adopt-version': entry(
    'west: istiod is version 1.29.2, which is more than one minor version from 1.31',
    'The installed istiod and the mesh are more than one minor version apart.',
    'The image of istiod.',
    'Upgrade it as it was installed, a minor version at a time, or change `spec.istio.version` of the Mesh',
  ),
} as const satisfies Partial<Record<FindingCode, CatalogEntry>>;
