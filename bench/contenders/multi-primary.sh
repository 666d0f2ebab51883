#!/bin/sh
# Istio's documented way to a multi-primary mesh on different networks, typed by somebody who never pauses.
# It follows https://istio.io/latest/docs/setup/install/multicluster/multi-primary_multi-network/ for Istio 1.31, with
# the certificates of https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/, step by step and in
# that order. Where there was a choice it was made for speed:
# - The profile is "minimal": no ingress gateway is installed and waited for, as the default profile would.
# - The operator document of the east-west gateway and the exposure are written out here: no script is run for them.
# - Nothing is looked at in between, and what has to be waited for is waited for with a watch where kubectl has one.
#   istioctl install waits by itself, asking every two seconds; the documentation relies on that, and so does this.
# - With SAMPLE=early the sample's pods are made as soon as their cluster can inject sidecars, which the documentation
#   does at the very end: they then start while the rest is still being set up.
# - The client calls every 100 ms from inside its pod, without a kubectl exec for each call.
# What is not changed: the clusters are set up one after the other, the keys are RSA with 4096 bits (the makefile of
# tools/certs), and every ordered pair of clusters gets its remote secret by the documented pipe.
#
# usage: multi-primary.sh CLUSTER CLUSTER ...   each name is a context, a cluster and a network
# WORK is an empty folder, MANIFESTS has helloworld.yaml and client.yaml, SAMPLE is early or last.
# A line "@ STEP" is written when a step is done; the last one is "@ first answer".
set -eu
cd "$WORK"
first=$1
for name in "$@"; do last=$name; done

done_with() { echo "@ $*"; }

# tools/certs/Makefile.selfsigned.mk, root-ca
root_certificate() {
  cat > root-ca.conf << END
[ req ]
encrypt_key = no
prompt = no
utf8 = yes
default_md = sha256
req_extensions = req_ext
distinguished_name = req_dn
[ req_ext ]
subjectKeyIdentifier = hash
basicConstraints = critical, CA:true
keyUsage = critical, digitalSignature, nonRepudiation, keyEncipherment, keyCertSign
[ req_dn ]
O = Istio
CN = Root CA
END
  openssl genrsa -out root-key.pem 4096
  openssl req -sha256 -new -key root-key.pem -config root-ca.conf -out root-cert.csr
  openssl x509 -req -sha256 -days 3650 -signkey root-key.pem -extensions req_ext -extfile root-ca.conf \
    -in root-cert.csr -out root-cert.pem
}

# tools/certs/Makefile.selfsigned.mk, CLUSTER-cacerts
intermediate_certificate() {
  mkdir "$1"
  cat > "$1/intermediate.conf" << END
[ req ]
encrypt_key = no
prompt = no
utf8 = yes
default_md = sha256
req_extensions = req_ext
distinguished_name = req_dn
[ req_ext ]
subjectKeyIdentifier = hash
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, digitalSignature, nonRepudiation, keyEncipherment, keyCertSign
subjectAltName = DNS:istiod.istio-system.svc
[ req_dn ]
O = Istio
CN = Intermediate CA
L = $1
END
  openssl genrsa -out "$1/ca-key.pem" 4096
  openssl req -sha256 -new -config "$1/intermediate.conf" -key "$1/ca-key.pem" -out "$1/cluster-ca.csr"
  openssl x509 -req -sha256 -days 3650 -CA root-cert.pem -CAkey root-key.pem -CAcreateserial \
    -extensions req_ext -extfile "$1/intermediate.conf" -in "$1/cluster-ca.csr" -out "$1/ca-cert.pem"
  cat "$1/ca-cert.pem" root-cert.pem > "$1/cert-chain.pem"
}

trust() {
  kubectl --context="$1" create namespace istio-system
  kubectl --context="$1" create secret generic cacerts -n istio-system \
    --from-file="$1/ca-cert.pem" --from-file="$1/ca-key.pem" \
    --from-file=root-cert.pem --from-file="$1/cert-chain.pem"
}

control_plane() {
  kubectl --context="$1" label namespace istio-system topology.istio.io/network="$1"
  cat > "$1.yaml" << END
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec:
  profile: minimal
  values:
    global:
      meshID: bench
      multiCluster:
        clusterName: $1
      network: $1
END
  istioctl install --context="$1" -y -f "$1.yaml"
}

# samples/multicluster/gen-eastwest-gateway.sh --network NETWORK
gateway() {
  cat > "$1-gateway.yaml" << END
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata:
  name: eastwest
spec:
  profile: empty
  components:
    ingressGateways:
      - name: istio-eastwestgateway
        label:
          istio: eastwestgateway
          app: istio-eastwestgateway
          topology.istio.io/network: $1
        enabled: true
        k8s:
          env:
            - name: ISTIO_META_REQUESTED_NETWORK_VIEW
              value: $1
          service:
            ports:
              - { name: status-port, port: 15021, targetPort: 15021 }
              - { name: tls, port: 15443, targetPort: 15443 }
              - { name: tls-istiod, port: 15012, targetPort: 15012 }
              - { name: tls-webhook, port: 15017, targetPort: 15017 }
  values:
    gateways:
      istio-ingressgateway:
        injectionTemplate: gateway
    global:
      network: $1
END
  istioctl install --context="$1" -y -f "$1-gateway.yaml"
  kubectl --context="$1" -n istio-system wait service/istio-eastwestgateway \
    --for=jsonpath='{.status.loadBalancer.ingress}' --timeout=120s
}

# samples/multicluster/expose-services.yaml
exposure() {
  kubectl --context="$1" apply -n istio-system -f - << END
apiVersion: networking.istio.io/v1
kind: Gateway
metadata:
  name: cross-network-gateway
spec:
  selector:
    istio: eastwestgateway
  servers:
    - port:
        number: 15443
        name: tls
        protocol: TLS
      tls:
        mode: AUTO_PASSTHROUGH
      hosts:
        - "*.local"
END
}

# The client runs in the first cluster only, the server in the last one only; both have the Service.
sample() {
  kubectl --context="$1" create namespace sample
  kubectl --context="$1" label namespace sample istio-injection=enabled
  kubectl --context="$1" apply -n sample -f "$MANIFESTS/helloworld.yaml" -l service=helloworld
  if [ "$1" = "$first" ]; then kubectl --context="$1" apply -n sample -f "$MANIFESTS/client.yaml"; fi
  if [ "$1" = "$last" ]; then kubectl --context="$1" apply -n sample -f "$MANIFESTS/helloworld.yaml" -l version=v2; fi
}

first_answer() {
  kubectl --context="$first" -n sample wait deployment/client --for=condition=Available --timeout=120s
  kubectl --context="$first" -n sample exec deploy/client -c client -- node --input-type=module -e '
    const until = Date.now() + 120_000;
    while (Date.now() < until) {
      try {
        const answer = await fetch("http://helloworld.sample:5000/hello", { signal: AbortSignal.timeout(1000) });
        if (answer.ok) {
          console.log(await answer.text());
          process.exit(0);
        }
      } catch {}
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    process.exit(1);'
}

root_certificate
for name in "$@"; do intermediate_certificate "$name"; done
done_with certificates
for name in "$@"; do trust "$name"; done
done_with cacerts in every cluster
for name in "$@"; do
  control_plane "$name"
  done_with "$name: control plane"
  if [ "$SAMPLE" = early ] && { [ "$name" = "$first" ] || [ "$name" = "$last" ]; }; then
    sample "$name"
    done_with "$name: sample created"
  fi
  gateway "$name"
  done_with "$name: east-west gateway"
  exposure "$name"
  done_with "$name: services exposed"
done
for known in "$@"; do
  for knower in "$@"; do
    if [ "$known" != "$knower" ]; then
      istioctl create-remote-secret --context="$known" --name="$known" | kubectl --context="$knower" apply -f -
    fi
  done
done
done_with remote secrets
if [ "$SAMPLE" = last ]; then
  for name in "$first" "$last"; do sample "$name"; done
  done_with sample created
fi
first_answer
done_with first answer
