import { beforeAll, describe, expect, test } from 'vitest';
import { clusterName, meshName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import { readText } from '../../mesh/text/read-text.ts';
import { createIntermediate, createIssuer, createRoot } from '../../pki/authority.ts';
import { caCertsTexts } from '../../pki/bundle.ts';
import { type Certificate, parseCertificates } from '../../pki/certificate.ts';
import { type ClusterTopology, resolveTopology } from '../../topology/topology.ts';
import { relationsOf } from '../../trust/relations.ts';
import type { AskedProxy, ExpectedTrust, HeldBundle, TrustFacts } from '../facts/trust.ts';
import { trustFindings } from './trust.ts';
import { signsWith } from './trust-istiod.ts';

const now = Date.UTC(2026, 10, 21);
const hour = 3_600_000;
const environment = { crypto: globalThis.crypto, now };
const mesh = meshName.parse('shop');
const trustDomain = 'cluster.local';

/** A mesh's trust, with a bundle for each cluster that is asked for. */
interface Made {
  readonly root: string;
  bundle(cluster: string, at?: number): Promise<HeldBundle>;
}

async function made(): Promise<Made> {
  const root = await createRoot({ mesh }, environment);
  const issuer = await createIssuer(root, { mesh, trustDomain }, environment);
  return {
    root: root.certificate,
    async bundle(cluster, at = now) {
      const options = { mesh, cluster: clusterName.parse(cluster), trustDomain, lifetime: '8760h' };
      const texts = caCertsTexts(await createIntermediate(issuer, options, { ...environment, now: at }));
      return {
        texts,
        createdAt: '2026-11-21T08:00:00Z',
        intermediate: certificates(texts['ca-cert.pem'])[0],
        issuers: certificates(issuer.certificate),
        roots: certificates(root.certificate),
      };
    },
  };
}

function certificates(pem: string): readonly Certificate[] {
  return parseCertificates(pem)?.certificates ?? [];
}

let ours: Made;
let theirs: Made;
let expected: ExpectedTrust;
beforeAll(async () => {
  [ours, theirs] = [await made(), await made()];
  expected = { root: ours.root, roots: certificates(ours.root), trustDomain };
});

/**
 * What a workload presents: its own certificate and the chain above. A second intermediate stands for the workload's own,
 * because nothing here asks whether it is a CA.
 */
async function chainOf(bundle: HeldBundle): Promise<readonly Certificate[]> {
  const { parsePrivateKey } = await import('../../pki/private-key.ts');
  const privateKey = await parsePrivateKey(globalThis.crypto, bundle.texts['ca-key.pem'] ?? '');
  if (privateKey === undefined) throw new Error('no key');
  const issuer = { certificate: bundle.texts['cert-chain.pem'] ?? '', privateKey, root: '' };
  const options = { mesh, cluster: clusterName.parse('workload'), trustDomain, lifetime: '24h' };
  const leaf = await createIntermediate(issuer, options, environment);
  return certificates(leaf.certificate + bundle.texts['cert-chain.pem']);
}

function topologyOf(controlPlane: string): ClusterTopology {
  const cluster = (name: string, spec: string): string =>
    `---\napiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: n, ${spec}}\n`;
  const text = `apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}\n`;
  const { declared } = readText(
    `${text}${cluster('west', 'controlPlane: {own: {}}')}${cluster('east', `controlPlane: {${controlPlane}}`)}`,
    'mesh.yaml',
  );
  const found = declared === undefined ? undefined : resolveTopology(declared).clusters[1];
  if (found === undefined) throw new Error('the mesh file is wrong');
  return found;
}

async function healthy(over: Partial<TrustFacts> = {}): Promise<TrustFacts> {
  const bundle = over.bundle ?? (await ours.bundle('east'));
  const chain = await chainOf(bundle);
  return {
    topology: topologyOf('own: {}'),
    holds: 'shop',
    bundle,
    bundleError: undefined,
    selfSigned: undefined,
    istiods: [{ pod: 'istiod-1', startedAt: '2026-11-21T09:00:00Z', chain }],
    istiodError: undefined,
    distributed: new Map([['istio-system', bundle.roots]]),
    distributedByOthers: new Map(),
    proxies: { total: 1, asked: [proxy({ trusts: bundle.roots, presents: chain })] },
    ...over,
  };
}

function proxy(certificatesOf: AskedProxy['certificates']): AskedProxy {
  const pod = { namespace: 'sample', name: 'web-1', type: 'Sidecar' } as const;
  return { pod, certificates: certificatesOf, error: undefined };
}

async function found(facts: TrustFacts): Promise<readonly string[]> {
  const findings = await trustFindings(facts, expected, environment);
  return findings.map(({ code, severity, cluster, message }) => `${severity} ${code}: ${cluster}: ${message}`);
}

describe('a cluster as it should be', () => {
  test('has no finding, and its istiod signs with its cacerts', async () => {
    const facts = await healthy();
    expect(await found(facts)).toEqual([]);
    const [istiod] = facts.istiods;
    expect(istiod === undefined ? undefined : await signsWith(globalThis.crypto, istiod, facts, expected.roots)).toBe(
      'CaCerts',
    );
  });

  test('that another one serves has neither cacerts nor istiod', async () => {
    const facts = await healthy({ topology: topologyOf('remoteOf: west'), istiods: [] });
    expect(await found({ ...facts, bundle: undefined })).toEqual([]);
  });
});

describe('what istiod signs with', () => {
  test('an older intermediate of the mesh', async () => {
    const facts = await healthy();
    const renewed = { ...facts, bundle: await ours.bundle('east') };
    expect(await found(renewed)).toEqual([
      'error trust-istiod: east: istiod istiod-1 does not sign with the intermediate in cacerts but with an older one of the same root',
    ]);
  });

  test('a CA that it made for itself, because cacerts came too late', async () => {
    const selfMade = await theirs.bundle('east');
    const facts = await healthy();
    const late = {
      ...facts,
      selfSigned: selfMade.intermediate,
      istiods: [{ pod: 'istiod-1', startedAt: '2026-11-21T07:00:00Z', chain: (await chainOf(selfMade)).slice(0, 1) }],
    };
    expect(await found(late)).toEqual([
      'error trust-istiod: east: istiod istiod-1 signs with the CA that it made for itself (Secret istio-ca-secret), not with cacerts; it started at 2026-11-21T07:00:00Z, and cacerts was made at 2026-11-21T08:00:00Z',
    ]);
    expect((await found({ ...late, selfSigned: undefined }))[0]).toContain('signs with a CA that is not in cacerts');
  });

  test('is not known where istiod is not ready, or has its certificate from another CA', async () => {
    const facts = await healthy();
    expect(await found({ ...facts, istiods: [] })).toEqual([
      'error trust-unread: east: no istiod is ready, so it is unknown what it would sign with',
    ]);
    const [istiod] = facts.istiods;
    const silent = istiod === undefined ? [] : [{ ...istiod, chain: [] }];
    expect((await found({ ...facts, istiods: silent }))[0]).toMatch(/^warning trust-unread: .*PILOT_CERT_PROVIDER/);
  });
});

describe('what a cluster holds and gives out', () => {
  test('no cacerts', async () => {
    const facts = await healthy();
    expect((await found({ ...facts, bundle: undefined, istiods: [] }))[0]).toMatch(
      /^error trust-bundle: east: there is no Secret cacerts/,
    );
  });

  test('no cacerts while istiod goes on with the intermediate that it loaded: one finding, not two that contradict', async () => {
    const facts = await healthy();
    expect(await found({ ...facts, bundle: undefined })).toEqual([
      'error trust-bundle: east: there is no Secret cacerts: an istiod that starts now makes a CA for itself',
    ]);
  });

  test('a Secret that could not be read is unknown, and neither missing nor wrong', async () => {
    const facts = await healthy();
    const bundleError = new IsthmusError('access-denied', 'cluster east: ann may not get secrets');
    const findings = await trustFindings({ ...facts, bundle: undefined, bundleError }, expected, environment);
    expect(findings).toMatchObject([
      {
        code: 'trust-unread',
        confidence: 'Unknown',
        message: 'its cacerts could not be read: ann may not get secrets',
      },
    ]);
  });

  test('an intermediate that is due, and one that has ended', async () => {
    const due = await healthy({ bundle: await ours.bundle('east') });
    const at = (time: number) => trustFindings(due, expected, { ...environment, now: time });
    const codes = async (time: number) => (await at(time)).map(({ code, severity }) => `${severity} ${code}`);
    expect(await codes(now + 8000 * hour)).toContain('warning trust-expiry');
    expect(await codes(now + 9000 * hour)).toContain('error trust-expiry');
  });

  test("another root than the mesh's, in the Secret and in the namespaces", async () => {
    const bundle = await theirs.bundle('east');
    const findings = await found(await healthy({ bundle }));
    expect(findings.map((text) => text.split(':')[0])).toEqual([
      'error trust-bundle',
      'error trust-bundle',
      'error trust-distributed',
      'error trust-proxy',
    ]);
    const facts = await healthy();
    expect(await found({ ...facts, distributed: new Map() })).toEqual([
      'error trust-distributed: east: no namespace has a ConfigMap istio-ca-root-cert, so no new proxy can verify istiod',
    ]);
  });

  test('a ConfigMap that someone else wrote into a namespace is a note', async () => {
    const facts = await healthy();
    const { roots } = await theirs.bundle('east');
    expect(await found({ ...facts, distributedByOthers: new Map([['team', roots]]) })).toEqual([
      "info trust-distributed: east: somebody other than istiod wrote ConfigMap istio-ca-root-cert in team, with other roots than the mesh's",
    ]);
  });
});

describe('what the proxies trust and present', () => {
  test('each fault of a proxy is named', async () => {
    const facts = await healthy();
    const bundle = await ours.bundle('east');
    const foreign = await theirs.bundle('east');
    const [good, bad] = [await chainOf(bundle), await chainOf(foreign)];
    const said = async (asked: AskedProxy): Promise<readonly string[]> =>
      await found({ ...facts, proxies: { total: 1, asked: [asked] } });
    expect(await said(proxy({ trusts: [], presents: [] }))).toEqual([
      'error trust-proxy: east: the proxy of sample/web-1 has no certificate or no root yet',
    ]);
    expect((await said(proxy({ trusts: foreign.roots, presents: good })))[0]).toMatch(
      /does not trust the mesh's roots but "O=mesh shop, CN=root CA/,
    );
    expect((await said(proxy({ trusts: bundle.roots, presents: bad })))[0]).toMatch(
      /which leads to no root of the mesh/,
    );
    expect((await said({ ...proxy(undefined) }))[0]).toMatch(/^error trust-unread: .*could not be asked/);
    const answering = proxy({ trusts: bundle.roots, presents: good });
    const mixed = { ...facts, proxies: { total: 2, asked: [answering, proxy(undefined)] } };
    expect((await found(mixed))[0]).toMatch(/^warning trust-unread: .*could not be asked/);
    const denied = new IsthmusError('access-denied', 'no right to create pods/portforward', { remedy: 'grant it' });
    const refused = { ...facts, proxies: { total: 2, asked: [answering, { ...proxy(undefined), error: denied }] } };
    expect(await trustFindings(refused, expected, environment)).toMatchObject([
      { code: 'trust-unread', severity: 'error', confidence: 'Unknown', remedy: 'grant it' },
    ]);
    const late = await trustFindings(facts, expected, { ...environment, now: now + 25 * hour });
    expect(late.map(({ message }) => message)).toEqual(['the proxy of sample/web-1 presents an expired certificate']);
    expect(late[0]).toMatchObject({
      cluster: 'east',
      evidence: [{ source: 'east: proxy of sample/web-1', at: '2026-11-22T01:00:00.000Z' }],
    });
  });
});

describe('relationsOf', () => {
  test('is judged from the proxies on both sides, in each direction for itself', async () => {
    const west = await healthy({ topology: { ...topologyOf('own: {}'), name: clusterName.parse('west') } });
    const foreign = await theirs.bundle('east');
    const both = [...expected.roots, ...foreign.roots];
    const presents = await chainOf(foreign);
    const east = await healthy({
      bundle: foreign,
      proxies: { total: 1, asked: [proxy({ trusts: both, presents })] },
    });
    const relations = await relationsOf(globalThis.crypto, [west, east]);
    expect(relations.map(({ from, to, trusts }) => `${from} ${to} ${trusts}`)).toEqual([
      'west west Yes',
      'west east No',
      'east west Yes',
      'east east Yes',
    ]);
    expect(new Set(relations.map(({ evidence }) => evidence))).toEqual(new Set(['Proxies']));
  });

  test('without proxies what istiod gives out stands for them, and without that the relation is unknown', async () => {
    const none = { total: 0, asked: [] };
    const facts = await healthy({ proxies: none });
    expect(await relationsOf(globalThis.crypto, [facts])).toEqual([
      { from: 'east', to: 'east', trusts: 'Yes', evidence: 'ControlPlane' },
    ]);
    expect(await relationsOf(globalThis.crypto, [{ ...facts, istiods: [] }])).toEqual([
      { from: 'east', to: 'east', trusts: 'Unknown', evidence: 'None' },
    ]);
  });
});
