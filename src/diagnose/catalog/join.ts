import type { FindingCode } from '../../base/finding.ts';
import { type CatalogEntry, entry } from './entry.ts';

/** Findings about a cluster that is to join. */
export const joinEntries = {
  'join-foreign-istio': entry(
    'apac: an Istio is there that Isthmus did not install: Deployment istio-system/istiod',
    'A cluster that is to join already has an Istio that is not of this mesh.',
    "Deployments and Services that are istiod's and lack the label of the mesh.",
    'Take it out as it was installed where nothing needs it ([Uninstall](uninstall.md) has more), or adopt it: set `spec.istio.renderer` to `Installed`',
  ),
  'join-name-taken': entry(
    'apac: west already reads a cluster called apac, at https://10.0.0.9:6443 (Secret istio-system/istio-remote-secret-apac)',
    'A member already reads a cluster of that name through a remote secret that is not of this mesh, or at another address. istiod takes one of two secrets for a name by chance.',
    'The remote secrets of every member, and the addresses in them.',
    'Give the joining cluster another name, or remove that Secret where nothing needs it',
  ),
  'join-network-differs': entry(
    'apac: namespace istio-system says that its pods are on network office, and the mesh file says eu',
    'A namespace of the joining cluster carries the label `topology.istio.io/network` with another network than the mesh file declares. istiod would believe the label.',
    'The labels of the namespaces; a label that an apply set and will change is left out.',
    'Take the label off, or correct `spec.network`',
  ),
  'join-pod-ranges': entry(
    'apac: pods of apac (10.244.0.0/24) and of east (10.244.0.0/16) share addresses on network eu',
    "Clusters of one network reach each other's pods by address, and two of them have pod ranges in common. It is a warning where the nodes do not state their ranges.",
    '`spec.podCIDRs` of the Nodes.',
    'Give the joining cluster a network of its own, or its pods another range',
  ),
  'join-port-differs': entry(
    'apac: Service shop/cart: port 80 is called "web" in apac and "http" in west',
    "Services of one name in two clusters call a port of the same number differently, or state different protocols for it. istiod joins endpoints by the port's name, so those of the other name are left out silently. It is a warning where one of them lacks a port.",
    'The ports of the Services of one name and namespace, compared two by two.',
    'Make the port names alike',
  ),
  'join-service-differs': entry(
    'apac: Service shop/cart has no port in common with the one in west (5432 here, 80 there): they are not the same service',
    'Services of one name and namespace become one service in the mesh, but these two are not the same: one is headless, they have no port in common, or other images run behind other selectors. It is a warning where only the images or only the selectors differ.',
    'The Services of one name and namespace, and the workloads that they select.',
    'Rename one of the two, or keep each in its own cluster with a MeshService whose `spec.scope` is `Cluster`',
  ),
  'join-unreachable': entry(
    'apac: pods of west do not reach the API server of apac at https://10.0.0.9:6443: the connection timed out',
    "Pods of one cluster do not reach the API server of another, or find another certificate there. Its istiod would never see that cluster's services. It is a warning where it could not be tested.",
    "A request from a throw-away pod in each istiod's cluster.",
    'Set `spec.peerServer` of that cluster to an address that the pods reach and that its certificate names; where something in between ends TLS, set `spec.peerCertificateAuthority` to its CA',
  ),
  'join-version-skew': entry(
    'apac: it is to run Istio 1.31, and west runs 1.29.2',
    'The Istio versions of the joining cluster and of a member are more than one minor version apart. It is a warning where it is the Kubernetes versions.',
    'The images of the istiods, and the versions that the API servers state.',
    'Upgrade the member first, a minor version at a time',
  ),
} as const satisfies Partial<Record<FindingCode, CatalogEntry>>;
