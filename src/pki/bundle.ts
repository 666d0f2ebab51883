import type { Intermediate } from './authority.ts';

/** The keys of the Secret `cacerts` that istiod wants all together or not at all (pilot/pkg/bootstrap/istio_ca.go). */
export const caCertsKeys = ['ca-cert.pem', 'ca-key.pem', 'cert-chain.pem', 'root-cert.pem'] as const;
export type CaCertsKey = (typeof caCertsKeys)[number];

/** True for one of the four; others, such as the revocation list `ca-crl.pem`, may be anybody's. */
export function isCaCertsKey(key: string): key is CaCertsKey {
  return caCertsKeys.some((one) => one === key);
}

/** The texts of a Secret `cacerts` by key, decoded; it may lack keys and have others. */
export type CaBundle = Readonly<Record<string, string>>;

/**
 * The four texts of a cluster's Secret `cacerts`. They hold a private key: never to be logged.
 * `cert-chain.pem` starts with the intermediate itself: istiod appends it to every workload's certificate, and takes
 * the longest lifetime it may give from its first certificate (security/pkg/pki/ca/ca.go, minTTL).
 */
export function caCertsTexts(intermediate: Intermediate): Readonly<Record<CaCertsKey, string>> {
  return {
    'ca-cert.pem': intermediate.certificate,
    'ca-key.pem': intermediate.privateKey.toPem(),
    'cert-chain.pem': intermediate.certificate + intermediate.issuer,
    'root-cert.pem': intermediate.root,
  };
}
