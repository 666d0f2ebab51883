import type { FindingCategory, FindingCode } from '../../base/finding.ts';

/** What findings are about whose checks leave it open. */
const own: Partial<Readonly<Record<FindingCode, FindingCategory>>> = {
  'access-duplicate': 'Reach',
  'access-failed': 'Reach',
  'access-rights': 'Security',
  'ambient-not-modelled': 'DataPath',
  'certificate-not-known': 'Trust',
  'cluster-part-unread': 'Reach',
  'cluster-unread': 'Reach',
  'control-plane-not-ready': 'Lifecycle',
  'endpoints-unread': 'Discovery',
  'gateway-address': 'Network',
  'gateway-not-ready': 'Network',
  'ingress-address': 'Network',
  'ingress-not-ready': 'Network',
  'headless-elsewhere': 'DataPath',
  'home-absent': 'Reach',
  'istiod-waits': 'Lifecycle',
  'join-network-differs': 'Network',
  'join-pod-ranges': 'Network',
  'join-unreachable': 'Reach',
  'join-version-skew': 'Lifecycle',
  'kubeconfig-folder': 'Discovery',
  'mtls-disabled': 'Policy',
  'no-common-root': 'Trust',
  'no-istiod': 'Discovery',
  'objects-unread': 'Reach',
  'other-network': 'Network',
  'outlier-locality': 'DataPath',
  'peer-answer': 'Discovery',
  'peer-endpoints': 'Discovery',
  'peer-secret': 'Discovery',
  'peer-sync': 'Discovery',
  'policy-denies': 'Policy',
  'policy-not-decided': 'Policy',
  'proxy-names': 'Discovery',
  'proxy-unserved': 'Discovery',
  'skew-istiod': 'Lifecycle',
  'skew-kubernetes': 'Lifecycle',
  'skew-proxy': 'Lifecycle',
  'strict-refuses-plaintext': 'Policy',
  'trust-bundle': 'Trust',
  'trust-distributed': 'Trust',
  'trust-expiry': 'Trust',
  'trust-istiod': 'Trust',
  'trust-proxy': 'Trust',
  'trust-unread': 'Trust',
  'gateway-local-only': 'Network',
  'mtls-namespace': 'Policy',
  'network-names': 'Network',
  'remote-secret': 'Discovery',
  'rule-without-mtls': 'Policy',
  'trust-domain-differs': 'Trust',
  'verify-identity': 'Security',
};

/** Codes that predictions of requests make, besides those above. */
const ofDataPath =
  /^(answered-by-proxy|host-not-served|name-not-resolved|no-|none-|not-|passed-through|pod-gone|route|subset|too-many|unknown-|verify-)/;

/** What findings of a code are about. */
export function categoryOf(code: FindingCode): FindingCategory {
  return own[code] ?? (ofDataPath.test(code) ? 'DataPath' : 'Config');
}
