import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessOfContext } from './context.ts';
import { loadKubeconfig, mergeKubeconfigs, parseKubeconfig } from './kubeconfig.ts';

const origin = { name: 'a.yaml', folder: '/conf' };
const pem = (name: string): string =>
  Buffer.from(`-----BEGIN ${name}-----\nAAAA\n-----END ${name}-----\n`).toString('base64');

interface Entry {
  readonly cluster?: string;
  readonly user?: string;
  readonly context?: string;
}

function text({ cluster = 'server: https://west:6443', user = 'token: t0ken', context = 'west' }: Entry = {}): string {
  return `
apiVersion: v1
kind: Config
current-context: ${context}
clusters: [{name: c, cluster: {${cluster}}}]
users: [{name: u, user: {${user}}}]
contexts: [{name: ${context}, context: {cluster: c, user: u, namespace: null}}]
`;
}

const access = (entry: Entry = {}): ReturnType<typeof accessOfContext> =>
  accessOfContext(parseKubeconfig(text(entry), origin), 'west');

describe('a kubeconfig', () => {
  test('gives the access of a context', () => {
    expect(access()).toMatchObject({
      origin: 'context west in a.yaml',
      server: 'https://west:6443',
      token: { kind: 'Text', text: 't0ken' },
      skipVerification: false,
    });
  });

  test('resolves relative paths against the folder of its file', () => {
    const found = access({
      cluster: 'server: "https://west:6443/", certificate-authority: pki/ca.crt',
      user: 'client-certificate: me.crt, client-key: /abs/me.key, tokenFile: ../token',
    });
    expect(found.server).toBe('https://west:6443');
    expect(found.authority).toEqual({ kind: 'File', path: '/conf/pki/ca.crt' });
    expect(found.certificate).toEqual({ kind: 'File', path: '/conf/me.crt' });
    expect(found.privateKey).toEqual({ kind: 'File', path: '/abs/me.key' });
    expect(found.token).toEqual({ kind: 'File', path: '/token' });
  });

  test.each(['""', 'null'])('takes %s for absent, as kubectl does', (empty) => {
    const found = access({
      cluster: `server: https://west, certificate-authority: ${empty}, certificate-authority-data: ${empty}, tls-server-name: ${empty}, proxy-url: ${empty}, insecure-skip-tls-verify: true`,
      user: `token: t0ken, tokenFile: ${empty}, client-certificate: ${empty}, client-certificate-data: ${empty}, client-key: ${empty}, client-key-data: ${empty}, username: ${empty}, as: ${empty}, exec: null, auth-provider: null`,
    });
    expect(found).toMatchObject({ authority: undefined, tlsServerName: undefined, proxy: undefined });
    expect(found).toMatchObject({ certificate: undefined, privateKey: undefined, impersonate: undefined });
    expect(found.token).toEqual({ kind: 'Text', text: 't0ken' });
  });

  test('keeps the empty values of a plug-in', () => {
    const plugin =
      'apiVersion: client.authentication.k8s.io/v1, command: login, args: [""], interactiveMode: "", env: [{name: A, value: ""}, {name: B, value: null}]';
    expect(access({ user: `exec: {${plugin}}` }).exec).toMatchObject({
      args: [''],
      env: { A: '', B: '' },
      interactiveMode: 'IfAvailable',
    });
  });

  test('prefers data to files, and a token file to a token', () => {
    const found = access({
      cluster: `server: https://west, certificate-authority: no, certificate-authority-data: ${pem('CERTIFICATE')}`,
      user: 'token: old, tokenFile: new',
    });
    expect(found.authority).toMatchObject({ kind: 'Text', text: expect.stringContaining('BEGIN CERTIFICATE') });
    expect(found.token).toEqual({ kind: 'File', path: '/conf/new' });
  });

  test('takes tls-server-name, proxy-url, insecure-skip-tls-verify, impersonation and a plug-in', () => {
    const found = access({
      cluster:
        'server: https://west, tls-server-name: api, insecure-skip-tls-verify: true, proxy-url: "http://proxy:3128", ' +
        'extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x}}]',
      user:
        'as: ann, as-groups: [ops], exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/login, args: [a], ' +
        'env: [{name: A, value: b}], provideClusterInfo: true, installHint: get it, interactiveMode: Never}',
    });
    expect(found).toMatchObject({
      tlsServerName: 'api',
      skipVerification: true,
      proxy: 'http://proxy:3128',
      impersonate: { user: 'ann', groups: ['ops'] },
      exec: {
        command: '/conf/bin/login',
        args: ['a'],
        env: { A: 'b' },
        provideClusterInfo: true,
        clusterConfig: { audience: 'x' },
        interactiveMode: 'Never',
      },
    });
  });

  test('leaves a plug-in without a slash to PATH', () => {
    const found = access({ user: 'exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws}' });
    expect(found.exec?.command).toBe('aws');
  });
});

test.each(['http://127.0.0.1:8001', 'http://[::1]:8001', 'http://localhost:8001'])(
  'a proxy on this machine, %s, is reached without credentials',
  (server) => {
    expect(access({ cluster: `server: "${server}"`, user: '' }).server).toBe(server);
  },
);

describe('several kubeconfigs', () => {
  const first = parseKubeconfig(text({ user: 'token: first' }), { name: 'first', folder: '/1' });
  const second = parseKubeconfig(text({ user: 'tokenFile: second', context: 'east' }), {
    name: 'second',
    folder: '/2',
  });

  test('are one: the first that sets a name wins as a whole', () => {
    const merged = mergeKubeconfigs([first, second]);
    expect(merged.currentContext).toBe('west');
    expect([...merged.contexts.keys()].sort()).toEqual(['east', 'west']);
    expect(accessOfContext(merged, 'c', 'east').token).toEqual({ kind: 'Text', text: 'first' });
    expect(accessOfContext(mergeKubeconfigs([second, first]), 'c', 'west').token).toEqual({
      kind: 'File',
      path: '/2/second',
    });
  });
});

describe('what is wrong with a kubeconfig is named without quoting it', () => {
  const secret = 'sup3rsecret';

  test.each([
    [
      'a token in broken YAML',
      `users:\n- {name: u, user: {token: ${secret}\nclusters: [`,
      /a\.yaml:\d+:\d+ is not valid YAML/,
    ],
    ['a list in the place of a text', text({ user: `token: [${secret}]` }), /a\.yaml: users\.0\.user\.token: .*string/],
    [
      'the same name twice',
      'contexts: [{name: x, context: {cluster: c}}, {name: x, context: {cluster: d}}]',
      /two contexts named x/,
    ],
  ])('%s', (_name, broken, message) => {
    expect(() => parseKubeconfig(broken, origin)).toThrow(
      expect.objectContaining({ code: 'invalid-kubeconfig', message: expect.stringMatching(message) }),
    );
    expect(() => parseKubeconfig(broken, origin)).not.toThrow(secret);
  });

  test.each([
    [
      'a missing cluster',
      text().replace('cluster: c,', 'cluster: other,'),
      /context west in a\.yaml names the cluster other/,
    ],
    ['a missing user', text().replace('user: u,', 'user: other,'), /names the user other, which is not there/],
    [
      'a password',
      text({ user: `username: ann, password: ${secret}` }),
      /a user name and password, which Kubernetes has removed/,
    ],
    [
      'a certificate without its key',
      text({ user: `client-certificate-data: ${pem('CERTIFICATE')}` }),
      /only one of client-certificate/,
    ],
    [
      'data that is not PEM',
      text({ cluster: `server: https://w, certificate-authority-data: ${secret}` }),
      /certificate-authority-data is not PEM/,
    ],
    [
      'a password in the address of the server',
      text({ cluster: `server: "https://ann:${secret}@west:6443"` }),
      /cluster c in a\.yaml has a user name or password in its server address/,
    ],
    [
      'plain http',
      text({ cluster: 'server: "http://west:6443"', user: `` }),
      /reached over plain http, which anybody on the way can read/,
    ],
    [
      'a token over plain http',
      text({ cluster: 'server: "http://127.0.0.1:6443"', user: `token: ${secret}` }),
      /credentials are not sent over that/,
    ],
    [
      'a certificate over plain http',
      text({ cluster: 'server: "http://[::1]:6443"', user: 'client-certificate: a, client-key: b' }),
      /credentials are not sent over that/,
    ],
    [
      'a plug-in over plain http',
      text({
        cluster: 'server: "http://localhost:6443"',
        user: 'exec: {apiVersion: client.authentication.k8s.io/v1, command: x}',
      }),
      /credentials are not sent over that/,
    ],
    [
      'an authority and no check',
      text({ cluster: `server: https://west, insecure-skip-tls-verify: true, certificate-authority: ca.crt` }),
      /gives a certificate authority and insecure-skip-tls-verify/,
    ],
    ['a server that is no URL', text({ cluster: 'server: "west:6443"' }), /server is not a URL/],
    [
      'an old plug-in',
      text({ user: 'exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}' }),
      /version client.authentication.k8s.io\/v1alpha1/,
    ],
  ])('%s', (_name, broken, message) => {
    const attempt = (): unknown => accessOfContext(parseKubeconfig(broken, origin), 'west');
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'invalid-kubeconfig', cluster: 'west', message: expect.stringMatching(message) }),
    );
    expect(attempt).not.toThrow(secret);
  });

  test('a context that is not there: the error lists those that are', () => {
    const config = parseKubeconfig(text({ context: 'kind-west' }), origin);
    expect(() => accessOfContext(config, 'west', 'kind-wset')).toThrow(
      expect.objectContaining({
        code: 'context-not-found',
        message: expect.stringContaining('there are: kind-west'),
      }),
    );
    expect(() => accessOfContext(parseKubeconfig('', origin), 'x', 'y')).toThrow(/has no contexts at all/);
    expect(() => accessOfContext(parseKubeconfig('', origin), 'x')).toThrow(/no current context/);
  });
});

test.each([
  ['wset', ['east', 'west'], 'west'],
  ['West', ['east', 'west'], 'west'],
  ['prod', ['gke_acme_prod', 'gke_acme_stage'], 'gke_acme_prod'],
  ['prod', ['gke_a_prod', 'gke_b_prod'], undefined],
  ['moon', ['east', 'west'], undefined],
])('for the missing context %s among %j the remedy proposes %s', (wanted, names, guess) => {
  const config = mergeKubeconfigs(names.map((context) => parseKubeconfig(text({ context }), origin)));
  const set = { do: 'Set', field: 'spec.access.context', of: { kind: 'MeshCluster', name: 'x' } };
  expect(() => accessOfContext(config, 'x', wanted)).toThrow(
    expect.objectContaining({ remedy: [guess === undefined ? set : { ...set, value: guess }] }),
  );
});

describe('the files that are read', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isthmus-kubeconfig-'));
    await writeFile(join(folder, 'one'), text());
    await writeFile(join(folder, 'two'), text({ context: 'east' }));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('KUBECONFIG is a list whose missing files are passed over', async () => {
    const KUBECONFIG = [join(folder, 'absent'), '', join(folder, 'two'), join(folder, 'one')].join(delimiter);
    const config = await loadKubeconfig({ environment: { KUBECONFIG }, homeFolder: folder });
    expect(config.currentContext).toBe('east');
    expect(config.contexts.size).toBe(2);
  });

  test('a file that is asked for must be there', async () => {
    const path = join(folder, 'absent');
    await expect(loadKubeconfig({ path, environment: {}, homeFolder: folder })).rejects.toMatchObject({
      code: 'file-unreadable',
      message: `the kubeconfig ${path} cannot be read: there is no such file`,
    });
    await expect(loadKubeconfig({ path: folder, environment: {}, homeFolder: folder })).rejects.toThrow(
      'it is a folder',
    );
  });

  test('without any file the error says where one was looked for', async () => {
    await expect(loadKubeconfig({ environment: {}, homeFolder: folder })).rejects.toThrow(
      join(folder, '.kube', 'config'),
    );
  });
});

test('a kubeconfig that is nested deeply is refused as such', () => {
  for (const levels of [300, 50_000]) {
    const deep = `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const user = `{auth-provider: ${deep}}`;
    expect(() => parseKubeconfig(`users: [{name: u, user: ${user}}]\n`, origin), `${levels}`).toThrow(
      expect.objectContaining({ code: 'invalid-kubeconfig' }),
    );
  }
});
