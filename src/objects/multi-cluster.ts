/** istiod watches the Secrets with this label in its own namespace (pkg/kube/multicluster/secretcontroller.go). */
export const multiClusterLabel = 'istio/multiCluster';
