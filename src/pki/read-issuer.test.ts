import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CompanyCa, caExtensions, companyCa, type MadeByOpenssl } from '../../test/support/company-ca.ts';
import { clusterName, meshName } from '../api/name.ts';
import { createIntermediate } from './authority.ts';
import { caCertsTexts } from './bundle.ts';
import { checkBundle } from './check-bundle.ts';
import { type IssuerTexts, readIssuer } from './read-issuer.ts';

const { crypto } = globalThis;
const day = 24 * 60 * 60 * 1000;
/** openssl dates its certificates by the machine's clock. */
const now = Date.now() + 60_000;
const names = { certificate: 'issuer.pem', privateKey: 'issuer.key', root: 'root.pem' };
const trustDomain = 'cluster.local';

let ca: CompanyCa;
let root: MadeByOpenssl;
let policy: MadeByOpenssl;
let issuer: MadeByOpenssl;
let texts: IssuerTexts;

beforeAll(() => {
  ca = companyCa();
  root = ca.make({ name: 'root' });
  policy = ca.make({ name: 'policy', signer: root, extensions: caExtensions(2), days: 3000 });
  issuer = ca.make({ name: 'issuer', signer: policy, extensions: caExtensions(1), days: 2000 });
  texts = {
    certificate: issuer.certificate + policy.certificate,
    privateKey: issuer.privateKey,
    root: root.certificate,
  };
});
afterAll(() => ca[Symbol.dispose]());

async function reasons(changed: Partial<IssuerTexts>, at = now, domain = trustDomain): Promise<string[]> {
  const expected = { names, trustDomain: domain };
  const reading = await readIssuer({ ...texts, ...changed }, expected, { crypto, now: at });
  const isRefused = reading.problems.some(({ severity }) => severity === 'error');
  expect(reading.issuer === undefined).toBe(isRefused);
  return reading.problems.map(({ reason }) => reason);
}

/** The texts of an issuer that was signed by the root itself. */
function below(made: MadeByOpenssl): IssuerTexts {
  return { certificate: made.certificate, privateKey: made.privateKey, root: root.certificate };
}

describe("a company's issuer", () => {
  test('signs intermediates whose cacerts carry every CA between them and the root', async () => {
    const { issuer: read, problems } = await readIssuer(texts, { names, trustDomain }, { crypto, now });
    if (read === undefined) throw new Error(JSON.stringify(problems));
    const wanted = { mesh: meshName.parse('shop'), cluster: clusterName.parse('west'), trustDomain, lifetime: '8760h' };
    const bundle = caCertsTexts(await createIntermediate(read, wanted, { crypto, now }));
    expect(bundle['cert-chain.pem'].match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
    expect(bundle['root-cert.pem']).toBe(read.root);
    expect(await checkBundle(bundle, { root: root.certificate, trustDomain }, { crypto, now })).toEqual([]);
    expect(ca.openssl('verify', '-CAfile', root.certificateFile, ...chainFiles(bundle))).toContain('OK');
  });

  test('is read without the root at the end of its chain, and without what openssl writes between', async () => {
    const text = ca.openssl('x509', '-in', policy.certificateFile, '-text');
    const certificate = `${issuer.certificate}${text}${root.certificate}`;
    const { issuer: read } = await readIssuer({ ...texts, certificate }, { names, trustDomain }, { crypto, now });
    expect(read?.certificate).toBe(issuer.certificate + policy.certificate);
  });

  test('is read in the forms in which programs keep it', async () => {
    const bags = (pem: string): string => `Bag Attributes\n    friendlyName: mesh\nsubject=CN = issuer\n\n${pem}`;
    const inOneLine = (pem: string): string => {
      const [head = '', ...rest] = pem.trim().split('\n');
      return `${head}\n${rest.slice(0, -1).join('')}\n${rest.at(-1)}\n`;
    };
    for (const as of [bags, inOneLine, (pem: string) => pem.replaceAll('\n', '\r\n')]) {
      const [first, second] = [as(issuer.certificate), as(policy.certificate)];
      expect(
        await reasons({ certificate: first + second, privateKey: as(issuer.privateKey), root: as(root.certificate) }),
      ).toEqual([]);
    }
    const rsa = ca.make({ name: 'rsa', signer: root, extensions: caExtensions(1), key: ['-algorithm', 'RSA'] });
    const traditional = ca.openssl('pkey', '-in', rsa.privateKeyFile, '-traditional');
    expect(traditional).toContain('BEGIN RSA PRIVATE KEY');
    expect(await reasons({ ...below(rsa), privateKey: traditional })).toEqual([]);
  });

  test('may state a key identifier of its own making: what it signs names that one', async () => {
    const extensions = caExtensions(1).replace('=hash', '=01:02:03:04');
    const own = ca.make({ name: 'own-identifier', signer: root, extensions });
    const { issuer: read } = await readIssuer(below(own), { names, trustDomain }, { crypto, now });
    if (read === undefined) throw new Error('it was refused');
    const wanted = { mesh: meshName.parse('shop'), cluster: clusterName.parse('west'), trustDomain, lifetime: '24h' };
    const bundle = caCertsTexts(await createIntermediate(read, wanted, { crypto, now }));
    expect(ca.openssl('verify', '-CAfile', root.certificateFile, ...chainFiles(bundle))).toContain('OK');
  });

  test.each([
    ['RSA', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']],
    ['P-384', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384']],
    ['P-521', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521']],
  ])('may have a key of %s, and the intermediate may be RSA', async (name, key) => {
    const made = ca.make({ name, signer: root, extensions: caExtensions(1), key });
    const { issuer: read } = await readIssuer(below(made), { names, trustDomain }, { crypto, now });
    if (read === undefined) throw new Error('it was refused');
    const wanted = { mesh: meshName.parse('shop'), cluster: clusterName.parse('west'), trustDomain, lifetime: '24h' };
    const bundle = caCertsTexts(
      await createIntermediate(read, { ...wanted, keyAlgorithm: 'RSA-3072' }, { crypto, now }),
    );
    const files = chainFiles(bundle);
    expect(ca.openssl('verify', '-CAfile', root.certificateFile, ...files)).toContain('OK');
    expect(ca.openssl('x509', '-in', files.at(-1) ?? '', '-noout', '-text')).toContain('Public-Key: (3072 bit)');
    expect(await checkBundle(bundle, { root: root.certificate, trustDomain }, { crypto, now })).toEqual([]);
  });

  test('no intermediate outlives any CA above it', async () => {
    const brief = ca.make({ name: 'brief', signer: root, extensions: caExtensions(2), days: 30 });
    const long = ca.make({ name: 'long', signer: brief, extensions: caExtensions(1), days: 2000 });
    const given = { ...below(long), certificate: long.certificate + brief.certificate };
    const { issuer: read, problems } = await readIssuer(given, { names, trustDomain }, { crypto, now });
    expect(problems.map(({ reason }) => reason)).toEqual(['outlives-signer']);
    if (read === undefined) throw new Error('it was refused');
    const wanted = { mesh: meshName.parse('shop'), cluster: clusterName.parse('west'), trustDomain, lifetime: '8760h' };
    const bundle = caCertsTexts(await createIntermediate(read, wanted, { crypto, now }));
    expect(await checkBundle(bundle, { root: root.certificate, trustDomain }, { crypto, now })).toEqual([
      expect.objectContaining({ reason: 'outlives-signer', message: expect.stringContaining('CN=long') }),
    ]);
  });
});

test('a bundle of roots is taken with a warning: the whole mesh would trust each of them', async () => {
  const other = ca.make({ name: 'company-web-root' });
  const given = { ...texts, root: root.certificate + other.certificate };
  const { issuer: read, problems } = await readIssuer(given, { names, trustDomain }, { crypto, now });
  expect(read).toBeDefined();
  expect(problems).toEqual([
    {
      reason: 'roots-several',
      severity: 'warning',
      message: expect.stringMatching(/^root\.pem holds 2 roots, and the whole mesh trusts .*CN=company-web-root/),
    },
  ]);
});

function chainFiles(bundle: Readonly<Record<string, string>>): readonly string[] {
  const between = ca.write('between.pem', bundle['cert-chain.pem'] ?? '');
  return ['-untrusted', between, ca.write('intermediate.pem', bundle['ca-cert.pem'] ?? '')];
}

describe('an issuer is refused', () => {
  test('where a part is missing: every such part is named', async () => {
    const { problems } = await readIssuer(
      { certificate: '', privateKey: ' \n', root: root.certificate },
      { names, trustDomain },
      { crypto, now },
    );
    expect(problems).toEqual([
      { reason: 'incomplete', severity: 'error', message: 'issuer.pem, issuer.key missing or empty' },
    ]);
  });

  test('where a part cannot be read: every such part is named', async () => {
    expect(await reasons({ certificate: 'x', privateKey: 'x', root: 'x' })).toEqual(Array(3).fill('unreadable'));
    expect(await reasons({ certificate: texts.certificate.replace('MII', 'AII') })).toEqual(['unreadable']);
  });

  test('as DER, or with a key that istiod does not sign with', async () => {
    const der = Buffer.from(issuer.certificate.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64').toString('utf8');
    expect(await reasons({ certificate: der })).toEqual(['unreadable']);
    const edwards = ca.make({
      name: 'edwards',
      signer: root,
      extensions: caExtensions(1),
      key: ['-algorithm', 'ED25519'],
    });
    expect(await reasons(below(edwards))).not.toEqual([]);
  });

  test('with its CAs in the wrong order, or with the CA in the place of its root', async () => {
    expect(await reasons({ certificate: policy.certificate + issuer.certificate })).toContain('key-mismatch');
    expect(await reasons({ certificate: issuer.certificate, root: policy.certificate })).toContain('not-root');
  });

  test('with an encrypted key, which is named as the reason', async () => {
    const encrypted = ca.openssl('pkey', '-in', issuer.privateKeyFile, '-aes256', '-passout', 'pass:secret');
    const { problems } = await readIssuer({ ...texts, privateKey: encrypted }, { names, trustDomain }, { crypto, now });
    expect(problems.map(({ message }) => message)).toEqual([
      'issuer.key is encrypted: a private key must be given without a password',
    ]);
  });

  test('with the key of another certificate', async () => {
    expect(await reasons({ privateKey: policy.privateKey })).toEqual(['key-mismatch']);
  });

  test('with other things among the certificates, without repeating them', async () => {
    const root64 = issuer.privateKey.split('\n')[1] ?? '';
    const { problems } = await readIssuer(
      { ...texts, certificate: texts.certificate + issuer.privateKey },
      { names, trustDomain },
      { crypto, now },
    );
    expect(problems.map(({ message }) => message)).toEqual([
      'issuer.pem holds a PRIVATE KEY; only CERTIFICATE blocks belong there',
    ]);
    expect(JSON.stringify(problems)).not.toContain(root64.slice(0, 20));
    const trusted = ca.openssl('x509', '-in', root.certificateFile, '-trustout');
    expect(await reasons({ root: root.certificate + trusted })).toEqual(['not-certificate']);
  });

  test('without the CAs between it and the root, or with those of another', async () => {
    expect(await reasons({ certificate: issuer.certificate })).toEqual(['chain-broken']);
    const other = ca.make({ name: 'other-root' });
    expect(await reasons({ root: other.certificate })).toEqual(['chain-broken']);
  });

  test('before and after its time, and that of a CA above it', async () => {
    expect(await reasons({}, now - day)).toEqual(Array(3).fill('not-yet-valid'));
    expect(await reasons({}, now + 1400 * day)).toEqual(['renewal-due']);
    expect(await reasons({}, now + 2001 * day)).toEqual(['expired', 'renewal-due', 'renewal-due']);
    expect(await reasons({}, now + 3001 * day)).toEqual(['expired', 'expired', 'renewal-due', 'renewal-due']);
    expect(await reasons({}, now + 3300 * day)).toContain('root-ends-soon');
  });

  test('where it is no CA, or may not sign, or has no room for the intermediates', async () => {
    const leaf = ca.make({ name: 'leaf', signer: root, extensions: 'basicConstraints=critical,CA:FALSE' });
    expect(await reasons(below(leaf))).toEqual(['not-ca']);
    const silent = ca.make({
      name: 'silent',
      signer: root,
      extensions: 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature',
    });
    expect(await reasons(below(silent))).toEqual(['not-ca']);
    const last = ca.make({ name: 'last', signer: root, extensions: caExtensions(0) });
    expect(await reasons(below(last))).toEqual(['path-length']);
    const tight = ca.make({ name: 'tight', signer: root, extensions: caExtensions(1) });
    const under = ca.make({ name: 'under', signer: tight, extensions: caExtensions(1), days: 1999 });
    expect(await reasons({ ...below(under), certificate: under.certificate + tight.certificate })).toEqual([
      'path-length',
    ]);
  });

  test('where a root has no room for all levels', async () => {
    const small = ca.make({ name: 'small-root', extensions: caExtensions(1) });
    const made = ca.make({ name: 'under-small', signer: small, extensions: caExtensions(1), days: 3000 });
    expect(await reasons({ ...below(made), root: small.certificate })).toEqual(['path-length']);
  });

  test('where a leaf is among the CAs', async () => {
    const leaf = ca.make({ name: 'stray', signer: root, extensions: 'basicConstraints=critical,CA:FALSE' });
    expect(await reasons({ certificate: texts.certificate + leaf.certificate })).toEqual(['leaf-in-bundle']);
  });

  test('where the root itself is given, or what is given as a root is none', async () => {
    const isRoot = { certificate: root.certificate, privateKey: root.privateKey, root: root.certificate };
    expect(await reasons(isRoot)).toEqual(['root-as-issuer']);
    expect(await reasons({ certificate: issuer.certificate, root: policy.certificate })).toContain('not-root');
  });

  test('over SHA-1, which istiod does not verify', async () => {
    const weak = ca.make({ name: 'weak', signer: root, extensions: caExtensions(1), hash: '-sha1' });
    expect(await reasons(below(weak))).toEqual(['weak-signature']);
  });

  test('of another trust domain', async () => {
    const extensions = `${caExtensions(1)}\nsubjectAltName=URI:spiffe://example.org`;
    const other = ca.make({ name: 'example-org', signer: root, extensions });
    expect(await reasons(below(other))).toEqual(['trust-domain']);
    expect(await reasons(below(other), now, 'example.org')).toEqual([]);
  });

  const rsa = (bits: number): readonly string[] => ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`];

  test('with an RSA key under 2048 bits, its own or of a CA above it', async () => {
    const weak = ca.make({ name: 'weak-key', signer: root, extensions: caExtensions(1), key: rsa(1024) });
    expect(await reasons(below(weak))).toEqual(['weak-key']);
    const anchor = ca.make({ name: 'weak-root', key: rsa(1024) });
    const under = ca.make({ name: 'under-weak', signer: anchor, extensions: caExtensions(1) });
    expect(await reasons({ ...below(under), root: anchor.certificate })).toEqual(['weak-key']);
  });

  /** An issuer with one more line in its extensions. */
  function extended(name: string, line: string): IssuerTexts {
    return below(ca.make({ name, signer: root, extensions: `${caExtensions(1)}\n${line}` }));
  }

  test.each([
    ['URI:other.example', 'exclude spiffe://cluster.local'],
    ['URI:.local', undefined],
    ['URI:cluster.local', undefined],
    ['DNS:example.com', 'exclude istiod.istio-system.svc'],
    ['DNS:svc', undefined],
    ['email:example.com', undefined],
    ['IP:10.0.0.0/255.0.0.0', undefined],
  ])('that permits only names of %s', async (name, said) => {
    const given = extended('permits', `nameConstraints=critical,permitted;${name}`);
    const { issuer: read, problems } = await readIssuer(given, { names, trustDomain }, { crypto, now });
    expect(read === undefined).toBe(said !== undefined);
    expect(problems.map(({ message }) => message).join()).toContain(said ?? '');
    if (read === undefined || !name.startsWith('URI')) return;
    // As openssl sees what is signed below it.
    const wanted = { mesh: meshName.parse('shop'), cluster: clusterName.parse('west'), trustDomain, lifetime: '24h' };
    const bundle = caCertsTexts(await createIntermediate(read, wanted, { crypto, now }));
    expect(ca.openssl('verify', '-CAfile', root.certificateFile, ...chainFiles(bundle))).toContain('OK');
  });

  test.each(['URI:cluster.local', 'URI:.local', 'DNS:istio-system.svc'])('that excludes names of %s', async (name) => {
    expect(await reasons(extended('excludes', `nameConstraints=excluded;${name}`))).toEqual(['name-constraints']);
  });

  test('whose names are limited in a way that istiod cannot check', async () => {
    const limit = 'nameConstraints=critical,permitted;dirName:limit\n[limit]\nO=Example';
    expect(await reasons(extended('directory', limit))).toEqual(['name-constraints']);
  });

  test.each([
    ['serverAuth', ['usage']],
    ['clientAuth', ['usage']],
    ['codeSigning', ['usage']],
    ['serverAuth,clientAuth', []],
    ['anyExtendedKeyUsage', []],
  ])('that may be used for %s', async (usages, found) => {
    expect(await reasons(extended('usages', `extendedKeyUsage=${usages}`))).toEqual(found);
  });

  test('with a critical extension that nobody knows', async () => {
    expect(await reasons(extended('unknown', '1.2.3.4=critical,DER:0500'))).toEqual(['unknown-extension']);
    expect(await reasons(extended('harmless', '1.2.3.4=DER:0500'))).toEqual([]);
  });
});
