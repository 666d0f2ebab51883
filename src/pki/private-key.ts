import type { CryptoKey, WebCrypto } from './environment.ts';
import { formatPem, type PemBlock, parsePem } from './pem.ts';

/** The keys that Isthmus makes. */
export type KeyAlgorithm = 'ECDSA-P256' | 'ECDSA-P384' | 'RSA-3072';

const shown = '[private key]';

/**
 * A private key that shows itself nowhere: not when it is printed, inspected, turned to JSON or spread.
 * Only `toPem` gives it out, for the place that stores it.
 */
export class PrivateKey {
  readonly #pem: string;
  readonly #signingKey: CryptoKey;

  constructor(pem: string, signingKey: CryptoKey) {
    this.#pem = pem;
    this.#signingKey = signingKey;
  }

  /** PKCS#8 (`PRIVATE KEY`), unencrypted: istiod reads no encrypted keys (security/pkg/pki/util/crypto.go). */
  toPem(): string {
    return this.#pem;
  }

  /** The key for signing; it cannot be exported. */
  get signingKey(): CryptoKey {
    return this.#signingKey;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return shown;
  }
}

export interface KeyPair {
  readonly privateKey: PrivateKey;
  readonly publicKey: CryptoKey;
}

/** RSA's usual public exponent, 65537. */
const publicExponent = new Uint8Array([0x01, 0x00, 0x01]);

const generationOf = {
  'ECDSA-P256': { name: 'ECDSA', namedCurve: 'P-256' },
  'ECDSA-P384': { name: 'ECDSA', namedCurve: 'P-384' },
  'RSA-3072': { name: 'RSASSA-PKCS1-v1_5', modulusLength: 3072, publicExponent, hash: 'SHA-256' },
} as const satisfies Record<KeyAlgorithm, object>;

export async function generateKeyPair(crypto: WebCrypto, keyAlgorithm: KeyAlgorithm): Promise<KeyPair> {
  const algorithm = generationOf[keyAlgorithm];
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const der = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  const signingKey = await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
  return {
    privateKey: new PrivateKey(formatPem({ type: 'PRIVATE KEY', der }), signingKey),
    publicKey: pair.publicKey,
  };
}

/**
 * The private key of a PEM text: PKCS#8, `EC PRIVATE KEY` (SEC 1) or `RSA PRIVATE KEY` (PKCS#1), the three forms that
 * istiod reads. Undefined for anything else; the reason is not told, so that nothing of the text can be.
 */
export async function parsePrivateKey(crypto: WebCrypto, pem: string): Promise<PrivateKey | undefined> {
  // Istiod looks at the first block only: what `openssl ecparam -genkey` writes before the key makes it fail.
  const block = parsePem(pem)?.[0];
  const der = block === undefined ? undefined : asPkcs8(block);
  if (der === undefined) return undefined;
  for (const algorithm of importAlgorithms) {
    try {
      const signingKey = await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
      return new PrivateKey(formatPem({ type: 'PRIVATE KEY', der }), signingKey);
    } catch {
      // Web Crypto does not tell a key's algorithm: the next is tried.
    }
  }
  return undefined;
}

/** The text without the block that `openssl ecparam -genkey` writes before a key; for keys that no istiod reads. */
export function withoutParameters(pem: string): string {
  return pem.replace(/-----BEGIN EC PARAMETERS-----[^-]*-----END EC PARAMETERS-----/, '');
}

/** Why a text is no private key that can be used. `what` names the text; nothing of it is repeated. */
export function unreadableKey(pem: string, what: string): string {
  const type = parsePem(pem)?.[0]?.type;
  if (type === 'ENCRYPTED PRIVATE KEY' || pem.includes('Proc-Type: 4,ENCRYPTED')) {
    return `${what} is encrypted: a private key must be given without a password`;
  }
  return `${what} holds no readable private key: it must be PEM, first in the text, EC (P-256, P-384, P-521) or RSA`;
}

const importAlgorithms = [
  { name: 'ECDSA', namedCurve: 'P-256' },
  { name: 'ECDSA', namedCurve: 'P-384' },
  { name: 'ECDSA', namedCurve: 'P-521' },
  { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
] as const;

/** Object identifiers as DER writes them: ecPublicKey and rsaEncryption with its NULL parameter. */
const ecPublicKey = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const rsaEncryption = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const curves = [
  [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
  [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22],
  [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23],
];

/** PKCS#8 (RFC 5208) around the older forms, which Web Crypto does not read. */
function asPkcs8({ type, der }: PemBlock): Uint8Array<ArrayBuffer> | undefined {
  if (type === 'PRIVATE KEY') return der;
  if (type === 'RSA PRIVATE KEY') return wrapKey(rsaEncryption, der);
  if (type !== 'EC PRIVATE KEY') return undefined;
  const curve = curves.find((identifier) => includesBytes(der, identifier));
  return curve === undefined ? undefined : wrapKey([...ecPublicKey, ...curve], der);
}

function wrapKey(algorithm: readonly number[], key: Uint8Array): Uint8Array<ArrayBuffer> {
  const version = [0x02, 0x01, 0x00];
  return Uint8Array.from(derValue(0x30, [...version, ...derValue(0x30, algorithm), ...derValue(0x04, [...key])]));
}

function derValue(tag: number, content: readonly number[]): number[] {
  const length = content.length;
  if (length < 0x80) return [tag, length, ...content];
  if (length < 0x100) return [tag, 0x81, length, ...content];
  return [tag, 0x82, length >> 8, length & 0xff, ...content];
}

function includesBytes(bytes: Uint8Array, wanted: readonly number[]): boolean {
  return bytes.some((_, at) => wanted.every((byte, offset) => bytes[at + offset] === byte));
}
