import { describe, expect, test } from 'vitest';
import { type ClusterName, clusterName } from '../../api/name.ts';
import { encodeBase64Text } from '../../base/base64.ts';
import { IsthmusError } from '../../base/error.ts';
import { remoteAccess, remoteSecret, remoteSecretRef } from '../../istio/remote-secret.ts';
import { debugPort } from '../../kube/testing/debug-port.ts';
import { createFake, type FakeClient } from '../../kube/testing/fake.ts';
import { type HandClock, handClock } from '../../kube/testing/hand-clock.ts';
import { readText } from '../../mesh/text/read-text.ts';
import type { KubeObject } from '../../objects/object.ts';
import { operatorLease } from '../../objects/ownership.ts';
import { observe } from '../../observe/observe.ts';
import { ownedObject } from '../../plan/desired.ts';
import { resolveMesh } from '../../topology/resolved-mesh.ts';
import type { ApplyRequest } from '../options.ts';
import { factsOf, meshFacts } from '../read/facts.ts';
import { readHeldTokens } from '../read/held-tokens.ts';
import { linksOf } from '../read/links.ts';
import { renewTokens, type TokenOutcome, type TokenRenewal } from './renew-tokens.ts';

const [west, east] = [clusterName.parse('west'), clusterName.parse('east')];

const mesh = (() => {
  const cluster = (name: string): string =>
    `---\napiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: ${name}}\nspec: {network: ${name}}\n`;
  const head =
    'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}}\n';
  const { declared } = readText(head + cluster('west') + cluster('east'), 'mesh.yaml');
  if (declared === undefined) throw new Error('the mesh file is wrong');
  return resolveMesh(declared);
})();

const hourMs = 3_600_000;

function tokenOf(claims: object): string {
  return ['{}', JSON.stringify(claims), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');
}

const endless = tokenOf({ 'kubernetes.io/serviceaccount/service-account.uid': 'uid-1' });

const slices: KubeObject = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web', namespace: 'shop' },
  endpoints: [{ addresses: ['10.1.0.1'] }],
};

const istiod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'istiod-1', namespace: 'istio-system', labels: { app: 'istiod' } },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

/** What the istiod of west makes of the remote secret of east. */
interface Swap {
  /** Addresses that it holds with the token; left out, both that are there. */
  readonly holds?: (token: string) => readonly string[];
  readonly gateway?: (token: string) => string | undefined;
  readonly state?: (token: string) => string;
}

interface World {
  readonly clock: HandClock;
  readonly clients: ReadonlyMap<ClusterName, FakeClient>;
  /** How many tokens east has given. */
  given(): number;
  token(): Promise<string | undefined>;
  secret(): Promise<KubeObject | undefined>;
  renew(asked?: string, tokens?: 'Endless'): Promise<TokenOutcome>;
  /** The peer refuses the token in use. */
  renewRefused(): Promise<TokenOutcome>;
}

interface WorldOptions extends Swap {
  readonly objects?: readonly KubeObject[];
  readonly refuses?: boolean;
}

const made = remoteSecret({
  cluster: east,
  server: 'https://198.51.100.1',
  certificateAuthority: 'authority',
  token: endless,
  identity: 'uid-east',
});

function world(options: WorldOptions = {}): World {
  const { holds = () => ['10.1.0.1', '10.1.0.9'], gateway = () => '198.51.100.2', state = () => 'synced' } = options;
  const clock = handClock({ instantUpTo: 1_000 });
  let given = 0;
  const ref = remoteSecretRef(east);
  const current = async (): Promise<KubeObject | undefined> => await clients.get(west)?.get(ref);
  const token = async (): Promise<string | undefined> => {
    const secret = await current();
    return secret === undefined ? undefined : remoteAccess(secret, east)?.token;
  };
  const pages = async (path: string): Promise<unknown> => {
    const read = (await token()) ?? '';
    const endpoints = holds(read).map((address) => ({ Addresses: [address], EndpointPort: 80 }));
    if (path === '/debug/endpointShardz')
      return { 'web.shop.svc': { shop: { Shards: { 'Kubernetes/east': endpoints } } } };
    const found = gateway(read);
    if (path === '/debug/networkz') return found === undefined ? [] : [{ Cluster: 'east', Addr: found, Port: 15443 }];
    return [{ id: east, secretName: `istio-system/${ref.name}`, syncStatus: state(read) }];
  };
  const mint = (path: string): object | undefined => {
    if (path !== '/api/v1/namespaces/istio-system/serviceaccounts/isthmus-reader/token') return undefined;
    if (options.refuses) throw new IsthmusError('access-denied', 'east: it may not');
    given += 1;
    const iat = clock.now() / 1000;
    const claims = { iat, exp: iat + 86_400, jti: given, 'kubernetes.io': { serviceaccount: { uid: 'uid-1' } } };
    const expirationTimestamp = new Date((iat + 86_400) * 1000).toISOString();
    return { status: { token: tokenOf(claims), expirationTimestamp } };
  };
  const clients: ReadonlyMap<ClusterName, FakeClient> = new Map([
    [
      west,
      createFake({
        cluster: west,
        clock,
        applied: options.objects ?? [ownedObject(made, 'shop').object],
        objects: [istiod],
        forward: () => debugPort(pages),
      }),
    ],
    [east, createFake({ cluster: east, clock, objects: [slices], raw: ({ path }) => mint(path) as never })],
  ]);
  const request: ApplyRequest = {
    mesh,
    ports: {
      clients,
      unreachable: new Map(),
      renderers: { of: () => Promise.reject(new Error('unused')) },
      roots: { create: 'Never', read: async () => undefined, write: async () => undefined, folder: () => '' },
      crypto: globalThis.crypto,
      clock,
      signal: new AbortController().signal,
      holder: 'operator/1',
      onEvent: () => undefined,
    },
    scope: {},
    limits: { timeoutMs: 60_000 },
  };
  const only = async (renewal: TokenRenewal): Promise<TokenOutcome> => {
    const found = await renewTokens(request, renewal);
    if (found.length !== 1 || found[0] === undefined) throw new Error('there is one peer');
    return found[0];
  };
  return {
    clock,
    clients,
    given: () => given,
    token,
    secret: current,
    renew: async (asked, tokens) =>
      await only({ reader: west, tokens, asked: new Map(asked === undefined ? [] : [[east, asked]]) }),
    renewRefused: async () => await only({ reader: west, asked: new Map(), refused: [east] }),
  };
}

describe('a token with which a cluster reads a peer', () => {
  test('that never ends gives way to one that does, which is renewed after half of its life', async () => {
    const one = world();
    const first = await one.renew();
    expect(first).toMatchObject({ peer: east, outcome: 'Renewed', endpoints: 2 });
    const token = await one.token();
    expect(token).not.toBe(endless);
    const current = await one.renew();
    expect(current).toMatchObject({ outcome: 'Current' });
    one.clock.advance(11.9 * hourMs);
    expect(await one.renew()).toMatchObject({ outcome: 'Current' });
    expect(await one.token()).toBe(token);
    one.clock.advance(0.2 * hourMs);
    expect(await one.renew()).toMatchObject({ outcome: 'Renewed' });
    expect(await one.token()).not.toBe(token);
    expect(one.given()).toBe(2);
    expect(remoteAccess((await one.secret()) as KubeObject, east)).toMatchObject({
      server: 'https://198.51.100.1',
      certificateAuthority: 'authority',
      identity: 'uid-east',
    });
  });

  test('is about to end in the last quarter of its life', async () => {
    const one = world();
    const startedAt = one.clock.now();
    expect(await one.renew()).toMatchObject({
      notAfter: startedAt + 24 * hourMs,
      endingFrom: startedAt + 18 * hourMs,
    });
    expect(await one.renew()).toMatchObject({ outcome: 'Current', endingFrom: startedAt + 18 * hourMs });
  });

  test('that the peer refuses is renewed at once, though its istiod reads nothing with it', async () => {
    let refused = '';
    const one = world({ state: (token) => (token === refused ? 'syncing' : 'synced') });
    await one.renew();
    refused = (await one.token()) ?? '';
    expect(await one.renew()).toMatchObject({ outcome: 'Current' });
    expect(await one.renewRefused()).toMatchObject({ outcome: 'Renewed', endpoints: undefined });
    expect(await one.token()).not.toBe(refused);
  });

  test('that the peer refuses does not come back where the new one is of no use either', async () => {
    const one = world({ state: () => 'syncing' });
    expect(await one.renewRefused()).toMatchObject({
      outcome: 'Failed',
      error: { message: 'istiod-1 has not read east with the new token' },
    });
    expect(await one.token()).not.toBe(endless);
  });

  test('is renewed once for each value of the annotation', async () => {
    const one = world();
    await one.renew();
    expect(await one.renew('a')).toMatchObject({ outcome: 'Renewed' });
    expect(await one.renew('a')).toMatchObject({ outcome: 'Current' });
    expect(await one.renew('b')).toMatchObject({ outcome: 'Renewed' });
    expect(one.given()).toBe(3);
  });

  test.each<[string, Swap, RegExp]>([
    [
      'endpoints',
      { holds: (token) => (token === endless ? ['10.1.0.1', '10.1.0.9'] : ['10.1.0.9']) },
      /lost 1 endpoints, .*10\.1\.0\.1:80/,
    ],
    [
      'a gateway',
      { gateway: (token) => (token === endless ? '198.51.100.2' : undefined) },
      /lost the gateway 198\.51\.100\.2:15443/,
    ],
    ['the way to it', { state: (token) => (token === endless ? 'synced' : 'syncing') }, /has not read east/],
  ])('comes back where istiod loses %s with the new one', async (_, swap, says) => {
    const one = world(swap);
    const found = await one.renew();
    expect(found).toMatchObject({ outcome: 'Undone', loss: expect.stringMatching(says) });
    expect(found).not.toHaveProperty('notAfter');
    expect(await one.token()).toBe(endless);
    expect((await one.secret())?.metadata.annotations).not.toHaveProperty('isthmus.dev/token-not-after');
  });

  test('stays the new one where what istiod no longer holds is gone from the peer too', async () => {
    const one = world({ holds: (token) => (token === endless ? ['10.1.0.1', '10.1.0.9'] : ['10.1.0.1']) });
    expect(await one.renew()).toMatchObject({ outcome: 'Renewed' });
  });

  test.each<[string, WorldOptions, string]>([
    ['its istiod has not read the peer', { state: () => 'syncing' }, 'istiod has not read it'],
    ['the peer gives none', { refuses: true }, 'it may not'],
  ])('is left as it is where %s', async (_, options, says) => {
    const one = world(options);
    const found = await one.renew();
    expect(found).toMatchObject({ outcome: 'Failed', error: { message: expect.stringContaining(says) } });
    expect(await one.token()).toBe(endless);
  });

  test('gives way to the endless one again where nobody will renew it', async () => {
    const one = world();
    expect(await one.renew(undefined, 'Endless')).toEqual({ peer: east, outcome: 'Endless' });
    const { metadata, data } = (await one.secret()) as KubeObject;
    await one.renew();
    expect(await one.renew(undefined, 'Endless')).toMatchObject({ outcome: 'Failed', notAfter: expect.any(Number) });
    const reader = { name: 'isthmus-reader-token', namespace: 'istio-system' };
    const texts = { token: encodeBase64Text(endless), 'ca.crt': encodeBase64Text('authority') };
    const peer = one.clients.get(east);
    await peer?.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: reader.namespace } });
    await peer?.create({ apiVersion: 'v1', kind: 'Secret', metadata: reader, data: texts });
    expect(await one.renew(undefined, 'Endless')).toEqual({ peer: east, outcome: 'Endless' });
    const after = (await one.secret()) as KubeObject;
    expect([after.metadata.annotations, after.data]).toEqual([
      { ...metadata.annotations, 'isthmus.dev/applied': expect.any(String) },
      data,
    ]);
  });

  test('is nobody’s where the remote secret is not of the mesh', async () => {
    const one = world({ objects: [made] });
    expect(await one.renew()).toEqual({ peer: east, outcome: 'Left' });
    expect(one.given()).toBe(0);
  });
});

describe('an apply beside an operator', () => {
  async function wantedBy(one: World, leads: 'Leads' | 'Gone', account = 'uid-1'): Promise<string | undefined> {
    const client = one.clients.get(west) as FakeClient;
    const renewTime = new Date(one.clock.now()).toISOString();
    await client.apply(
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: operatorLease, namespace: 'isthmus-system' },
        spec: { renewTime },
      },
      { fieldManager: 'operator', conflicts: 'Force' },
    );
    one.clock.advance(leads === 'Leads' ? 60_000 : 2 * hourMs);
    const [topology] = mesh.topology.clusters;
    if (topology === undefined) throw new Error('west is gone');
    const signal = new AbortController().signal;
    const observed = await observe(client, { listed: [remoteSecretRef(east)], whole: [], signal });
    const tokens = await readHeldTokens({ topology, client, observed }, { home: client, clock: one.clock, signal });
    const facts = meshFacts(mesh.topology);
    const token = tokenOf({ 'kubernetes.io/serviceaccount/service-account.uid': account });
    const credential = { token, certificateAuthority: 'authority' };
    factsOf(facts, east).credential.provide({ server: 'https://198.51.100.1', credential, identity: 'uid-east' });
    factsOf(facts, east).ready.provide();
    const [link] = linksOf({ topology, mesh: 'shop', facts, objects: [], tokens });
    const [wanted] = (await link?.objects()) ?? [];
    return wanted === undefined ? undefined : remoteAccess(wanted.object, east)?.token;
  }

  test('leaves the token that the operator renews', async () => {
    const one = world();
    await one.renew();
    expect(await wantedBy(one, 'Leads')).toBe(await one.token());
  });

  test('puts the endless one back where the operator is gone, or the token has ended with its account or by itself', async () => {
    const one = world();
    await one.renew();
    expect(await wantedBy(one, 'Gone')).toBe(endless);
    expect(await wantedBy(one, 'Leads', 'uid-2')).not.toBe(await one.token());
    one.clock.advance(25 * hourMs);
    expect(await wantedBy(one, 'Leads')).toBe(endless);
  });
});
