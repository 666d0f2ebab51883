/** The Web Crypto API: `globalThis.crypto` in Node and in browsers. */
export type WebCrypto = typeof globalThis.crypto;
export type CryptoKey = Awaited<ReturnType<WebCrypto['subtle']['importKey']>>;

/** What the outcome of this folder depends on besides its arguments: randomness with its algorithms, and the time. */
export interface PkiEnvironment {
  readonly crypto: WebCrypto;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}
