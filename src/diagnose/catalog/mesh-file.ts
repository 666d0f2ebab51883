import type { FindingCode } from '../../base/finding.ts';
import { option, remedy } from '../../base/remedy.ts';
import { type CatalogEntry, entry } from './entry.ts';

const byReading = 'The mesh file is checked before any cluster is asked.';

/** Findings about the declared documents. */
export const meshFileEntries = {
  'access-duplicate': entry(
    'MeshCluster east and west are the same cluster: context west',
    'Two MeshClusters are reached through the same context of the same kubeconfig, so they are one cluster under two names. A MeshCluster without `spec.access.context` takes the context named like itself.',
    byReading,
    'Set `spec.access.context` of one of them to another context, or remove the document',
  ),
  'api-version-unknown': entry(
    'unknown apiVersion "isthmus.dev/v1"',
    'A document of one of our kinds has an `apiVersion` that this version of Isthmus does not know.',
    byReading,
    'Write `apiVersion: isthmus.dev/v1alpha1`',
  ),
  'ca-outside': entry(
    'Mesh shop: spec.istio.values.global.caAddress lets "istio-csr.cert-manager.svc:443" sign the workloads, and the mesh makes its own CAs',
    'A setting of Istio lets workloads get their certificates from another CA than the istiods of the mesh, or keeps istiod from signing at all. Isthmus gives each istiod an intermediate of the mesh (`spec.trust`) and waits until it signs with it, which would never happen.',
    byReading,
    'Remove the setting. To have the workloads trust a company root, give the mesh an issuer under it (`spec.trust.issuer`)',
  ),
  'cluster-duplicate': entry(
    'a second MeshCluster named west',
    'Two MeshClusters have the same `metadata.name`. The finding points at the second and names the line of the first.',
    byReading,
    "Give each cluster a name of its own: it becomes Istio's cluster id",
  ),
  'cluster-missing': entry(
    'mesh.yaml has no MeshCluster',
    'The file has no MeshCluster. It is not reported while another document cannot be read, because that might be one.',
    byReading,
    'Add a document with `kind: MeshCluster` for each cluster',
  ),
  'cluster-unknown': entry(
    'MeshService "reviews": split names the cluster "wset", which no MeshCluster declares',
    'A document names a cluster that no MeshCluster declares.',
    byReading,
    'Write the name of a declared cluster',
  ),
  'control-plane-unusable': entry(
    'MeshCluster edge: spec.controlPlane.externalOf names east, which has no istiod of its own: its spec.controlPlane.remoteOf is west',
    '`spec.controlPlane.remoteOf` or `externalOf` of a MeshCluster names a cluster that cannot run an istiod for it: the cluster itself, or one whose own istiod runs in a third.',
    byReading,
    'Name a cluster with an istiod of its own, or remove `spec.controlPlane`: the cluster then gets an istiod of its own',
  ),
  'document-empty': entry(
    'document 3 of mesh.yaml is empty',
    'The file, or one document between two `---`, holds nothing. This is what a program that generates the file leaves behind when it fails, and taking it for "no such cluster" would be dangerous.',
    byReading,
    'Remove the empty document, or look why its generator wrote nothing',
  ),
  'home-unknown': entry(
    'spec.home names the cluster "wset", which no MeshCluster declares',
    '`spec.home` of the Mesh names a cluster that no MeshCluster declares.',
    byReading,
    'Write the name of a declared cluster, or remove the field: the first MeshCluster is the home then',
  ),
  'istio-contradiction': entry(
    'Mesh shop: spec.istio.values.global.network is "network1", but the network is us in west, eu in east',
    'A value in `spec.istio.values` or `spec.istio.meshConfig` says otherwise what the mesh file says elsewhere: the cluster name, network, mesh id, revision, namespace or trust domain. It would win in the rendered Istio and nowhere else, and istiod would then refuse its own proxies. Also `discoverySelectors` that do not select istio-system: istiod would see no gateway and no remote secret there. Nothing is planned or applied with it; a mesh that has it already can be looked at and removed.',
    byReading,
    'Remove the value: Isthmus sets it from the field that the hint names. For `discoverySelectors`, add a selector that istio-system matches',
  ),
  'key-duplicate': entry(
    'the key network is set twice in one map',
    'A map sets the same key twice. YAML forbids it, and tools differ in which of the two they take.',
    byReading,
    'Keep one of the two; the hint names the line of the first',
  ),
  'key-unknown': entry(
    'MeshCluster west: unknown key spec.netwrok',
    'A key that no document of this kind has at this place: misspelt, at the wrong level, or from another tool.',
    byReading,
    'Follow the hint: it names the key that was probably meant, where the key belongs, or the keys that are known here',
  ),
  'kind-unknown': entry(
    'unknown kind MeshClutser',
    'A document is of a kind that Isthmus does not have, or does not have yet.',
    byReading,
    'Correct the kind, or move the document to another file: a mesh file holds documents of Isthmus only',
  ),
  'mesh-duplicate': entry(
    'a second Mesh, shop',
    'The file has a second document of `kind: Mesh`. A file declares one mesh.',
    byReading,
    'Remove one of the two, or keep the second mesh in a file of its own',
  ),
  'mesh-missing': entry(
    'mesh.yaml has no Mesh',
    'The file has no document of `kind: Mesh`. It is not reported while another document cannot be read.',
    byReading,
    'Add one; `spec.istio.version` is the only field it must have besides its name',
  ),
  'network-unknown': entry(
    'MeshService "reviews": split names the network "ue", on which no MeshCluster is declared to be',
    'A split by network names a network that is in `spec.network` of no MeshCluster.',
    byReading,
    'Write the name of a network of the mesh',
  ),
  'service-contradiction': entry(
    'MeshService "reviews": scope: Cluster keeps every request in its cluster, split sends it to others',
    'A MeshService asks for two things that exclude each other: `scope: Cluster` keeps requests where they are, `split` binds each request before its endpoints are looked at, `failover` and `prefer` need the choice between clusters, and `failoverMode: Manual` sends every request to the cluster that `active` names.',
    byReading,
    'Remove one of the two',
  ),
  'split-sum': entry(
    'MeshService "reviews": the shares of spec.split add up to 90, not to 100',
    'The shares of a `split` do not add up to 100.',
    byReading,
    'Change the shares. A cluster that is to get nothing may be left out',
  ),
  'value-invalid': entry(
    'Mesh shop: spec.istio.version must be a text, found the number 1.31',
    'A value has the wrong type or form. The message says what is wanted and what was found.',
    byReading,
    'Correct the value. A text that looks like a number (`1.31`) or like `true` must stand in quotes: YAML reads it as a number or a truth value otherwise, and `1.30` would even become 1.3',
  ),
  'value-missing': entry(
    'MeshCluster west: spec.network is missing',
    'A required key is not there, or has no value. The finding points at the key of the map that lacks it.',
    byReading,
    'Add it as the hint says',
  ),
  'value-not-given': entry(
    'MeshCluster bank of the home cluster: spec.access.context is "prod-bank-admin", and it counts only where you give the same',
    "The documents come from the home cluster and name a context, a kubeconfig, a Secret with one, a chart source or a file. Whoever may write there must not choose from what is on your machine, so each counts only where you give the same. Left out, a cluster's context is the one that is named like the cluster, and needs your word too.",
    'The documents of the home cluster are compared with what was given besides.',
    remedy`Look whether you mean it. If so, give ${option('context', 'NAME=CONTEXT')} for a cluster and ${option('accept', 'VALUE')} for everything else; a mesh file of your own needs neither`,
  ),
  'yaml-limit': entry(
    'the document has more than 100000 values, those of its aliases counted',
    'The file is larger than a megabyte, nested more than 64 deep, or expands to more than 100000 values through its aliases.',
    byReading,
    'Check that this is the file you mean. A mesh of hundreds of clusters stays far below these limits',
  ),
  'yaml-syntax': entry(
    'not valid YAML: Missing closing "quote',
    'The text is not valid YAML, so the document could not be read; what it declares is not judged.',
    byReading,
    'Correct the YAML at the place shown. Frequent causes are a tab used for indentation, an unclosed quote or bracket, and a value with `: ` in it that is not in quotes',
  ),
} as const satisfies Partial<Record<FindingCode, CatalogEntry>>;
