import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MeshCluster, meshCluster } from '../api/mesh-cluster.ts';
import { IsthmusError } from '../base/error.ts';
import type { Json } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import { createFake, type FakeClient } from '../kube/testing/fake.ts';
import { testPorts } from '../kube/testing/ports.ts';
import { answer, startScripted, statusBody } from '../kube/testing/scripted-server.ts';
import type { KubeObject } from '../objects/object.ts';
import { createWrappingKey, wrap } from '../pki/wrapping.ts';
import { createConnector } from './access.ts';
import { openFleet } from './fleet.ts';
import type { FleetPorts } from './ports.ts';

const ports: FleetPorts = { ...testPorts, crypto, homeFolder: '/nowhere', signal: new AbortController().signal };

const declared = (name: string, access: object = {}): MeshCluster =>
  meshCluster.parse({
    apiVersion: 'isthmus.dev/v1alpha1',
    kind: 'MeshCluster',
    metadata: { name },
    spec: { network: 'net', access },
  });

function kubeconfig(server: string, user = 'token: t0ken'): string {
  return `
current-context: admin
clusters: [{name: c, cluster: {server: "${server}"}}]
users: [{name: u, user: {${user}}}]
contexts: [{name: admin, context: {cluster: c, user: u}}]
`;
}

/** A home cluster with one Secret. */
function homeWith(data: Readonly<Record<string, string>>): FakeClient {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  const metadata = { name: 'east-kubeconfig', namespace: 'isthmus-system' };
  return createFake({
    cluster: 'home',
    objects: [{ apiVersion: 'v1', kind: 'Secret', metadata, data: Object.fromEntries(encoded) }],
  });
}

const east = declared('east', { secret: 'east-kubeconfig' });

describe('access by a Secret of the home cluster', () => {
  test.each(['kubeconfig', 'value'])('takes the current context under the key %s', async (key) => {
    await using server = await startScripted((_request, response) => answer(response, 200, { gitVersion: 'v1.36.1' }));
    const home = homeWith({ [key]: kubeconfig(server.access.server, 'as: ann') });
    const connect = createConnector(ports, { name: 'home', client: async () => home });
    await using client = await connect(east);
    await client.raw({ method: 'GET', path: '/version' });
    expect(client).toMatchObject({ cluster: 'east', server: server.access.server });
    expect(client.context).toBeUndefined();
    expect(server.arrived[0]?.headers['impersonate-user']).toBe('ann');
  });

  test.each([
    ['there is no Secret', {}, 'not-found', 'home cluster home has no Secret isthmus-system/east-kubeconfig'],
    ['it holds no kubeconfig', { config: 'x' }, 'invalid-kubeconfig', 'neither the key kubeconfig nor the key value'],
    [
      'it is no kubeconfig',
      { value: '[' },
      'invalid-kubeconfig',
      'cluster east: Secret isthmus-system/east-kubeconfig:',
    ],
    [
      'it runs a program',
      { value: kubeconfig('https://e', 'exec: {apiVersion: v1, command: sh}') },
      'invalid-kubeconfig',
      'has exec',
    ],
  ])('where %s it is refused', async (...[, data, code, message]) => {
    const home = Object.keys(data).length === 0 ? createFake({ cluster: 'home' }) : homeWith(data);
    const connect = createConnector(ports, { name: 'home', client: async () => home });
    await expect(connect(east)).rejects.toMatchObject({
      code,
      cluster: 'east',
      message: expect.stringContaining(message),
    });
  });

  describe('that is encrypted', () => {
    const key = createWrappingKey(crypto);
    const keyObject = (pem: string): KubeObject => ({
      apiVersion: 'isthmus.dev/v1alpha1',
      kind: 'WrappingKey',
      metadata: { name: 'isthmus-access', namespace: 'isthmus-system' },
      spec: { key: pem },
    });
    const connectWith = async (kept: string, ...keys: readonly KubeObject[]): Promise<KubeClient> => {
      const data = { kubeconfig: Buffer.from(kept).toString('base64') };
      const metadata = { name: 'east-kubeconfig', namespace: 'isthmus-system' };
      const home = createFake({
        cluster: 'home',
        objects: [{ apiVersion: 'v1', kind: 'Secret', metadata, data }, ...keys],
      });
      return await createConnector(ports, { name: 'home', client: async () => home })(east);
    };

    test('is opened with the key beside it', async () => {
      const kept = await wrap(crypto, key, kubeconfig('https://east:6443'), 'Kubeconfig');
      expect(kept).not.toContain('east:6443');
      await using client = await connectWith(kept, keyObject(key.toPem()));
      expect(client.server).toBe('https://east:6443');
    });

    test.each([
      ['the key is gone', [], 'which is not there'],
      ['it is another key', [keyObject(createWrappingKey(crypto).toPem())], 'which is another one'],
      ['it is none', [keyObject('x')], 'holds no key'],
    ])('where %s it is refused', async (...[, keys, message]) => {
      const kept = await wrap(crypto, key, kubeconfig('https://east:6443'), 'Kubeconfig');
      await expect(connectWith(kept, ...keys)).rejects.toMatchObject({
        code: 'invalid-kubeconfig',
        cluster: 'east',
        message: expect.stringContaining(message),
      });
    });

    test('is no issuer key, which has the same form', async () => {
      const kept = await wrap(crypto, key, kubeconfig('https://east:6443'), 'PrivateKey');
      await expect(connectWith(kept, keyObject(key.toPem()))).rejects.toMatchObject({ code: 'invalid-kubeconfig' });
    });
  });

  test('a home cluster that does not answer, or refuses, is named as the reason', async () => {
    const away = new IsthmusError('cluster-unreachable', 'cluster home: cannot reach it', {
      retry: true,
      remedy: 'wait',
    });
    const connect = createConnector(ports, { name: 'home', client: () => Promise.reject(away) });
    await expect(connect(east)).rejects.toMatchObject({
      code: 'cluster-unreachable',
      cluster: 'east',
      retry: true,
      remedy: 'wait',
      message: 'cluster east: its Secret isthmus-system/east-kubeconfig cannot be read: cluster home: cannot reach it',
    });
  });

  test('the home cluster itself cannot be reached so', async () => {
    const connect = createConnector(ports, { name: 'east', client: async () => createFake() });
    await expect(connect(east)).rejects.toMatchObject({ code: 'invalid-config' });
  });
});

describe('a kubeconfig of its own', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isthmus-kubeconfigs-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test.each([
    ['beside the mesh file', 'west.conf', 'mesh'],
    ['below the home folder', '~/west.conf', 'home'],
    ['of that very path', './~/west.conf', 'mesh/~'],
  ])('is found %s', async (_title, path, place) => {
    const folders = ['mesh', 'home', 'mesh/~'].map((name) => join(folder, name));
    await Promise.all(folders.map((name) => mkdir(name, { recursive: true })));
    for (const name of ['mesh', 'home', 'mesh/~'])
      await writeFile(join(folder, name, 'west.conf'), kubeconfig(`https://${name.replace('/~', '-tilde')}.invalid`));
    const places = { homeFolder: join(folder, 'home'), meshFolder: join(folder, 'mesh') };
    const connect = createConnector({ ...ports, ...places }, { name: 'home', client: async () => createFake() });
    await using client = await connect(declared('west', { kubeconfig: path, context: 'admin' }));
    expect(client.server).toBe(`https://${place.replace('/~', '-tilde')}.invalid`);
  });
});

test('the cluster of our own pod is reached by its service account, or told that there is none', async () => {
  const connect = createConnector(ports, { name: 'home', client: async () => createFake() });
  await expect(connect(declared('home', { inCluster: {} }))).rejects.toMatchObject({
    code: 'invalid-kubeconfig',
    message: expect.stringContaining('KUBERNETES_SERVICE_HOST is not set'),
  });
});

describe('a fleet with a cluster behind a Secret', () => {
  const clusters = [east, declared('home', { context: 'home', kubeconfig: '/nowhere/config' })];

  test('fails where its home cluster failed, without an attempt of its own', async () => {
    await using fleet = await openFleet(clusters, ports, { home: 'home' });
    expect(fleet.members).toMatchObject([
      {
        name: 'east',
        error: { code: 'file-unreadable', message: expect.stringContaining('cluster east: its Secret') },
      },
      { name: 'home', error: { code: 'file-unreadable' } },
    ]);
  });

  test('opens the home cluster first', async () => {
    const version: Json = { gitVersion: 'v1.36.1' };
    await using server = await startScripted((request, response) => {
      if (request.path === '/version') return answer(response, 200, version);
      if (!request.path.includes('/secrets/')) return answer(response, 404, statusBody(404, {}));
      const data = { value: Buffer.from(kubeconfig(server.access.server, '')).toString('base64') };
      const metadata = { name: 'east-kubeconfig', namespace: 'isthmus-system' };
      return answer(response, 200, { apiVersion: 'v1', kind: 'Secret', metadata, data });
    });
    const folder = await mkdtemp(join(tmpdir(), 'isthmus-fleet-'));
    await writeFile(`${folder}/config`, kubeconfig(server.access.server, '').replaceAll('admin', 'home'));
    const own = [east, declared('home', { kubeconfig: `${folder}/config` })];
    await using fleet = await openFleet(own, ports, { home: 'home' });
    await rm(folder, { recursive: true });
    expect(fleet.members.map(({ name, state }) => [name, state])).toEqual([
      ['east', 'Open'],
      ['home', 'Open'],
    ]);
    expect(server.arrived.filter(({ path }) => path.endsWith('/secrets/east-kubeconfig'))).toHaveLength(1);
  });
});

describe('a kubeconfig that the mesh file names', () => {
  const plugin = 'exec: {apiVersion: client.authentication.k8s.io/v1, command: ./run.sh}';
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isthmus-named-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function connected(user: string, more: Partial<FleetPorts> = {}): Promise<unknown> {
    const path = join(folder, 'kc');
    await writeFile(path, kubeconfig('https://127.0.0.1:1', user));
    const connect = createConnector({ ...ports, ...more }, { name: 'west', client: async () => createFake() });
    await using client = await connect(declared('west', { kubeconfig: path, context: 'admin' }));
    return client.server;
  }

  test.each([
    plugin,
    'tokenFile: ./token',
    'tokenFile: /home/ann/token',
    'client-certificate: a.pem, client-key: a.key',
  ])('with {%s} is refused unless the user trusts it', async (user) => {
    await expect(connected(user)).rejects.toMatchObject({
      code: 'invalid-kubeconfig',
      cluster: 'west',
      remedy: expect.stringContaining('a context of your own kubeconfig'),
    });
    expect(await connected(user, { trustKubeconfig: true })).toBe('https://127.0.0.1:1');
  });

  test('is found beside the mesh file, from wherever the command runs', async () => {
    await writeFile(join(folder, 'kc'), kubeconfig('https://127.0.0.1:1'));
    const home = { name: 'west', client: async () => createFake() };
    const connect = createConnector({ ...ports, meshFolder: folder }, home);
    await using client = await connect(declared('west', { kubeconfig: './kc', context: 'admin' }));
    expect(client.server).toBe('https://127.0.0.1:1');
  });

  test('is trusted where it is the user’s own', async () => {
    const environment = { KUBECONFIG: `/nowhere:${join(folder, 'kc')}` };
    expect(await connected(plugin, { environment })).toBe('https://127.0.0.1:1');
  });

  test('with a token in place needs no trust', async () => {
    expect(await connected('token: t0ken')).toBe('https://127.0.0.1:1');
  });
});
