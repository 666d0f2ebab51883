import { describe, expect, test } from 'vitest';
import { type ClusterName, clusterName, meshName } from '../api/name.ts';
import { encodeBase64Text } from '../base/base64.ts';
import { IsthmusError } from '../base/error.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { readText } from '../mesh/text/read-text.ts';
import { type KubeObject, refKey, refOf } from '../objects/object.ts';
import type { Observed } from '../observe/observe.ts';
import { secretTexts } from '../observe/secret.ts';
import { createIssuer, createRoot } from '../pki/authority.ts';
import { certificatesOf, isSignedBy, parseCertificates } from '../pki/certificate.ts';
import type { PkiEnvironment } from '../pki/environment.ts';
import type { IssuerTexts } from '../pki/read-issuer.ts';
import type { RootFiles } from '../pki/schema.ts';
import { issuerTextsOf, issuerToData, rootToFiles } from '../pki/stored.ts';
import { createWrappingKey } from '../pki/wrapping.ts';
import { ownedObject, type StagedObject } from '../plan/desired.ts';
import { resolveMesh } from '../topology/resolved-mesh.ts';
import { type MeshTrust, resolveTrust } from './resolve.ts';
import type { RootStore } from './root-store.ts';

const now = Date.parse('2030-01-01T00:00:00Z');
const year = 365 * 24 * 3_600_000;
const west = clusterName.parse('west');
const east = clusterName.parse('east');

const cluster = (name: string): string =>
  `---\napiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: ${name}}\n`;

function declaredMesh(trust = '', istio = ''): DeclaredMesh {
  const spec = `{istio: {version: "1.31"${istio}}, trust: {${trust}}}`;
  const text = `apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: ${spec}\n${cluster('west')}${cluster('east')}`;
  const { declared, findings } = readText(text, 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return declared;
}

function store(files?: RootFiles | 'Keyless', create: RootStore['create'] = 'IfMissing'): RootStore {
  return { create, read: async () => files, write: async () => undefined, folder: () => '/state/isthmus/shop' };
}

function holding(...objects: readonly (StagedObject | undefined)[]): Observed {
  const entries = objects.flatMap((one) =>
    one === undefined ? [] : [[refKey(refOf(one.object)), one.object] as const],
  );
  return { live: new Map(), whole: new Map(entries), scaledToZero: new Set() };
}

interface Situation {
  readonly west?: Observed;
  readonly east?: Observed;
  readonly root?: RootFiles | 'Keyless';
  readonly create?: RootStore['create'];
  readonly at?: number;
  /** Fields of `spec.trust`. */
  readonly trust?: string;
  /** Fields of `spec.istio` after the version. */
  readonly istio?: string;
  readonly issuerFiles?: IssuerTexts;
  readonly only?: ReadonlySet<ClusterName>;
  readonly renewal?: 'Due' | 'Always';
}

function environmentAt(at: number): PkiEnvironment {
  return { crypto: globalThis.crypto, now: at };
}

function resolve({
  west: ofWest,
  east: ofEast,
  root,
  create,
  at = now,
  trust,
  istio,
  ...options
}: Situation): Promise<MeshTrust> {
  return resolveTrust({
    ...options,
    mesh: resolveMesh(declaredMesh(trust, istio)),
    observed: new Map([
      [west, ofWest ?? holding()],
      [east, ofEast ?? holding()],
    ]),
    roots: store(root, create),
    environment: environmentAt(at),
  });
}

/** The issuer as the home cluster keeps it after a run. */
function keptBy({ issuer }: MeshTrust): readonly (StagedObject | undefined)[] {
  return [issuer?.wrapping, issuer?.secret];
}

function caCerts(trust: MeshTrust, name: ClusterName): StagedObject | undefined {
  return trust.caCerts.get(name)?.[0];
}

function texts(trust: MeshTrust, name: ClusterName): Readonly<Record<string, string>> {
  return secretTexts(caCerts(trust, name)?.object) ?? {};
}

/** As someone else made it. */
function unlabelled({ object, ...staged }: StagedObject): StagedObject {
  const { labels: _, ...metadata } = object.metadata;
  return { ...staged, object: { ...object, metadata } };
}

async function failure(work: Promise<unknown>): Promise<IsthmusError> {
  return await work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => {
      if (error instanceof IsthmusError) return error;
      throw error;
    },
  );
}

describe('resolveTrust', () => {
  test('makes root, issuer and an intermediate per cluster where there is nothing', async () => {
    const trust = await resolve({});
    expect(trust).toMatchObject({ isNewIssuer: true, notices: [] });
    expect(trust.newRoot).toBeDefined();
    const [first, second] = [west, east].map((name) => secretTexts(caCerts(trust, name)?.object));
    expect(first?.['root-cert.pem']).toBe(second?.['root-cert.pem']);
    expect(first?.['ca-cert.pem']).not.toBe(second?.['ca-cert.pem']);
  });

  test('makes no root where none may be made, and an issuer where the root is there', async () => {
    const untouched: typeof globalThis.crypto = new Proxy(globalThis.crypto, {
      get() {
        throw new Error('no key is to be made');
      },
    });
    const refused = resolveTrust({
      mesh: resolveMesh(declaredMesh()),
      observed: new Map([west, east].map((name) => [name, holding()])),
      roots: store(undefined, 'Never'),
      environment: { crypto: untouched, now },
    });
    expect(await failure(refused)).toMatchObject({
      code: 'root-key-missing',
      remedy: expect.arrayContaining([{ do: 'Run', operation: 'apply' }]),
    });
    const { newRoot: root } = await resolve({});
    const trust = await resolve({ root: root === undefined ? 'Keyless' : rootToFiles(root), create: 'Never' });
    expect(trust).toMatchObject({ isNewIssuer: true, newRoot: undefined });
  });

  test('keeps what is there, to the letter', async () => {
    const before = await resolve({});
    const after = await resolve({
      west: holding(...keptBy(before), caCerts(before, west)),
      east: holding(caCerts(before, east)),
      at: now + year / 4,
    });
    expect(after).toMatchObject({ isNewIssuer: false, newRoot: undefined, rootFingerprint: before.rootFingerprint });
    expect(caCerts(after, east)?.object).toEqual(caCerts(before, east)?.object);
    expect(after.issuer).toEqual(before.issuer);
  });

  test('makes only what is missing, under the same root', async () => {
    const before = await resolve({});
    const after = await resolve({ west: holding(...keptBy(before), caCerts(before, west)) });
    expect(after.rootFingerprint).toBe(before.rootFingerprint);
    expect(caCerts(after, west)?.object).toEqual(caCerts(before, west)?.object);
    expect(caCerts(after, east)).toBeDefined();
  });

  test('a lost issuer is recreated under the root on this machine', async () => {
    const root = await createRoot({ mesh: meshName.parse('shop') }, { crypto: globalThis.crypto, now });
    const before = await resolve({ root: rootToFiles(root) });
    const after = await resolve({ root: rootToFiles(root), east: holding(caCerts(before, east)) });
    expect(after).toMatchObject({ isNewIssuer: true, newRoot: undefined, rootFingerprint: before.rootFingerprint });
  });

  test('asks for the key of a root that was taken offline', async () => {
    const error = await failure(resolve({ root: 'Keyless' }));
    expect(error).toMatchObject({ code: 'root-key-missing' });
    expect(error.remedy).toContain('put root.key back into /state/isthmus/shop');
  });

  test('makes no second root beside certificates that exist', async () => {
    const before = await resolve({});
    const error = await failure(resolve({ east: holding(caCerts(before, east)) }));
    expect(error).toMatchObject({ code: 'root-key-missing' });
    expect(error.message).toContain('east already has a Secret istio-system/cacerts');
    expect(JSON.stringify(error.remedy)).toContain('/state/isthmus/shop');
  });

  test('refuses certificates of another root, naming each cluster', async () => {
    const [ours, theirs] = [await resolve({}), await resolve({})];
    const error = await failure(resolve({ west: holding(...keptBy(ours)), east: holding(caCerts(theirs, east)) }));
    expect(error).toMatchObject({ code: 'trust-invalid' });
    expect(error.message).toMatch(/east: .*root/);
    expect(error.message).not.toContain('PRIVATE');
  });

  test('an intermediate is renewed when less than a third of its lifetime is left, or after it', async () => {
    const before = await resolve({});
    const held = { west: holding(...keptBy(before), caCerts(before, west)), east: holding(caCerts(before, east)) };
    const early = await resolve({ ...held, at: now + 0.66 * year });
    expect(caCerts(early, east)?.object).toEqual(caCerts(before, east)?.object);
    expect(early.notices).toEqual([]);
    for (const at of [now + 0.67 * year, now + 1.1 * year]) {
      const due = await resolve({ ...held, at });
      expect(due.notices.map(({ cluster: name, message }) => [name, message])).toEqual(
        [west, east].map((name) => [
          name,
          'a new intermediate is made: less than a third of the lifetime of the one in use is left',
        ]),
      );
      expect(texts(due, east)['ca-cert.pem']).not.toBe(texts(before, east)['ca-cert.pem']);
      expect(texts(due, east)['root-cert.pem']).toBe(texts(before, east)['root-cert.pem']);
      expect(due).toMatchObject({ isNewIssuer: false, rootFingerprint: before.rootFingerprint });
    }
  });

  test('only in the clusters of the run, and where it was asked for in each of them', async () => {
    const before = await resolve({});
    const held = { west: holding(...keptBy(before), caCerts(before, west)), east: holding(caCerts(before, east)) };
    const asked = await resolve({ ...held, renewal: 'Always', only: new Set([east]) });
    expect(texts(asked, west)).toEqual(texts(before, west));
    expect(texts(asked, east)['ca-cert.pem']).not.toBe(texts(before, east)['ca-cert.pem']);
    expect(asked.notices).toEqual([{ cluster: east, message: 'a new intermediate is made: it was asked for' }]);
  });

  test('another key algorithm takes effect at once, another lifetime at the next renewal', async () => {
    const before = await resolve({});
    const held = { west: holding(...keptBy(before), caCerts(before, west)), east: holding(caCerts(before, east)) };
    const shorter = await resolve({ ...held, trust: 'intermediate: {lifetime: 240h}' });
    expect(texts(shorter, east)).toEqual(texts(before, east));
    const rsa = await resolve({ ...held, trust: 'intermediate: {keyAlgorithm: RSA-3072}' });
    expect(rsa.notices).toHaveLength(2);
    const [made] = parseCertificates(texts(rsa, east)['ca-cert.pem'] ?? '')?.certificates ?? [];
    expect(made?.x509.publicKey.algorithm).toMatchObject({ modulusLength: 3072 });
    const again = await resolve({
      west: holding(...keptBy(rsa), caCerts(rsa, west)),
      east: holding(caCerts(rsa, east)),
      trust: 'intermediate: {keyAlgorithm: RSA-3072}',
    });
    expect(texts(again, east)).toEqual(texts(rsa, east));
  });

  test("an issuer that is due is renewed under the same root where the root's key is on this machine", async () => {
    const root = await createRoot({ mesh: meshName.parse('shop') }, environmentAt(now));
    const before = await resolve({ root: rootToFiles(root) });
    const held = { west: holding(...keptBy(before), caCerts(before, west)), east: holding(caCerts(before, east)) };
    const at = now + 3.5 * year;
    const after = await resolve({ ...held, root: rootToFiles(root), at });
    expect(after).toMatchObject({ isNewIssuer: true, newRoot: undefined, rootFingerprint: before.rootFingerprint });
    expect(after.notices.map(({ cluster: name }) => name)).toEqual(['west', 'east']);
    const kept = await resolve({ ...held, root: 'Keyless', at });
    expect(kept.isNewIssuer).toBe(false);
    expect(kept.notices.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /^the issuer ends on 2034-12-31: put root\.key back into \/state\/isthmus\/shop, and the next apply/,
      ),
    );
    const error = await failure(resolve({ ...held, root: 'Keyless', at: now + 5.1 * year }));
    expect(error).toMatchObject({ code: 'root-key-missing' });
    expect(error.message).toMatch(/the issuer .* has expired on 2034-12-31/);
  });

  test('an issuer that is renewed takes the intermediates of the old one with it', async () => {
    const root = await createRoot({ mesh: meshName.parse('shop') }, environmentAt(now));
    const [before, other] = [await resolve({ root: rootToFiles(root) }), await resolve({ root: rootToFiles(root) })];
    const after = await resolve({
      west: holding(...keptBy(other), caCerts(other, west)),
      east: holding(caCerts(before, east)),
    });
    expect(texts(after, west)).toEqual(texts(other, west));
    expect(after.notices).toEqual([
      {
        cluster: east,
        message: 'a new intermediate is made: the mesh has another issuer under the same root',
      },
    ]);
  });
});

describe("the issuer's private key", () => {
  /** The home cluster as a version before the wrapping key left it. */
  async function plainly(): Promise<{ readonly west: Observed; readonly texts: Readonly<Record<string, string>> }> {
    const environment = environmentAt(now);
    const mesh = meshName.parse('shop');
    const root = await createRoot({ mesh }, environment);
    const data = issuerToData(await createIssuer(root, { mesh, trustDomain: 'cluster.local' }, environment));
    const secret: KubeObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'isthmus-issuer', namespace: 'isthmus-system' },
      data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, encodeBase64Text(text)])),
    };
    return { west: holding(ownedObject(secret, 'shop')), texts: data };
  }

  const secretOf = (trust: MeshTrust): Readonly<Record<string, string>> =>
    secretTexts(trust.issuer?.secret.object) ?? {};

  test('is stored encrypted, and comes back', async () => {
    const before = await resolve({});
    expect(before.issuer?.secret).toMatchObject({ stage: 'Trust', object: { type: 'kubernetes.io/tls' } });
    expect(before.issuer?.wrapping).toMatchObject({ stage: 'Wrapping', object: { kind: 'WrappingKey' } });
    expect(secretOf(before)['tls.key']).toMatch(/^-----BEGIN ISTHMUS ENCRYPTED PRIVATE KEY-----/);
    const after = await resolve({ west: holding(...keptBy(before)) });
    expect(after).toMatchObject({ isNewIssuer: false, notices: [], issuer: before.issuer });
    const [signed] = certificatesOf(texts(after, east)['ca-cert.pem']);
    const [issuer] = certificatesOf(secretOf(before)['tls.crt']);
    if (signed === undefined || issuer === undefined) throw new Error('a certificate is missing');
    expect(await isSignedBy(globalThis.crypto, signed, issuer)).toBe(true);
  });

  test('of an older version is encrypted, and nothing else of it changes', async () => {
    const old = await plainly();
    const after = await resolve({ west: old.west });
    expect(after.isNewIssuer).toBe(false);
    expect(after.notices).toEqual([
      { cluster: west, message: expect.stringMatching(/^the issuer's private key is stored encrypted from now on/) },
    ]);
    const { 'tls.key': key, ...rest } = secretOf(after);
    expect(rest).toEqual({ 'tls.crt': old.texts['tls.crt'], 'ca.crt': old.texts['ca.crt'] });
    expect(key).not.toContain(old.texts['tls.key']?.split('\n')[1]);
    const again = await resolve({ west: holding(...keptBy(after)) });
    expect(again).toMatchObject({ notices: [], issuer: after.issuer });
  });

  test('is encrypted with the key that an interrupted apply left there', async () => {
    const [old, before] = [await plainly(), await resolve({})];
    const left = holding(before.issuer?.wrapping);
    const after = await resolve({ west: { ...old.west, whole: new Map([...old.west.whole, ...left.whole]) } });
    expect(after.issuer?.wrapping).toEqual(before.issuer?.wrapping);
  });

  test('is called encrypted only where it is', async () => {
    const { west: held } = await plainly();
    expect((await resolve({ west: held, only: new Set([east]) })).notices).toEqual([]);
    const renewed = await resolve({ west: held, renewal: 'Always' });
    expect(renewed.notices.map(({ message }) => message).join()).not.toContain('encrypted');
  });

  test.each([
    ['is not there', undefined],
    ['holds no key', { key: 'x' }],
    ['holds another key', { key: createWrappingKey(globalThis.crypto).toPem() }],
  ])('is refused, and no issuer made, where the wrapping key %s', async (why, spec) => {
    const root = await createRoot({ mesh: meshName.parse('shop') }, environmentAt(now));
    const before = await resolve({ root: rootToFiles(root) });
    const { secret, wrapping } = before.issuer ?? {};
    if (wrapping === undefined) throw new Error('no issuer was made');
    const other = spec === undefined ? undefined : { ...wrapping, object: { ...wrapping.object, spec } };
    const error = await failure(resolve({ root: rootToFiles(root), west: holding(secret, other) }));
    expect(error).toMatchObject({ code: 'trust-invalid' });
    expect(error.message).toContain(
      `it is encrypted with the WrappingKey isthmus-system/isthmus-issuer, which ${why}; nothing was changed`,
    );
    expect(error.message).not.toContain('BEGIN');
    expect(JSON.stringify(error.remedy)).toContain('restore the WrappingKey isthmus-system/isthmus-issuer');
    // What the remedy says: without both of them there is a new issuer under the same root.
    const after = await resolve({ root: rootToFiles(root), east: holding(caCerts(before, east)) });
    expect(after).toMatchObject({ isNewIssuer: true, newRoot: undefined, rootFingerprint: before.rootFingerprint });
  });

  test('of a Secret that the mesh file names is left as it is', async () => {
    const { west: held } = await plainly();
    const [[, secret] = []] = [...held.whole];
    if (secret === undefined) throw new Error('there is no Secret');
    const theirs = { ...secret, metadata: { ...secret.metadata, name: 'corporate' } };
    const whole = new Map([[refKey(refOf(theirs)), theirs]]);
    const after = await resolve({ trust: 'issuer: {secret: corporate}', west: { ...held, whole } });
    expect(after).toMatchObject({ issuer: undefined, notices: [] });
  });
});

test('each istiod has its own: a hub holds those of the clusters whose istiods it runs, and a remote has none', async () => {
  const south = clusterName.parse('south');
  const spec = (controlPlane: string): string => `{network: n, controlPlane: {${controlPlane}}}`;
  const { declared } = readText(
    [
      'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}\n',
      ...[
        ['west', spec('own: {}')],
        ['east', spec('externalOf: west')],
        ['south', spec('remoteOf: west')],
      ].map(
        ([name, text]) =>
          `apiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: ${name}}\nspec: ${text}\n`,
      ),
    ].join('---\n'),
    'mesh.yaml',
  );
  if (declared === undefined) throw new Error('the mesh file is wrong');
  const trust = await resolveTrust({
    mesh: resolveMesh(declared),
    observed: new Map([west, east, south].map((name) => [name, holding()])),
    roots: store(),
    environment: environmentAt(now),
  });
  const held = [west, east, south].map((name) =>
    (trust.caCerts.get(name) ?? []).map(({ object }) => object.metadata.namespace),
  );
  expect(held).toEqual([['istio-system', 'istiod-east'], [], []]);
  const [own, hosted] = (trust.caCerts.get(west) ?? []).map(({ object }) => secretTexts(object)?.['ca-cert.pem']);
  expect(own).not.toBe(hosted);
});

test('a key that someone else put beside ours stays theirs, and is named', async () => {
  const before = await resolve({});
  const own = caCerts(before, west);
  if (own === undefined) throw new Error('west has no cacerts');
  const data = { ...(own.object.data as Record<string, string>), 'ca-crl.pem': encodeBase64Text('a list') };
  const after = await resolve({ west: holding(...keptBy(before), { ...own, object: { ...own.object, data } }) });
  expect(texts(after, west)).toEqual(texts(before, west));
  expect(after.notices).toEqual([
    {
      cluster: west,
      message: 'Secret istio-system/cacerts also holds ca-crl.pem: left to those who put that there',
    },
  ]);
});

describe('a mesh of adopted Istios alone', () => {
  const istio = ', renderer: Installed';

  async function adopted(trust: MeshTrust, ...names: readonly ClusterName[]): Promise<Situation> {
    const held = (name: ClusterName): Observed => {
      const theirs = names.includes(name) ? caCerts(trust, name) : undefined;
      return holding(theirs === undefined ? undefined : unlabelled(theirs));
    };
    return { istio, west: held(west), east: held(east) };
  }

  test('needs no issuer: the root that they share is the root of the mesh', async () => {
    const before = await resolve({});
    const trust = await resolve(await adopted(before, west, east));
    expect(trust).toMatchObject({ issuer: undefined, newRoot: undefined, rootFingerprint: before.rootFingerprint });
    expect([...trust.caCerts.values()].flat()).toEqual([]);
  });

  test('is refused where they have not one root, or none at all', async () => {
    const [before, other] = [await resolve({}), await resolve({})];
    const ofWest = await adopted(before, west);
    const ofEast = await adopted(other, east);
    const error = await failure(resolve({ istio, west: ofWest.west, east: ofEast.east } as Situation));
    expect(error.code).toBe('trust-invalid');
    expect(error.message).toContain("east: root-cert.pem lacks the mesh's root");
    const none = await failure(resolve({ istio }));
    expect(none).toMatchObject({ code: 'trust-invalid', message: expect.stringContaining('no cluster has a Secret') });
  });

  test('an issuer that cannot sign is to be left out', async () => {
    const { newRoot } = await resolve({});
    if (newRoot === undefined) throw new Error('no root was made');
    const { certificate, privateKey } = rootToFiles(newRoot);
    const trust = 'issuer: {files: {certificate: a, privateKey: b, root: c}}';
    const error = await failure(resolve({ istio, trust, issuerFiles: { certificate, privateKey, root: certificate } }));
    expect(JSON.stringify(error.remedy)).toContain('leave spec.trust.issuer out');
  });
});

describe('certificates that someone else put there', () => {
  test('are left to them where they fit the mesh, and are not renewed', async () => {
    const before = await resolve({});
    const theirs = caCerts(before, east);
    const after = await resolve({
      west: holding(...keptBy(before), caCerts(before, west)),
      east: holding(theirs === undefined ? undefined : unlabelled(theirs)),
      at: now + 0.9 * year,
    });
    expect(caCerts(after, east)).toBeUndefined();
    expect(after.notices.filter(({ cluster: name }) => name === east).map(({ message }) => message)).toEqual([
      expect.stringContaining('is due to be renewed'),
      'Secret istio-system/cacerts was made by someone else: it fits the mesh and is left to them',
    ]);
  });

  test('are taken in the form of kubernetes.io/tls too', async () => {
    const before = await resolve({});
    const theirs = caCerts(before, east);
    if (theirs === undefined) throw new Error('east has no cacerts');
    const bundle = texts(before, east) ?? {};
    const data = {
      'tls.crt': encodeBase64Text(bundle['cert-chain.pem'] ?? ''),
      'tls.key': encodeBase64Text(bundle['ca-key.pem'] ?? ''),
      'ca.crt': encodeBase64Text(bundle['root-cert.pem'] ?? ''),
    };
    const tls = unlabelled({ ...theirs, object: { ...theirs.object, type: 'kubernetes.io/tls', data } });
    const after = await resolve({ west: holding(...keptBy(before), caCerts(before, west)), east: holding(tls) });
    expect(caCerts(after, east)).toBeUndefined();
    expect(after.notices.map(({ message }) => message)).toEqual([
      'Secret istio-system/cacerts was made by someone else: it fits the mesh and is left to them',
    ]);
  });

  test('are refused after their time', async () => {
    const before = await resolve({});
    const theirs = caCerts(before, east);
    const error = await failure(
      resolve({
        west: holding(...keptBy(before), caCerts(before, west)),
        east: holding(theirs === undefined ? undefined : unlabelled(theirs)),
        at: now + 1.1 * year,
      }),
    );
    expect(error).toMatchObject({ code: 'trust-invalid' });
    expect(error.message).toMatch(/east: "O=mesh shop, CN=cluster east" has expired on 2031-01-01/);
  });
});

describe('an issuer of the user', () => {
  const ofFiles = 'issuer: {files: {certificate: ca.pem, privateKey: ca.key, root: root.pem}}';

  async function company(at = now): Promise<IssuerTexts> {
    const environment = environmentAt(at);
    const root = await createRoot({ mesh: meshName.parse('company') }, environment);
    const options = { mesh: meshName.parse('company'), trustDomain: 'cluster.local' };
    return issuerTextsOf(issuerToData(await createIssuer(root, options, environment)));
  }

  test('in files signs, and is stored in no cluster', async () => {
    const issuerFiles = await company();
    const trust = await resolve({ trust: ofFiles, issuerFiles });
    expect(trust).toMatchObject({ issuer: undefined, isNewIssuer: false, newRoot: undefined });
    expect(texts(trust, east)['root-cert.pem']).toBe(issuerFiles.root);
    expect(texts(trust, east)['cert-chain.pem']).toContain(issuerFiles.certificate);
    const after = await resolve({
      trust: ofFiles,
      issuerFiles,
      west: holding(caCerts(trust, west)),
      east: holding(caCerts(trust, east)),
    });
    expect(texts(after, east)).toEqual(texts(trust, east));
  });

  test("in a Secret of the home cluster signs, and stays its owner's", async () => {
    const texts3 = await company();
    const data = { 'tls.crt': texts3.certificate, 'tls.key': texts3.privateKey, 'ca.crt': texts3.root };
    const secret = ownedObject(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'corporate', namespace: 'isthmus-system' },
        data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, encodeBase64Text(text)])),
      },
      'shop',
    );
    const trust = await resolve({ trust: 'issuer: {secret: corporate}', west: holding(unlabelled(secret)) });
    expect(trust.issuer).toBeUndefined();
    expect(texts(trust, east)['root-cert.pem']).toBe(texts3.root);
    const error = await failure(resolve({ trust: 'issuer: {secret: corporate}' }));
    expect(error).toMatchObject({ code: 'trust-invalid' });
    expect(error.message).toContain('the home cluster west has no Secret isthmus-system/corporate');
    const args = expect.arrayContaining(['--context', 'west', 'create', 'corporate']);
    expect(error.remedy).toContainEqual({ do: 'Execute', program: 'kubectl', args });
  });

  test('is refused together with everything else that is wrong', async () => {
    const [issuerFiles, before] = [await company(), await resolve({})];
    const error = await failure(
      resolve({
        trust: ofFiles,
        issuerFiles: { ...issuerFiles, privateKey: 'x' },
        west: holding(caCerts(before, west)),
        east: holding(caCerts(before, east)),
      }),
    );
    expect(error.message).toContain('issuer: ca.key holds no readable private key');
    expect(error.message).toMatch(/west: root-cert\.pem lacks the mesh's root/);
    expect(error.message).toMatch(/east: root-cert\.pem trusts a root that is not the mesh's/);
    expect(JSON.stringify(error.remedy)).toContain('spec.trust.issuer');
    const late = await failure(resolve({ trust: ofFiles, issuerFiles, at: now + 6 * year }));
    expect(late.message).toMatch(/issuer: "O=mesh company, CN=issuer CA [0-9a-f]{8}" has expired on 2034-12-31/);
  });

  test('under another root than the mesh has is refused', async () => {
    const before = await resolve({});
    const error = await failure(
      resolve({ trust: ofFiles, issuerFiles: await company(), east: holding(caCerts(before, east)) }),
    );
    expect(error).toMatchObject({ code: 'trust-invalid' });
    expect(error.message).toMatch(/east: root-cert\.pem lacks the mesh's root/);
  });
});
