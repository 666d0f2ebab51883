import { execFileSync } from 'node:child_process';
import { X509Certificate as NodeCertificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterName, meshName } from '../api/name.ts';
import { createIntermediate, createIssuer, createRoot, type Intermediate, lifetimeOf } from './authority.ts';
import { type Certificate, describeCertificate, parseCertificates } from './certificate.ts';
import { parsePem } from './pem.ts';
import { parsePrivateKey, withoutParameters } from './private-key.ts';

const { crypto } = globalThis;
const mesh = meshName.parse('shop');
const trustDomain = 'cluster.local';
const now = Date.UTC(2026, 10, 21, 12, 0, 0, 345);
const environment = { crypto, now };
const day = 24 * 60 * 60 * 1000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'isthmus-pki-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function openssl(...args: readonly string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'pipe'] });
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** Throws with openssl's words where it does not accept the chain at `now`. */
function opensslVerify({ certificate, issuer, root }: Intermediate, at = now): string {
  const [ca, between, leaf] = [file('root.pem', root), file('issuer.pem', issuer), file('leaf.pem', certificate)];
  const time = String(Math.floor(at / 1000));
  return openssl('verify', '-x509_strict', '-attime', time, '-CAfile', ca, '-untrusted', between, leaf);
}

function first(pem: string): Certificate {
  const certificate = parseCertificates(pem)?.certificates[0];
  if (certificate === undefined) throw new Error('no certificate');
  return certificate;
}

async function chain(cluster = 'west', lifetime = '8760h') {
  const root = await createRoot({ mesh }, environment);
  const issuer = await createIssuer(root, { mesh, trustDomain }, environment);
  const options = { mesh, cluster: clusterName.parse(cluster), trustDomain, lifetime };
  return { root, issuer, intermediate: await createIntermediate(issuer, options, environment) };
}

describe('the three levels', () => {
  test('have the profile that istiod, SPIFFE and RFC 5280 want', async () => {
    const { intermediate } = await chain();
    const described = await Promise.all(
      [intermediate.root, intermediate.issuer, intermediate.certificate].map((pem) =>
        describeCertificate(crypto, first(pem)),
      ),
    );
    expect(
      described.map(({ subject, algorithm, isCa, pathLength, uris }) => [subject, algorithm, isCa, pathLength, uris]),
    ).toEqual([
      [expect.stringMatching(/^O=mesh shop, CN=root CA [0-9a-f]{8}$/), 'ECDSA P-384 with SHA-384', true, 2, []],
      [
        expect.stringMatching(/^O=mesh shop, CN=issuer CA [0-9a-f]{8}$/),
        'ECDSA P-256 with SHA-384',
        true,
        1,
        ['spiffe://cluster.local'],
      ],
      ['O=mesh shop, CN=cluster west', 'ECDSA P-256 with SHA-256', true, 0, ['spiffe://cluster.local']],
    ]);
    expect(described.map(({ notBefore, notAfter }) => [notBefore, notAfter])).toEqual([
      ['2026-11-21T11:55:00.000Z', '2036-11-18T12:00:00.000Z'],
      ['2026-11-21T11:55:00.000Z', '2031-11-20T12:00:00.000Z'],
      ['2026-11-21T11:55:00.000Z', '2027-11-21T12:00:00.000Z'],
    ]);
    for (const { serial } of described) expect(serial).toMatch(/^[4-7][0-9a-f]{31}$/);
    expect(described[2]?.fingerprint).toBe(new NodeCertificate(intermediate.certificate).fingerprint256);
  });

  test('openssl shows the extensions and verifies the chain strictly', async () => {
    const { intermediate } = await chain();
    expect(opensslVerify(intermediate)).toContain('OK');
    const text = openssl('x509', '-in', file('leaf.pem', intermediate.certificate), '-noout', '-text');
    expect(text).toContain('X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0');
    expect(text).toContain('X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign');
    expect(text).toContain('URI:spiffe://cluster.local');
    const issuer = new NodeCertificate(intermediate.issuer);
    expect(new NodeCertificate(intermediate.certificate).checkIssued(issuer)).toBe(true);
    expect(issuer.checkIssued(new NodeCertificate(intermediate.root))).toBe(true);
  });

  test('a leaf that openssl signs with the intermediate verifies to the root, and a CA below it does not', async () => {
    const { intermediate } = await chain();
    const ca = file('ca.pem', intermediate.certificate);
    const key = file('ca.key', intermediate.privateKey.toPem());
    const between = file('between.pem', intermediate.certificate + intermediate.issuer);
    const root = file('root.pem', intermediate.root);
    const request = (name: string): string => {
      const path = join(folder, `${name}.csr`);
      const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
      openssl('req', ...newKey, '-keyout', join(folder, `${name}.key`), '-subj', `/O=${name}`, '-out', path);
      return path;
    };
    const issue = (name: string, signer: { readonly ca: string; readonly key: string }, extensions: string): string => {
      const certificate = join(folder, `${name}.pem`);
      const config = file(`${name}.cnf`, `authorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n${extensions}`);
      const by = ['-CA', signer.ca, '-CAkey', signer.key, '-CAcreateserial'];
      openssl('x509', '-req', '-in', request(name), ...by, '-days', '1', '-extfile', config, '-out', certificate);
      return certificate;
    };
    // openssl dates what it signs by the machine's clock, so only the signatures and constraints are judged.
    const verify = (leaf: string, untrusted: string): string =>
      openssl('verify', '-x509_strict', '-no_check_time', '-CAfile', root, '-untrusted', untrusted, leaf);
    const workload =
      'subjectAltName=critical,URI:spiffe://cluster.local/ns/a/sa/b\nkeyUsage=critical,digitalSignature\nbasicConstraints=CA:FALSE\n';
    expect(verify(issue('workload', { ca, key }, workload), between)).toContain('OK');

    const rogue = issue('rogue', { ca, key }, 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n');
    const below = issue('below', { ca: rogue, key: join(folder, 'rogue.key') }, workload);
    const withRogue = file('with-rogue.pem', readFileSync(rogue, 'utf8') + readFileSync(between, 'utf8'));
    expect(() => verify(below, withRogue)).toThrow(/path length/);
  });

  test('no certificate outlives its signer', async () => {
    const root = await createRoot({ mesh }, environment);
    const late = { crypto, now: now + 3600 * day };
    const issuer = await createIssuer(root, { mesh, trustDomain }, late);
    const options = { mesh, cluster: clusterName.parse('west'), trustDomain, lifetime: '999999h' };
    const intermediate = await createIntermediate(issuer, options, late);
    expect(first(issuer.certificate).notAfter).toBe(first(root.certificate).notAfter);
    expect(first(intermediate.certificate).notAfter).toBe(first(root.certificate).notAfter);
    expect(opensslVerify(intermediate, late.now)).toContain('OK');
    const later = { crypto, now: now + 3651 * day };
    await expect(createIssuer(root, { mesh, trustDomain }, later)).rejects.toMatchObject({ code: 'trust-invalid' });
  });

  test('dates beyond 2049 are written as X.509 wants', async () => {
    const late = { crypto, now: Date.UTC(2045, 0, 1) };
    const root = await createRoot({ mesh }, late);
    expect(new NodeCertificate(root.certificate).validTo).toBe('Dec 30 00:00:00 2054 GMT');
  });

  test('a lifetime is a whole number of hours', () => {
    expect(lifetimeOf('24h')).toBe(day);
    for (const text of ['1d', '0h', '1.5h', '']) expect(() => lifetimeOf(text)).toThrow('whole number of hours');
  });
});

describe('private keys', () => {
  test('show themselves nowhere', async () => {
    const { intermediate } = await chain();
    const secret = intermediate.privateKey.toPem().split('\n')[1] ?? '';
    expect(secret).toHaveLength(64);
    const shown = [
      inspect(intermediate, { depth: 9, showHidden: true }),
      JSON.stringify(intermediate),
      `${intermediate.privateKey}`,
      JSON.stringify({ ...intermediate.privateKey }),
      Object.values(intermediate.privateKey).join(),
    ];
    for (const text of shown) expect(text).not.toContain(secret.slice(0, 20));
    expect(shown[0]).toContain('[private key]');
    await expect(crypto.subtle.exportKey('pkcs8', intermediate.privateKey.signingKey)).rejects.toThrow();
  });

  test.each([
    ['PKCS#8 EC', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384']],
    ['SEC 1', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout']],
    ['SEC 1 on P-521', ['ecparam', '-name', 'secp521r1', '-genkey', '-noout']],
    ['PKCS#1', ['genrsa', '-traditional', '2048']],
    ['PKCS#8 RSA', ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']],
  ])('%s is read, and stays the same key', async (_, args) => {
    const pem = openssl(...args);
    const key = await parsePrivateKey(crypto, pem);
    const publicOf = (text: string): string => openssl('pkey', '-in', file('key.pem', text), '-pubout');
    expect(publicOf(key?.toPem() ?? '')).toBe(publicOf(pem));
  });

  test('what is not the first block, encrypted or no key at all is not read', async () => {
    const withParameters = openssl('ecparam', '-name', 'prime256v1', '-genkey');
    expect(parsePem(withParameters)?.[0]?.type).toBe('EC PARAMETERS');
    const { root } = await chain();
    for (const pem of [withParameters, '', 'x', root.certificate]) {
      expect(await parsePrivateKey(crypto, pem)).toBeUndefined();
    }
    // An issuer's key never goes to an istiod, which is what cannot read the block.
    expect(await parsePrivateKey(crypto, withoutParameters(withParameters))).toBeDefined();
  });
});

test('in whatever order clusters come and issuers change, every intermediate verifies', async () => {
  const root = await createRoot({ mesh }, environment);
  const steps = fc.array(fc.oneof(fc.constant('issuer'), fc.constantFrom('west', 'east', 'north')), {
    minLength: 1,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (order) => {
      let issuer = await createIssuer(root, { mesh, trustDomain }, environment);
      const made: Intermediate[] = [];
      for (const step of order) {
        if (step === 'issuer') issuer = await createIssuer(root, { mesh, trustDomain }, environment);
        else {
          const options = { mesh, cluster: clusterName.parse(step), trustDomain, lifetime: '720h' };
          made.push(await createIntermediate(issuer, options, environment));
        }
      }
      for (const intermediate of made) expect(opensslVerify(intermediate)).toContain('OK');
    }),
    { numRuns: 8 },
  );
});
