import { beforeAll, describe, expect, test } from 'vitest';
import { meshName } from '../api/name.ts';
import { createIssuer, createRoot } from './authority.ts';
import { asCertificate, type Certificate, certificatesOf } from './certificate.ts';
import { findChain } from './chain.ts';
import type { WebCrypto } from './environment.ts';
import { BasicConstraintsExtension, X509CertificateGenerator } from './x509.ts';

const { crypto } = globalThis;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const from = new Date(Date.UTC(2026, 0, 1));
const until = new Date(Date.UTC(2027, 0, 1));

const makeKeys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

let keys: Awaited<ReturnType<typeof makeKeys>>;
let root: Certificate;
let issuer: Certificate;
beforeAll(async () => {
  keys = await makeKeys();
  const mesh = meshName.parse('shop');
  const environment = { crypto, now: from.getTime() };
  const made = await createRoot({ mesh }, environment);
  [root] = certificatesOf(made.certificate) as [Certificate];
  [issuer] = certificatesOf((await createIssuer(made, { mesh, trustDomain: 'a' }, environment)).certificate) as [
    Certificate,
  ];
});

/** A CA whose key is that of all the others that are made here. */
async function authority(subject: string, signer: string, serial: number): Promise<Certificate> {
  const x509 = await X509CertificateGenerator.create(
    {
      serialNumber: (serial + 16).toString(16),
      subject: `CN=${subject}`,
      issuer: `CN=${signer}`,
      notBefore: from,
      notAfter: until,
      publicKey: keys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      extensions: [new BasicConstraintsExtension(true, undefined, true)],
    },
    crypto,
  );
  return asCertificate(x509);
}

/** Counts the signatures that are verified, which is what a search costs. */
function counting(): { readonly crypto: WebCrypto; readonly verified: () => number } {
  let verified = 0;
  const subtle = new Proxy(crypto.subtle, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...parameters: unknown[]): unknown => {
        if (name === 'verify') verified += 1;
        return value.apply(target, parameters);
      };
    },
  });
  const counted = new Proxy(crypto, {
    get: (target, name) => {
      if (name === 'subtle') return subtle;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { crypto: counted, verified: () => verified };
}

describe('a chain', () => {
  test('leads from a certificate to a root, by the shortest way', async () => {
    const subjects = async (one: Certificate, between: readonly Certificate[]) =>
      (await findChain(crypto, one, { between, roots: [root] }))?.map(({ x509 }) => x509.subject);
    expect(await subjects(root, [])).toEqual([root.x509.subject]);
    expect(await subjects(issuer, [issuer])).toEqual([issuer.x509.subject, root.x509.subject]);
    const [lower, top] = [await authority('lower', 'top', 1), await authority('top', 'top', 2)];
    expect(await subjects(lower, [top])).toBeUndefined();
    expect(await findChain(crypto, lower, { between: [], roots: [root, top] })).toEqual([lower, top]);
  });

  test('has eight certificates at most', async () => {
    const made = await Promise.all(Array.from({ length: 9 }, (_, at) => authority(`ca${at}`, `ca${at + 1}`, at)));
    const ending = made.at(-1) as Certificate;
    const search = (start: number) => findChain(crypto, made[start] as Certificate, { between: made, roots: [ending] });
    expect(await search(1)).toHaveLength(8);
    expect(await search(0)).toBeUndefined();
  });

  test.each([20, 200])('is searched among %i certificates of one name and key in few steps', async (count) => {
    const [leaf, ...between] = await Promise.all(
      Array.from({ length: count }, (_, at) => authority('loop', 'loop', at)),
    );
    const { crypto: counted, verified } = counting();
    expect(await findChain(counted, leaf as Certificate, { between, roots: [root] })).toBeUndefined();
    expect(verified()).toBeGreaterThan(0);
    expect(verified()).toBeLessThanOrEqual(17 * 16);
    const sameName = { between: [], roots: between };
    const before = verified();
    await findChain(counted, leaf as Certificate, sameName);
    expect(verified() - before).toBeLessThanOrEqual(16);
  });
});
