import { beforeAll, expect, test } from 'vitest';
import { clusterName, meshName } from '../../api/name.ts';
import { IsthmusError } from '../../base/error.ts';
import type { Finding } from '../../base/finding.ts';
import { verdictOf } from '../../base/finding.ts';
import { kubectl, remedy } from '../../base/remedy.ts';
import { bundleFindings, trustUnread } from '../../diagnose/checks/trust.ts';
import { istiodFindings } from '../../diagnose/checks/trust-istiod.ts';
import type { ExpectedTrust, HeldBundle, TrustFacts } from '../../diagnose/facts/trust.ts';
import { trustReport } from '../../engine/reporting/trust.ts';
import { readText } from '../../mesh/text/read-text.ts';
import { createIntermediate, createIssuer, createRoot } from '../../pki/authority.ts';
import { caCertsTexts } from '../../pki/bundle.ts';
import { certificatesOf } from '../../pki/certificate.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import { trustText } from './text.ts';

const now = Date.UTC(2030, 0, 1);
const readAt = new Date(now).toISOString();
const environment = { crypto: globalThis.crypto, now };
const trustDomain = 'cluster.local';
const west = clusterName.parse('west');

async function made(): Promise<{ readonly root: string; readonly bundle: HeldBundle }> {
  const mesh = meshName.parse('shop');
  const root = await createRoot({ mesh }, environment);
  const issuer = await createIssuer(root, { mesh, trustDomain }, environment);
  const texts = caCertsTexts(
    await createIntermediate(issuer, { mesh, cluster: west, trustDomain, lifetime: '8760h' }, environment),
  );
  const [intermediate] = certificatesOf(texts['ca-cert.pem']);
  const [issuers, roots] = [certificatesOf(issuer.certificate), certificatesOf(root.certificate)];
  return { root: root.certificate, bundle: { texts, createdAt: readAt, intermediate, issuers, roots } };
}

function topology(): TrustFacts['topology'] {
  const { declared } = readText(
    [
      'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}',
      'apiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: west}\nspec: {network: us}',
    ].join('\n---\n'),
    'mesh.yaml',
  );
  const [found] = declared === undefined ? [] : resolveMesh(declared).topology.clusters;
  if (found === undefined) throw new Error('the mesh has a cluster');
  return found;
}

let healthy: TrustFacts;
let expected: ExpectedTrust;
let foreign: HeldBundle;
beforeAll(async () => {
  const ours = await made();
  foreign = (await made()).bundle;
  expected = { root: ours.root, roots: certificatesOf(ours.root), trustDomain };
  healthy = {
    topology: topology(),
    holds: 'shop',
    bundle: ours.bundle,
    bundleError: undefined,
    selfSigned: undefined,
    istiods: [],
    istiodError: undefined,
    distributed: new Map(),
    distributedByOthers: new Map(),
    proxies: { total: 0, asked: [] },
  };
});

/** What trust says where these are the findings of west. */
function trustOf(findings: readonly Finding[]): string {
  const cluster = {
    cluster: west,
    network: 'us',
    reachable: true,
    intermediate: undefined,
    issuers: [],
    roots: [],
    istiods: [],
    distributed: { namespaces: 0, roots: [], differing: [] },
    proxies: { total: 0, asked: [] },
  } as const;
  const verdict = verdictOf(findings.filter(({ severity }) => severity === 'error'));
  const rest = { mesh: 'shop', readAt, trustDomain, roots: [], issuer: undefined, relations: [] };
  return trustText(trustReport({ ...rest, verdict, clusters: [cluster], findings }), {
    source: '-f mesh.yaml',
    color: false,
  });
}

test.each([
  ['authentication-failed', 'the token is refused', 'log in again'],
  ['access-denied', 'you may not list pods', 'have the right granted'],
  ['cluster-unreachable', 'the connection was refused', 'start the API server'],
  ['context-not-found', 'there is no context est', 'choose one of east, west'],
] as const)('%s leaves trust unknown, with its own next step', (code, message, hint) => {
  const error = new IsthmusError(code, message, { remedy: remedy`${hint}: ${kubectl('version')}` });
  const text = trustOf([trustUnread('west', error, readAt)]);
  expect(text).toContain('trust is unknown');
  expect(text).toContain(`nothing is known of its trust: ${message}`);
  expect(text).toContain(`${hint}: \`kubectl version\``);
  expect(text).not.toMatch(/BROKEN|isthmus apply/);
});

test('a cacerts that may not be read leaves trust unknown', async () => {
  const bundleError = new IsthmusError('access-denied', 'you may not get secrets', { remedy: 'have it allowed' });
  const text = trustOf(await bundleFindings({ ...healthy, bundle: undefined, bundleError }, expected, environment));
  expect(text).toContain('its cacerts could not be read: you may not get secrets');
  expect(text).toContain('have it allowed');
  expect(text).toContain('trust is unknown');
  expect(text).not.toMatch(/BROKEN|isthmus apply/);
});

test('a cacerts that is gone breaks trust, and an apply makes it', async () => {
  const text = trustOf(await bundleFindings({ ...healthy, bundle: undefined }, expected, environment));
  expect(text).toContain('there is no Secret cacerts');
  expect(text).toContain('trust is broken');
  expect(text).toContain('next: isthmus apply -f mesh.yaml');
});

test('a cacerts of another root breaks trust, and no apply is proposed, which would refuse it', async () => {
  const text = trustOf(await bundleFindings({ ...healthy, bundle: foreign }, expected, environment));
  expect(text).toContain('trust is broken');
  expect(text).toContain('restore the cacerts that belongs to this mesh');
  expect(text).not.toContain('isthmus apply');
});

test('an istiod at 0 leaves unknown what it would sign with, and status says why', async () => {
  const text = trustOf(await istiodFindings(healthy, expected, environment));
  expect(text).toContain('no istiod is ready');
  expect(text).toContain('trust is unknown');
  expect(text).toContain('`isthmus status -f mesh.yaml`');
  expect(text).not.toContain('isthmus apply');
});

test('where nothing is broken the next step is a verify', async () => {
  expect(await bundleFindings(healthy, expected, environment)).toEqual([]);
  expect(trustOf([])).toContain('next: isthmus verify -f mesh.yaml');
});
