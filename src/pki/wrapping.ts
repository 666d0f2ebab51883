import type { CryptoKey, WebCrypto } from './environment.ts';
import { formatPem, parsePem } from './pem.ts';

/** Types of PEM blocks. The second ends as every tool that looks for private keys expects. */
const keyType = 'ISTHMUS WRAPPING KEY';
const wrappedTypes = {
  PrivateKey: 'ISTHMUS ENCRYPTED PRIVATE KEY',
  Kubeconfig: 'ISTHMUS ENCRYPTED KUBECONFIG',
} as const;

/** What a wrapped text is. */
export type WrappedKind = keyof typeof wrappedTypes;

const keyBytes = 32;
const nonceBytes = 12;
/** The first byte of what is wrapped: how the rest was made. */
const version = 1;

const shown = '[wrapping key]';

/** The key under which a private key or a kubeconfig is encrypted where it is stored. It shows itself nowhere but by `toPem`. */
export class WrappingKey {
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** For the place that stores it. */
  toPem(): string {
    return formatPem({ type: keyType, der: this.#bytes });
  }

  /** A key for one purpose alone, of which nobody learns another. */
  async derive(crypto: WebCrypto, purpose: DerivedPurpose): Promise<CryptoKey> {
    const { algorithm, usages } = purposes[purpose];
    const master = await crypto.subtle.importKey('raw', this.#bytes, 'HKDF', false, ['deriveKey']);
    const info = new TextEncoder().encode(`isthmus issuer key: ${purpose}`);
    const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info };
    return await crypto.subtle.deriveKey(derivation, master, algorithm, false, [...usages]);
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

type DerivedPurpose = keyof typeof purposes;

const purposes = {
  encryption: { algorithm: { name: 'AES-GCM', length: 256 }, usages: ['encrypt', 'decrypt'] },
  nonce: { algorithm: { name: 'HMAC', hash: 'SHA-256', length: 256 }, usages: ['sign'] },
} as const;

export function createWrappingKey(crypto: WebCrypto): WrappingKey {
  return new WrappingKey(crypto.getRandomValues(new Uint8Array(keyBytes)));
}

/** The stored key; undefined for anything else. */
export function parseWrappingKey(pem: string): WrappingKey | undefined {
  const [block, ...others] = parsePem(pem) ?? [];
  if (block?.type !== keyType || block.der.length !== keyBytes || others.length > 0) return undefined;
  return new WrappingKey(block.der);
}

/** True for a text that `wrap` made, whoever has its key. */
export function isWrapped(pem: string, kind: WrappedKind = 'PrivateKey'): boolean {
  return parsePem(pem)?.[0]?.type === wrappedTypes[kind];
}

/**
 * The text encrypted (AES-256-GCM), PEM. Equal arguments give equal bytes, so that an apply without changes writes nothing: the
 * nonce is a keyed hash of the text, and two texts share one no sooner than 96 bits of a hash collide.
 */
export async function wrap(
  crypto: WebCrypto,
  key: WrappingKey,
  text: string,
  kind: WrappedKind = 'PrivateKey',
): Promise<string> {
  const plain = new TextEncoder().encode(text);
  const hash = await crypto.subtle.sign('HMAC', await key.derive(crypto, 'nonce'), plain);
  const iv = new Uint8Array(hash).slice(0, nonceBytes);
  const encrypted = await crypto.subtle.encrypt(cipher(iv), await key.derive(crypto, 'encryption'), plain);
  return formatPem({ type: wrappedTypes[kind], der: Uint8Array.from([version, ...iv, ...new Uint8Array(encrypted)]) });
}

/** The text that `wrap` got; undefined where it was wrapped with another key, or changed since. */
export async function unwrap(
  crypto: WebCrypto,
  key: WrappingKey,
  pem: string,
  kind: WrappedKind = 'PrivateKey',
): Promise<string | undefined> {
  const [block] = parsePem(pem) ?? [];
  if (block?.type !== wrappedTypes[kind] || block.der[0] !== version) return undefined;
  const iv = block.der.slice(1, 1 + nonceBytes);
  try {
    const encryption = await key.derive(crypto, 'encryption');
    const plain = await crypto.subtle.decrypt(cipher(iv), encryption, block.der.slice(1 + nonceBytes));
    return new TextDecoder().decode(plain);
  } catch {
    return undefined;
  }
}

function cipher(iv: Uint8Array<ArrayBuffer>): { readonly name: string; readonly iv: Uint8Array<ArrayBuffer> } {
  return { name: 'AES-GCM', iv };
}
