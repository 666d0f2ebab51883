#!/bin/sh
# What comes nearest to a plan by hand: for each cluster, render Istio and let the API server say what would differ. It
# leaves out certificates, gateways, exposure, reader accounts and remote secrets, and what would have to be removed.
# The operator document is the one of
# https://istio.io/latest/docs/setup/install/multicluster/multi-primary_multi-network/ for Istio 1.31.
#
# usage: manifest-diff.sh CLUSTER CLUSTER ...   each name is a context, a cluster and a network
# WORK is an empty folder. The namespace istio-system must exist, or nothing in it can be tried.
set -eu
cd "$WORK"
for name in "$@"; do
  cat > "$name.yaml" << END
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec:
  profile: minimal
  values:
    global:
      meshID: bench
      multiCluster:
        clusterName: $name
      network: $name
END
  istioctl manifest generate -f "$name.yaml" > "$name.manifest.yaml"
  code=0
  kubectl --context="$name" diff --server-side -f "$name.manifest.yaml" > "$name.diff" || code=$?
  # 1 says that there are differences; more is a failure.
  if [ "$code" -gt 1 ]; then exit "$code"; fi
done
