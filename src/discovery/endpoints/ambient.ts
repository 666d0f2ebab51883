import { isOn, parseGoBool, setting } from '../values/mesh-config.ts';
import type { Endpoint } from '../values/model.ts';
import type { EnvoyClusterRequest } from './envoy-cluster-request.ts';
import { nameOf } from './exclusion.ts';
import type { CandidateGroup } from './judged-endpoints.ts';

const managedLabel = 'gateway.istio.io/managed';
const tunnelLabel = 'networking.istio.io/tunnel';
const waypoint = 'istio.io-mesh-controller';
const eastWest = 'istio.io-eastwest-controller';

/** Why the answer would need the rules of ambient meshes, or undefined where it does not. */
export function ambientReason(request: EnvoyClusterRequest, groups: readonly CandidateGroup[]): string | undefined {
  const { view, client } = request;
  const managed = client.labels[managedLabel];
  if (managed === waypoint || managed === eastWest)
    return `The proxy is managed by ${managed}: a part of an ambient mesh`;
  const hasAmbient = isOn(view.istiod, 'PILOT_ENABLE_AMBIENT');
  for (const name of hasAmbient ? (['AMBIENT_ENABLE_MULTI_NETWORK', 'PILOT_PREFER_SENDING_HBONE'] as const) : []) {
    if (parseGoBool(setting(view.istiod, name, '')) === true) return `istiod runs with ${name}`;
  }
  for (const { candidates } of groups) {
    for (const { endpoint } of candidates) {
      const reason = tunnelReason(endpoint, hasAmbient);
      if (reason !== undefined) return `${nameOf(endpoint)}: ${reason}`;
    }
  }
  return undefined;
}

/** Why istiod may send to the endpoint through HBONE, which is not modelled (endpoint_builder.go, supportTunnel). */
function tunnelReason(endpoint: Endpoint, hasAmbient: boolean): string | undefined {
  if (endpoint.tlsMode === 'istio') return undefined;
  if (endpoint.labels[managedLabel] === waypoint) return 'it is a waypoint';
  if ((endpoint.labels[tunnelLabel] ?? '').split(',').includes('http'))
    return `its label ${tunnelLabel} asks for HBONE`;
  return hasAmbient
    ? 'it has no sidecar and istiod runs with PILOT_ENABLE_AMBIENT, so that ztunnel may take it'
    : undefined;
}
