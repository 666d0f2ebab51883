import type { Endpoint, IstiodView } from '../values/model.ts';
import { type DestinationRule, describeRule } from './destination-rule.ts';
import { endpointMtls } from './peer-authentication.ts';
import { endpointTlsMode, type TlsMode } from './traffic-policy.ts';

/** Judges whether istiod takes endpoints of one cluster for ones that speak mutual TLS. */
export interface MtlsJudge {
  /** What istiod writes as the endpoint's `tlsMode` metadata; '' where it writes none. */
  tlsModeOf(endpoint: Endpoint): string;
  /** Why the mode is not `istio`, naming the object or field that says so. */
  explain(endpoint: Endpoint): string;
}

/** endpoints/mtls_checker.go and the metadata that endpoint_builder.go writes from its result. */
export function mtlsJudge(
  view: IstiodView,
  rule: DestinationRule | undefined,
  cluster: { readonly port: number; readonly subset: string },
): MtlsJudge {
  const ruleMode = endpointTlsMode(view.istiod, rule, cluster);
  return {
    tlsModeOf: (endpoint) => {
      if (endpoint.tlsMode === 'disabled' || !isPossible(view, endpoint, ruleMode)) return '';
      return endpoint.tlsMode;
    },
    explain: (endpoint) => {
      if (rule !== undefined && ruleMode !== undefined && ruleMode !== 'ISTIO_MUTUAL') {
        return `trafficPolicy.tls.mode of ${describeRule(rule)} is ${ruleMode}, which istiod counts as no mutual TLS`;
      }
      if (endpoint.tlsMode !== 'istio') {
        return `its label security.istio.io/tlsMode is not istio (it has no sidecar)`;
      }
      const { by } = endpointMtls(view, endpoint);
      return `${by ?? 'the mesh'} sets mode DISABLE for its port ${endpoint.port}`;
    },
  };
}

function isPossible(view: IstiodView, endpoint: Endpoint, ruleMode: TlsMode | undefined): boolean {
  // A mode in the client's rule overrides everything the server says (traps T11 and T12).
  if (ruleMode !== undefined) return ruleMode === 'ISTIO_MUTUAL';
  return endpoint.tlsMode === 'istio' && endpointMtls(view, endpoint).mode !== 'DISABLE';
}
