import type { JsonObject } from '../../base/json.ts';
import { oncePer } from '../../base/memo.ts';
import { namespaceMtls } from '../rules/peer-authentication.ts';
import { modeOf, subsetOf } from '../rules/traffic-policy.ts';
import type { EnvoyClusterAnswer } from '../values/answer.ts';
import { envoyClusterName } from '../values/answer.ts';
import { fieldsOf, textOf, textsOf } from '../values/fields.ts';
import { trustDomainAliasesOf } from '../values/mesh-config.ts';
import type { IstiodView, Service } from '../values/model.ts';
import type { EnvoyClusterRequest } from './envoy-cluster-request.ts';

type Tls = Pick<EnvoyClusterAnswer, 'tls' | 'sni' | 'sans'>;

/** How Envoy speaks to the hosts of the cluster, and what it checks. */
export function envoyClusterTls(request: EnvoyClusterRequest): Tls {
  const { service, port, subset, policy } = request;
  const tls = modeFor(request);
  if (tls === 'None') return { tls, sni: null, sans: [] };
  const named = textOf(policy?.tls?.sni);
  const own = tls === 'Istio' || tls === 'Auto' ? { host: service.host, port: port.port, subset } : undefined;
  const sni = named || (own === undefined ? null : envoyClusterName('sni-dnat', own));
  return { tls, sni, sans: sansOf(request, tls) };
}

/** networking/core/cluster_tls.go, buildUpstreamTLSSettings and buildUpstreamClusterTLSContext. */
function modeFor(request: EnvoyClusterRequest): EnvoyClusterAnswer['tls'] {
  const { view, service, mode, policy } = request;
  if (mode === 'sni-dnat') return 'None';
  if (policy?.tls !== undefined) {
    const declared = modeOf(policy.tls);
    if (declared === 'ISTIO_MUTUAL') return 'Istio';
    if (declared === 'DISABLE' || !hasCertificates(request, policy.tls)) return 'None';
    return declared === 'SIMPLE' ? 'Simple' : 'Mutual';
  }
  if (service.meshExternal || view.istiod.meshConfig.enableAutoMtls === false) return 'None';
  if (lacksSidecars(request) || namespaceMtls(view, service.namespace).mode === 'DISABLE') return 'None';
  return 'Auto';
}

/** A certificate by name is for gateways and for rules with a selector; without its files MUTUAL is no TLS at all. */
function hasCertificates({ client, rule }: EnvoyClusterRequest, tls: JsonObject): boolean {
  const name = textOf(tls.credentialName);
  if (name !== '') return client.type === 'router' || rule?.selector !== undefined || name.startsWith('configmap://');
  return modeOf(tls) === 'SIMPLE' || (textOf(tls.clientCertificate) !== '' && textOf(tls.privateKey) !== '');
}

/**
 * Services without addresses of their own get automatic mutual TLS only where every endpoint of the port has a sidecar
 * (BestEffortInferServiceMTLSMode). So do those whose rule or subset asks for PASSTHROUGH, whatever holds for the port.
 */
function lacksSidecars({ view, service, port, rule, subset }: EnvoyClusterRequest): boolean {
  const policy = subset === '' ? rule?.trafficPolicy : subsetOf(rule, subset)?.trafficPolicy;
  const isPassthrough = fieldsOf(policy?.loadBalancer).simple === 'PASSTHROUGH';
  if (service.resolution !== 'Passthrough' && !isPassthrough) return false;
  const endpoints = view.shards(service).flatMap((shard) => shard.endpoints);
  const ofPort = endpoints.filter((endpoint) => endpoint.portName === port.name);
  return ofPort.length === 0 || ofPort.some((endpoint) => endpoint.tlsMode === 'disabled');
}

/** The names that Envoy accepts. Own certificates are checked against what the rule names, or a ServiceEntry does. */
function sansOf({ view, service, policy }: EnvoyClusterRequest, mode: EnvoyClusterAnswer['tls']): readonly string[] {
  const isMesh = mode === 'Istio' || mode === 'Auto';
  if (mode === 'None' || (!isMesh && policy?.tls?.insecureSkipVerify === true)) return [];
  const named = textsOf(policy?.tls?.subjectAltNames);
  if (named.length > 0) return named;
  return isMesh || service.provider === 'External' ? identitiesIn(view)(service) : [];
}

/** Every identity that serves the host in any cluster: Envoy checks one list for all hosts of a cluster. */
const identitiesIn = oncePer((view: IstiodView) =>
  oncePer((service: Service): readonly string[] => {
    const found = new Set(service.serviceAccounts);
    for (const { endpoints } of view.shards(service)) {
      for (const { serviceAccount } of endpoints) if (serviceAccount !== '') found.add(serviceAccount);
    }
    const aliases = trustDomainAliasesOf(view.istiod);
    return [...new Set([...found].flatMap((identity) => expanded(identity, aliases)))].sort();
  }),
);

/** An identity in each trust domain that counts as the same (pkg/spiffe, ExpandWithTrustDomains). */
function expanded(identity: string, aliases: readonly string[]): readonly string[] {
  const match = /^spiffe:\/\/[^/]+(\/ns\/[^/]+\/sa\/[^/]+)$/.exec(identity);
  if (match === null) return [identity];
  return [identity, ...aliases.map((alias) => `spiffe://${alias}${match[1] ?? ''}`)];
}
