import { expect, test } from 'vitest';
import { meshName } from '../api/name.ts';
import { trustFindings } from '../diagnose/checks/trust.ts';
import type { HeldBundle, TrustFacts } from '../diagnose/facts/trust.ts';
import { readText } from '../mesh/text/read-text.ts';
import { createRoot } from '../pki/authority.ts';
import { type Certificate, certificatesOf } from '../pki/certificate.ts';
import { type ResolvedMesh, resolveMesh } from '../topology/resolved-mesh.ts';
import { expectedTrust } from './expected-trust.ts';

const environment = { crypto: globalThis.crypto, now: Date.UTC(2026, 10, 21) };

/** A CA that an istiod made; it stands for a certificate of itself too, as none of these tests asks for a leaf. */
async function madeByIstiod(): Promise<Certificate> {
  const [ca] = certificatesOf((await createRoot({ mesh: meshName.parse('own') }, environment)).certificate);
  if (ca === undefined) throw new Error('there is no certificate');
  return ca;
}

/** An adopted west, and an east with this control plane. */
function meshOf(east: string, renderer = 'Installed'): ResolvedMesh {
  const document = (kind: string, name: string, spec: string): string =>
    `apiVersion: isthmus.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
  const istio = renderer === 'Installed' ? ', istio: {renderer: Installed}' : '';
  const texts = [
    document('Mesh', 'shop', '{istio: {version: "1.31"}}'),
    document('MeshCluster', 'west', `{network: us${istio}}`),
    document('MeshCluster', 'east', `{network: eu, ${east}}`),
  ];
  const { declared, findings } = readText(texts.join('---\n'), 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return resolveMesh(declared);
}

function factsOf(mesh: ResolvedMesh, cas: readonly (Certificate | undefined)[], signer = cas[0]): TrustFacts[] {
  return mesh.topology.clusters.map((topology, at) => ({
    topology,
    holds: undefined,
    bundle: undefined,
    bundleError: undefined,
    selfSigned: cas[at],
    istiods:
      signer === undefined ? [] : [{ pod: 'istiod-1', startedAt: '2026-11-21T09:00:00Z', chain: [cas[at] ?? signer] }],
    istiodError: undefined,
    distributed: new Map([['istio-system', [cas[at] ?? signer].flatMap((one) => one ?? [])]]),
    distributedByOthers: new Map(),
    proxies: { total: 0, asked: [] },
  }));
}

async function codes(mesh: ResolvedMesh, facts: readonly TrustFacts[]): Promise<readonly string[]> {
  const expected = await expectedTrust(facts, { mesh, issuer: undefined, environment });
  const found = await Promise.all(facts.map((one) => trustFindings(one, expected, environment)));
  return found.flat().map(({ code, cluster }) => `${cluster}: ${code}`);
}

test('a CA that the only istiod of the mesh made for itself is its root, and nothing is missing', async () => {
  const ca = await madeByIstiod();
  const mesh = meshOf('controlPlane: {remoteOf: west}');
  const facts = factsOf(mesh, [ca, ca]);
  expect(await expectedTrust(facts, { mesh, issuer: undefined, environment })).toMatchObject({
    roots: [ca],
    isSelfMade: true,
  });
  expect(await codes(mesh, facts)).toEqual([]);
});

test('a cluster that gives out another root beside it is named', async () => {
  const ca = await madeByIstiod();
  const mesh = meshOf('controlPlane: {remoteOf: west}');
  const [west, east] = factsOf(mesh, [ca, ca]);
  if (west === undefined || east === undefined) throw new Error('there are two');
  const other = { ...east, distributed: new Map([['istio-system', [await madeByIstiod()]]]) };
  expect(await codes(mesh, [west, other])).toEqual(['east: trust-distributed']);
});

test.each([
  ['a second istiod', 'controlPlane: {own: {}}, istio: {renderer: Installed}', 'Installed'],
  ['a hosted istiod', 'controlPlane: {externalOf: west}', 'Installed'],
  ['an istiod that Isthmus made', 'controlPlane: {remoteOf: west}', 'Rendered'],
])('with %s each needs a cacerts of one root', async (_, east, renderer) => {
  const mesh = meshOf(east, renderer);
  const found = await codes(mesh, factsOf(mesh, [await madeByIstiod(), await madeByIstiod()]));
  expect(found).toContain('west: trust-bundle');
});

test('a CA that istiod once made and does not sign with is no root: its cacerts is gone', async () => {
  const mesh = meshOf('controlPlane: {remoteOf: west}');
  const [old, used] = [await madeByIstiod(), await madeByIstiod()];
  const facts = factsOf(mesh, [old, old]).map((one) => ({
    ...one,
    istiods: one.istiods.map((istiod) => ({ ...istiod, chain: [used] })),
  }));
  expect(await codes(mesh, facts)).toContain('west: trust-bundle');
});

test('a cacerts that is there comes first', async () => {
  const [ca, root] = [await madeByIstiod(), await createRoot({ mesh: meshName.parse('shop') }, environment)];
  const mesh = meshOf('controlPlane: {remoteOf: west}');
  const bundle = { texts: { 'root-cert.pem': root.certificate, 'ca-cert.pem': root.certificate } };
  const facts = factsOf(mesh, [ca, ca]).map((one) => ({ ...one, bundle: bundle as unknown as HeldBundle }));
  const expected = await expectedTrust(facts, { mesh, issuer: undefined, environment });
  expect(expected).toMatchObject({ root: root.certificate });
  expect(expected.isSelfMade).toBeUndefined();
});
