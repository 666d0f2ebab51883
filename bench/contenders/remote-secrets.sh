#!/bin/sh
# The documented way to let every cluster's istiod read every other one
# (https://istio.io/latest/docs/setup/install/multicluster/multi-primary_multi-network/, "Enable Endpoint Discovery"):
# one pipe for each ordered pair. create-remote-secret makes the reader's account and its token where they are missing.
#
# usage: remote-secrets.sh PAIRS CLUSTER CLUSTER ...   each name is a context; ends after so many pairs
set -eu
pairs=$1
shift
for known in "$@"; do
  for knower in "$@"; do
    if [ "$known" != "$knower" ]; then
      if [ "$pairs" = 0 ]; then exit 0; fi
      pairs=$((pairs - 1))
      istioctl create-remote-secret --context="$known" --name="$known" | kubectl --context="$knower" apply -f -
    fi
  done
done
