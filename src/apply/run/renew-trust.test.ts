import { beforeAll, describe, expect, test } from 'vitest';
import { type ClusterName, clusterName } from '../../api/name.ts';
import { encodeBase64Text } from '../../base/base64.ts';
import { IsthmusError } from '../../base/error.ts';
import { textAt } from '../../base/json.ts';
import { systemClock } from '../../base/system-clock.ts';
import { createFake, type FakeClient } from '../../kube/testing/fake.ts';
import type { DeclaredMesh } from '../../mesh/declared.ts';
import { readText } from '../../mesh/text/read-text.ts';
import type { KubeObject } from '../../objects/object.ts';
import { secretTexts } from '../../observe/secret.ts';
import { rootToFiles } from '../../pki/stored.ts';
import { parseWrappingKey, unwrap } from '../../pki/wrapping.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import { type MeshTrust, resolveTrust } from '../../trust/resolve.ts';
import type { ApplyRequest, MeshPorts, Scope } from '../options.ts';
import { renewTrust } from './renew-trust.ts';

const secret = { apiVersion: 'v1', kind: 'Secret' };
const [west, east] = [clusterName.parse('west'), clusterName.parse('east')];
const environment = { crypto: globalThis.crypto, now: Date.now() };
const roots = {
  create: 'IfMissing' as const,
  read: async () => undefined,
  write: async () => undefined,
  folder: () => '/state',
};

const declared: DeclaredMesh = (() => {
  const cluster = (name: string): string =>
    `---\napiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: ${name}}\n`;
  const head =
    'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}\n';
  const { declared: found } = readText(head + cluster('west') + cluster('east'), 'mesh.yaml');
  if (found === undefined) throw new Error('the mesh file is wrong');
  return found;
})();

let made: MeshTrust;
beforeAll(async () => {
  const nothing = { live: new Map(), whole: new Map(), scaledToZero: new Set<string>() };
  const observed = new Map([west, east].map((name) => [name, nothing]));
  made = await resolveTrust({ mesh: resolveMesh(declared), observed, roots, environment });
});

/** An istiod that cannot tell what it signs with, so that nobody waits for it. */
const istiod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'istiod-1', namespace: 'istio-system', labels: { app: 'istiod' } },
  spec: { containers: [{ name: 'discovery', env: [{ name: 'PILOT_CERT_PROVIDER', value: 'kubernetes' }] }] },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

function caCerts(name: ClusterName): KubeObject {
  const found = made.caCerts.get(name)?.[0]?.object;
  if (found === undefined) throw new Error(`${name} has no cacerts`);
  return found;
}

function clusters(over: { readonly east?: readonly KubeObject[] } = {}): ReadonlyMap<ClusterName, FakeClient> {
  const issuer = made.issuer === undefined ? [] : [made.issuer.wrapping.object, made.issuer.secret.object];
  return new Map([
    [west, createFake({ cluster: 'west', objects: [istiod, caCerts(west), ...issuer] })],
    [east, createFake({ cluster: 'east', objects: [istiod, ...(over.east ?? [caCerts(east)])] })],
  ]);
}

function requestWith({ only, ...over }: Partial<MeshPorts> & Pick<Scope, 'only'>): ApplyRequest {
  const ports: MeshPorts = {
    clients: clusters(),
    unreachable: new Map(),
    renderers: { of: () => Promise.reject(new Error('unused')) },
    roots,
    crypto: globalThis.crypto,
    clock: systemClock,
    signal: AbortSignal.timeout(20_000),
    holder: 'ann@machine/1',
    onEvent: () => undefined,
    ...over,
  };
  return { mesh: resolveMesh(declared), ports, scope: { only }, limits: { timeoutMs: 10_000 } };
}

async function intermediateIn(clients: ReadonlyMap<ClusterName, Pick<FakeClient, 'get'>>, name: ClusterName) {
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'istio-system', name: 'cacerts' };
  return secretTexts(await clients.get(name)?.get(ref))?.['ca-cert.pem'];
}

describe('renewTrust', () => {
  test('replaces the intermediates of the chosen clusters and nothing else', async () => {
    const clients = clusters();
    const report = await renewTrust(requestWith({ clients, only: new Set([east]) }));
    expect(report.clusters.map(({ cluster, outcome }) => [cluster, outcome])).toEqual([
      ['west', 'Left'],
      ['east', 'Renewed'],
    ]);
    expect(await intermediateIn(clients, west)).toBe(secretTexts(caCerts(west))?.['ca-cert.pem']);
    const renewed = await intermediateIn(clients, east);
    expect(renewed).toContain('BEGIN CERTIFICATE');
    expect(renewed).not.toBe(secretTexts(caCerts(east))?.['ca-cert.pem']);
  });

  test('a cluster out of reach costs its own part', async () => {
    const clients = new Map([...clusters()].filter(([name]) => name === west));
    const error = new IsthmusError('cluster-unreachable', 'cluster east: refused');
    const { clusters: outcomes } = await renewTrust(requestWith({ clients, unreachable: new Map([[east, error]]) }));
    expect(outcomes).toMatchObject([{ outcome: 'Renewed' }, { outcome: 'Failed', error: { code: error.code } }]);
  });

  test('what someone else made is left to them, and said so', async () => {
    const { labels: _, ...metadata } = caCerts(east).metadata;
    const theirs = { ...caCerts(east), metadata };
    const clients = clusters({ east: [theirs] });
    const { clusters: outcomes } = await renewTrust(requestWith({ clients }));
    expect(outcomes).toMatchObject([{ outcome: 'Renewed' }, { outcome: 'Failed', error: { code: 'conflict' } }]);
    expect(await intermediateIn(clients, east)).toBe(secretTexts(theirs)?.['ca-cert.pem']);
  });

  test('without a first apply there is nothing to renew, and nothing is written', async () => {
    const clients = clusters({ east: [] });
    await expect(renewTrust(requestWith({ clients }))).rejects.toMatchObject({
      code: 'not-found',
      message: 'east has no Secret istio-system/cacerts yet, so there is nothing to renew',
    });
    expect(await intermediateIn(clients, west)).toBe(secretTexts(caCerts(west))?.['ca-cert.pem']);
  });

  describe('with an issuer that is due', () => {
    const late = environment.now + 3.5 * 365 * 24 * 3_600_000;
    const withRoot = { ...roots, read: async () => made.newRoot && rootToFiles(made.newRoot) };
    const clock = { ...systemClock, now: () => late };
    const issuerIn = async (clients: ReadonlyMap<ClusterName, FakeClient>) =>
      secretTexts(await clients.get(west)?.get({ ...secret, namespace: 'isthmus-system', name: 'isthmus-issuer' }));

    test('stores the new one encrypted with the key that is there', async () => {
      const clients = clusters();
      const { clusters: outcomes } = await renewTrust(requestWith({ clients, roots: withRoot, clock }));
      expect(outcomes).toMatchObject([{ outcome: 'Renewed' }, { outcome: 'Renewed' }]);
      const [before, after] = [secretTexts(made.issuer?.secret.object), await issuerIn(clients)];
      expect(after?.['tls.crt']).not.toBe(before?.['tls.crt']);
      expect(after?.['tls.key']).toContain('BEGIN ISTHMUS ENCRYPTED PRIVATE KEY');
      expect(after?.['tls.key']).not.toBe(before?.['tls.key']);
    });

    test('stores no key in clear where no wrapping key was made yet', async () => {
      const { wrapping, secret: stored } = made.issuer ?? {};
      const key = parseWrappingKey(textAt(wrapping?.object, ['spec', 'key']) ?? '');
      const texts = secretTexts(stored?.object);
      const plain = key && (await unwrap(globalThis.crypto, key, texts?.['tls.key'] ?? ''));
      if (stored === undefined || plain === undefined) throw new Error('no issuer was made');
      const data = { ...(stored.object.data as Record<string, string>), 'tls.key': encodeBase64Text(plain) };
      const clients = new Map([
        [west, createFake({ cluster: 'west', objects: [istiod, caCerts(west), { ...stored.object, data }] })],
        [east, createFake({ cluster: 'east', objects: [istiod, caCerts(east)] })],
      ]);
      await expect(renewTrust(requestWith({ clients, roots: withRoot, clock }))).rejects.toMatchObject({
        code: 'not-found',
        message: expect.stringMatching(/^west has no WrappingKey isthmus-system\/isthmus-issuer yet/),
      });
      expect((await issuerIn(clients))?.['tls.key']).toBe(plain);
    });
  });
});
