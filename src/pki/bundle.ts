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

/** What istiod reads of a Secret `cacerts`, PEM, and what the Secret calls each part. It holds a private key: never to be logged. */
export interface SigningTexts {
  readonly certificate: string;
  readonly privateKey: string;
  /** What istiod appends to the certificate of every workload. */
  readonly chain: string;
  readonly root: string;
  readonly names: Readonly<Record<'certificate' | 'privateKey' | 'chain' | 'root', string>>;
}

/**
 * The form that istiod takes: `tls.crt`, `tls.key` and `ca.crt`, as a Secret of type kubernetes.io/tls has them, as soon
 * as there is a `tls.crt`, else the four files (pilot/pkg/bootstrap/istio_ca.go, detectSigningCABundleAndCRL). What the
 * Secret lacks is empty.
 */
export function signingTexts(bundle: CaBundle): SigningTexts {
  const text = (key: string): string => bundle[key] ?? '';
  if (!('tls.crt' in bundle)) {
    return {
      certificate: text('ca-cert.pem'),
      privateKey: text('ca-key.pem'),
      chain: text('cert-chain.pem'),
      root: text('root-cert.pem'),
      names: { certificate: 'ca-cert.pem', privateKey: 'ca-key.pem', chain: 'cert-chain.pem', root: 'root-cert.pem' },
    };
  }
  return {
    certificate: text('tls.crt'),
    privateKey: text('tls.key'),
    chain: [text('tls.crt'), text('ca.crt')].filter((part) => part !== '').join('\n'),
    root: text('ca.crt'),
    names: { certificate: 'tls.crt', privateKey: 'tls.key', chain: 'tls.crt', root: 'ca.crt' },
  };
}

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
