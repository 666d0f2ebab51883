import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { clusterName, meshName } from '../api/name.ts';
import { createIntermediate, createIssuer, createRoot, type Issuer, type Root } from './authority.ts';
import { type CaBundle, caCertsKeys, caCertsTexts } from './bundle.ts';
import { checkBundle } from './check-bundle.ts';
import { type PrivateKey, parsePrivateKey } from './private-key.ts';

const { crypto } = globalThis;
const mesh = meshName.parse('shop');
const trustDomain = 'cluster.local';
const day = 24 * 60 * 60 * 1000;
const now = Date.UTC(2026, 10, 21);
const environment = { crypto, now };

let root: Root;
let otherRoot: Root;
let issuer: Issuer;
let west: CaBundle;
let east: CaBundle;

async function bundleOf(signer: Issuer, cluster: string, lifetime = '8760h'): Promise<CaBundle> {
  const options = { mesh, cluster: clusterName.parse(cluster), trustDomain, lifetime };
  return caCertsTexts(await createIntermediate(signer, options, environment));
}

beforeAll(async () => {
  root = await createRoot({ mesh }, environment);
  otherRoot = await createRoot({ mesh }, environment);
  issuer = await createIssuer(root, { mesh, trustDomain }, environment);
  west = await bundleOf(issuer, 'west');
  east = await bundleOf(issuer, 'east');
});

/** `tls.crt` has the CAs below the root too, `ca.crt` the root. */
function tlsForm(bundle: CaBundle): CaBundle {
  return {
    'tls.crt': bundle['cert-chain.pem'] ?? '',
    'tls.key': bundle['ca-key.pem'] ?? '',
    'ca.crt': bundle['root-cert.pem'] ?? '',
  };
}

async function reasons(bundle: CaBundle, at = now, domain = trustDomain): Promise<string[]> {
  const found = await checkBundle(bundle, { root: root.certificate, trustDomain: domain }, { crypto, now: at });
  return found.map(({ reason }) => reason);
}

describe('checkBundle', () => {
  test('a bundle of this mesh has no problem', async () => {
    expect(await reasons(west)).toEqual([]);
  });

  test('each missing key is named', async () => {
    for (const key of caCertsKeys) {
      const { [key]: _, ...rest } = west;
      for (const bundle of [rest, { ...west, [key]: ' \n' }]) {
        const [problem] = await checkBundle(bundle, { root: root.certificate, trustDomain }, environment);
        expect(problem).toMatchObject({ reason: 'incomplete', severity: 'error' });
        expect(problem?.message).toContain(key);
      }
    }
  });

  test('what is no PEM is unreadable, and every such file is named', async () => {
    const bundle = {
      ...west,
      'ca-cert.pem': 'x',
      'ca-key.pem': 'x',
      'root-cert.pem': '-----BEGIN CERTIFICATE-----\nAA',
    };
    expect(await reasons(bundle)).toEqual(['unreadable', 'unreadable', 'unreadable']);
    expect(await reasons({ ...west, 'ca-cert.pem': (west['ca-cert.pem'] ?? '').replace('MII', 'AII') })).toEqual([
      'unreadable',
    ]);
  });

  test('a key among the certificates is an error, and its text is not repeated', async () => {
    const bundle = { ...west, 'root-cert.pem': `${west['root-cert.pem']}${west['ca-key.pem']}` };
    const found = await checkBundle(bundle, { root: root.certificate, trustDomain }, environment);
    expect(found.map(({ reason }) => reason)).toEqual(['not-certificate']);
    expect(found[0]?.message).toBe('root-cert.pem holds a PRIVATE KEY; istiod reads certificates only');
  });

  test('keys that make istiod look elsewhere', async () => {
    expect(await reasons({ ...west, 'tls.crt': '' })).toEqual(['not-used', 'incomplete']);
    expect(await reasons({ ...west, 'istio-generated': '' })).toEqual(['not-used']);
  });

  test('the form of a Secret of type kubernetes.io/tls is taken, as cert-manager, Vault and AWS PCA write it', async () => {
    const tls = tlsForm(west);
    expect(await reasons(tls)).toEqual([]);
    const { 'ca.crt': _, ...rootless } = tls;
    const found = await checkBundle(rootless, { root: root.certificate, trustDomain }, environment);
    expect(found.map(({ message }) => message)).toEqual(['ca.crt missing: istiod refuses an incomplete cacerts']);
    const foreign = { root: otherRoot.certificate, trustDomain };
    const [lacks] = await checkBundle(tls, foreign, environment);
    expect(lacks).toMatchObject({
      reason: 'root-foreign',
      message: expect.stringContaining("ca.crt lacks the mesh's"),
    });
    expect(await reasons({ ...tls, 'tls.key': east['ca-key.pem'] ?? '' })).toEqual(['key-mismatch']);
    expect(await reasons({ ...tls, 'tls.crt': 'x' })).toEqual(['unreadable']);
    expect(await reasons({ ...tls, 'tls.crt': tls['tls.crt'] + (tls['tls.key'] ?? '') })).toEqual(['not-certificate']);
  });

  test('both forms in one Secret are wrong only where they differ', async () => {
    expect(await reasons({ ...west, ...tlsForm(west) })).toEqual([]);
    expect(await reasons({ ...west, ...tlsForm(east) })).toEqual(['not-used']);
  });

  test('a key of another certificate', async () => {
    expect(await reasons({ ...west, 'ca-key.pem': east['ca-key.pem'] ?? '' })).toEqual(['key-mismatch']);
    expect(await reasons({ ...west, 'ca-key.pem': root.privateKey.toPem() })).toEqual(['key-mismatch']);
  });

  test('a chain that does not start with the signer, or does not lead to the root', async () => {
    expect(await reasons({ ...west, 'cert-chain.pem': issuer.certificate })).toEqual(['chain-order']);
    expect(await reasons({ ...west, 'cert-chain.pem': west['ca-cert.pem'] ?? '' })).toEqual(['chain-broken']);
  });

  test("a root that is not the mesh's", async () => {
    const foreign = await createIssuer(otherRoot, { mesh, trustDomain }, environment);
    expect(await reasons(await bundleOf(foreign, 'west'))).toEqual(['root-foreign', 'root-foreign']);
    const both = { ...west, 'root-cert.pem': root.certificate + otherRoot.certificate };
    expect(await reasons(both)).toEqual(['root-foreign']);
    const changing = { root: root.certificate + otherRoot.certificate, trustDomain };
    expect(await checkBundle(both, changing, environment)).toEqual([]);
    expect((await checkBundle(west, changing, environment)).map(({ reason }) => reason)).toEqual(['root-foreign']);
  });

  test('another trust domain', async () => {
    expect(await reasons(west, now, 'example.org')).toEqual(['trust-domain']);
  });

  test('time: before, due at two thirds, after', async () => {
    expect(await reasons(west, now - 5 * 60_000)).toEqual([]);
    expect(await reasons(west, now - 5 * 60_000 - 1)).toContain('not-yet-valid');
    expect(await reasons(west, now + 243 * day)).toEqual([]);
    expect(await reasons(west, now + 244 * day)).toEqual(['renewal-due']);
    expect(await reasons(west, now + 365 * day - 1)).toEqual(['renewal-due']);
    expect(await reasons(west, now + 365 * day)).toEqual(['expired', 'renewal-due']);
    expect(await reasons(west, now + (3650 - 365) * day)).toContain('root-ends-soon');
  });

  test('a signer of two levels cannot be an intermediate of three', async () => {
    const below = { ...issuer, certificate: west['ca-cert.pem'] ?? '', privateKey: await keyOf(west) };
    const third = await bundleOf(below, 'third');
    const bundle = { ...third, 'cert-chain.pem': `${third['cert-chain.pem']}${issuer.certificate}` };
    // The root, the issuer and the intermediate between all have one CA more below them than they allow.
    expect(await reasons(bundle)).toEqual(['path-length', 'path-length', 'path-length']);
  });
});

async function keyOf(bundle: CaBundle): Promise<PrivateKey> {
  const key = await parsePrivateKey(crypto, bundle['ca-key.pem'] ?? '');
  if (key === undefined) throw new Error('no key');
  return key;
}

describe('certificates of others', () => {
  /** A CA as the usual scripts make it with openssl, without SPIFFE ID. */
  function foreign(
    extensions: string,
    options: { readonly rootDays?: string; readonly key?: string } = {},
  ): CaBundle & { readonly root: string } {
    const folder = mkdtempSync(join(tmpdir(), 'isthmus-foreign-'));
    const path = (name: string): string => join(folder, name);
    const openssl = (...args: readonly string[]): void => {
      execFileSync('openssl', args, { cwd: folder, timeout: 20_000, stdio: 'ignore' });
    };
    try {
      writeFileSync(path('ext.cnf'), extensions);
      const newKey = [...(options.key ?? 'ec -pkeyopt ec_paramgen_curve:prime256v1').split(' '), '-nodes'];
      const rootDays = ['-days', options.rootDays ?? '3650'];
      openssl(
        'req',
        '-x509',
        '-newkey',
        ...newKey,
        '-keyout',
        'root.key',
        '-subj',
        '/O=Istio/CN=Root CA',
        ...rootDays,
        '-out',
        'root.pem',
      );
      openssl(
        'req',
        '-newkey',
        ...newKey,
        '-keyout',
        'ca.key',
        '-subj',
        '/O=Istio/CN=Intermediate CA',
        '-out',
        'ca.csr',
      );
      const signer = ['-CA', 'root.pem', '-CAkey', 'root.key', '-CAcreateserial', '-extfile', 'ext.cnf'];
      openssl('x509', '-req', '-in', 'ca.csr', ...signer, '-days', '730', '-out', 'ca.pem');
      const read = (name: string): string => readFileSync(path(name), 'utf8');
      return {
        'ca-cert.pem': read('ca.pem'),
        'ca-key.pem': read('ca.key'),
        'cert-chain.pem': read('ca.pem') + read('root.pem'),
        'root-cert.pem': read('root.pem'),
        root: read('root.pem'),
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  const check = async ({ root: pem, ...bundle }: CaBundle & { readonly root: string }): Promise<string[]> => {
    // openssl dates its certificates by the machine's clock.
    const found = await checkBundle(bundle, { root: pem, trustDomain }, { crypto, now: Date.now() + 60_000 });
    return found.map(({ reason }) => reason);
  };

  test('an RSA chain is as good', async () => {
    expect(
      await check(foreign('basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n')),
    ).toEqual([]);
  });

  test('a leaf, a CA that may not sign, and one that outlives its root', async () => {
    expect(await check(foreign('basicConstraints=critical,CA:FALSE\n'))).toEqual(['not-ca']);
    expect(await check(foreign('basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature\n'))).toEqual([
      'not-ca',
    ]);
    const short = foreign('basicConstraints=critical,CA:TRUE\n', { rootDays: '400' });
    expect(await check(short)).toEqual(['outlives-signer']);
  });

  test('a leaf beside the CAs', async () => {
    const { root: _, 'ca-cert.pem': leaf } = foreign('basicConstraints=critical,CA:FALSE\n');
    const bundle = { ...west, 'cert-chain.pem': `${west['cert-chain.pem']}${leaf}` };
    expect(await reasons(bundle)).toEqual(['leaf-in-bundle']);
  });
});

test("a bundle passes its own check and fails with any part of another cluster's of another mesh", async () => {
  const foreign = await bundleOf(await createIssuer(otherRoot, { mesh, trustDomain }, environment), 'west');
  // Clusters of one mesh share the root, so that file is exchanged with another mesh's only.
  const parts = fc.record({ key: fc.constantFrom(...caCertsKeys), other: fc.constantFrom('east', 'foreign') });
  await fc.assert(
    fc.asyncProperty(parts, async ({ key, other }) => {
      const donor = other === 'east' ? east : foreign;
      const mixed = { ...west, [key]: donor[key] ?? '' };
      const isSame = key === 'root-cert.pem' && other === 'east';
      expect((await reasons(mixed)).length > 0).toBe(!isSame);
    }),
    { numRuns: 24 },
  );
});
