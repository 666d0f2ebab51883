import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handClock } from '../testing/hand-clock.ts';
import { accessTo } from '../testing/scripted-server.ts';
import type { ClusterAccess, ExecPlugin } from './access.ts';
import { credentialProvider } from './credential.ts';
import { type PluginRun, pluginRunner, type RunPlugin } from './exec-plugin.ts';
import { inClusterAccess } from './in-cluster.ts';

const plugin: ExecPlugin = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: 'login',
  args: ['--region', 'x'],
  env: { A: 'b' },
  installHint: 'Get it from your administrator',
  provideClusterInfo: true,
  interactiveMode: 'IfAvailable',
  clusterConfig: { audience: 'x' },
};
const withPlugin = (change: Partial<ExecPlugin> = {}): ClusterAccess => ({
  ...accessTo('https://west:6443'),
  tlsServerName: 'api',
  authority: { kind: 'Text', text: 'CA' },
  exec: { ...plugin, ...change },
});
const printed = (status: object, apiVersion = plugin.apiVersion): PluginRun => ({
  problem: undefined,
  exitCode: 0,
  stdout: JSON.stringify({ apiVersion, kind: 'ExecCredential', status }),
  stderr: '',
});

function recorder(...runs: readonly PluginRun[]): { run: RunPlugin; calls: Parameters<RunPlugin>[] } {
  const calls: Parameters<RunPlugin>[] = [];
  const run: RunPlugin = async (...call) => {
    calls.push(call);
    return runs[Math.min(calls.length, runs.length) - 1] ?? printed({ token: 'none' });
  };
  return { run, calls };
}

describe('a credential plug-in', () => {
  test('gets its arguments and the cluster, and its token is sent', async () => {
    const { run, calls } = recorder(printed({ token: 'abc' }));
    const provider = credentialProvider(withPlugin(), { cluster: 'west', clock: handClock(), run });
    expect((await provider.current()).headers).toEqual({ authorization: 'Bearer abc' });
    const [command, args, options] = calls[0] ?? [];
    expect([command, args]).toEqual(['login', ['--region', 'x']]);
    expect(options?.env.A).toBe('b');
    expect(JSON.parse(options?.env.KUBERNETES_EXEC_INFO ?? '')).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: {
          server: 'https://west:6443',
          'tls-server-name': 'api',
          'certificate-authority-data': Buffer.from('CA').toString('base64'),
          config: { audience: 'x' },
        },
      },
    });
  });

  test('runs once for requests at the same time, and again shortly before its credential expires', async () => {
    const clock = handClock();
    const expirationTimestamp = new Date(clock.now() + 600_000).toISOString();
    const { run, calls } = recorder(printed({ token: '1', expirationTimestamp }), printed({ token: '2' }));
    const provider = credentialProvider(withPlugin({ provideClusterInfo: false }), { cluster: 'west', clock, run });
    await Promise.all([provider.current(), provider.current(), provider.current()]);
    clock.advance(569_000);
    await provider.current();
    expect(calls).toHaveLength(1);
    expect(JSON.parse(calls[0]?.[2].env.KUBERNETES_EXEC_INFO ?? '').spec).toEqual({ interactive: false });
    clock.advance(2_000);
    expect((await provider.current()).headers).toEqual({ authorization: 'Bearer 2' });
    expect(calls).toHaveLength(2);
    expect(provider.invalidate(await provider.current())).toBe(true);
    await provider.current();
    expect(calls).toHaveLength(3);
  });

  test('is fetched once for all the requests that were refused with it', async () => {
    const { run, calls } = recorder(printed({ token: '1' }), printed({ token: '2' }));
    const provider = credentialProvider(withPlugin(), { cluster: 'west', clock: handClock(), run });
    const refused = await provider.current();
    provider.invalidate(refused);
    await provider.current();
    expect(provider.invalidate(refused)).toBe(true);
    expect((await provider.current()).headers).toEqual({ authorization: 'Bearer 2' });
    expect(calls).toHaveLength(2);
  });

  test('may give a client certificate', async () => {
    const { run } = recorder(printed({ clientCertificateData: 'CERT', clientKeyData: 'KEY' }));
    const provider = credentialProvider(withPlugin(), { cluster: 'west', clock: handClock(), run });
    expect((await provider.current()).tls).toEqual({ authority: 'CA', certificate: 'CERT', privateKey: 'KEY' });
  });

  const token = 'eyJhbGciOiJSUzI1NiIsImtpZCI6IkFCQ0RFRkdISUpLTE1OT1BRIn0.payload.signature';
  const ended = (change: Partial<PluginRun>): PluginRun => ({
    problem: 'Failed',
    exitCode: 1,
    stdout: '',
    stderr: '',
    ...change,
  });
  test.each([
    ['is missing', ended({ problem: 'NotFound' }), /login is not installed/, /Get it from your administrator/],
    [
      'fails',
      ended({ exitCode: 3, stderr: `session expired for ${token}` }),
      /exit code 3: session expired for …$/,
      /log in/,
    ],
    [
      'says a password',
      ended({ stderr: 'a\nb\nlogin failed for bob\r\nwith password hunter2-S3cret!\n' }),
      /exit code 1: a b login failed for bob with password …$/,
      /log in/,
    ],
    [
      'complains at length',
      ended({ stderr: `no account is selected, password ${'x'.repeat(9)} ${'A1b2C3d4 '.repeat(900)}end` }),
      /exit code 1: no account is selected, password …[… ]+$/,
      /log in/,
    ],
    ['hangs', ended({ problem: 'TimedOut' }), /no answer within 30 s/, /log in/],
    [
      'prints nothing of use',
      { ...ended({ problem: undefined, exitCode: 0 }), stdout: token },
      /something else/,
      /by hand/,
    ],
    [
      'answers in another version',
      printed({ token }, 'client.authentication.k8s.io/v1beta1'),
      /answered in .*v1beta1/,
      /same/,
    ],
    ['gives nothing', printed({}), /neither a token nor a certificate/, /log in/],
    ['gives half a certificate', printed({ clientKeyData: token }), /only one of certificate and key/, /update/],
  ])('that %s is an error with words and no secret', async (...[, result, message, remedy]) => {
    const provider = credentialProvider(withPlugin(), {
      cluster: 'west',
      clock: handClock(),
      run: recorder(result).run,
    });
    const error = await provider.current().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'authentication-failed', cluster: 'west' });
    expect(error).toMatchObject({ message: expect.stringMatching(message), remedy: expect.stringMatching(remedy) });
    expect(String(error)).not.toContain(token);
  });

  test('that needs a terminal is refused', async () => {
    const access = withPlugin({ interactiveMode: 'Always' });
    const provider = credentialProvider(access, { cluster: 'west', clock: handClock(), run: recorder().run });
    await expect(provider.current()).rejects.toThrow(/needs a terminal/);
  });
});

describe('running a program', () => {
  const options = { env: { GIVEN: 'yes' }, timeoutMs: 20_000 };
  const runPlugin = pluginRunner({ PATH: process.env.PATH, OURS: 'too' });

  test('passes arguments as they are, the environment, and an empty standard input', async () => {
    const script =
      'process.stdin.on("data", () => process.exit(9)); process.stdin.on("end", () => console.log(process.argv[1], process.env.GIVEN, process.env.OURS, process.env.HOME))';
    const run = await runPlugin(process.execPath, ['-e', script, '$HOME; ls'], options);
    expect(run).toMatchObject({ problem: undefined, exitCode: 0, stdout: '$HOME; ls yes too undefined\n' });
  });

  test('tells a missing program, a failing and a hanging one apart', async () => {
    expect((await runPlugin('isthmus-no-such-program', [], options)).problem).toBe('NotFound');
    expect(await runPlugin(process.execPath, ['-e', 'console.error("no"); process.exit(4)'], options)).toMatchObject({
      problem: 'Failed',
      exitCode: 4,
      stderr: 'no\n',
    });
    const hanging = runPlugin(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { env: {}, timeoutMs: 300 });
    expect((await hanging).problem).toBe('TimedOut');
  });

  test('ends one that prints without end, and keeps nothing of it', async () => {
    const endless = 'const more = () => process.stdout.write("x".repeat(1 << 16), more); more()';
    const run = await runPlugin(process.execPath, ['-e', endless], options);
    expect(run).toMatchObject({ exitCode: undefined, stdout: '' });
    expect(run.problem).toBeDefined();
  });
});

describe('credentials in files', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'isthmus-credential-'));
    await writeFile(join(folder, 'ca.crt'), 'CA 1');
    await writeFile(join(folder, 'token'), 'token-1\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('the service account of a pod: the token and the authority are read again after a while', async () => {
    const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    const access = await inClusterAccess('home', { environment, folder });
    expect(access.server).toBe('https://[fd00::1]:6443');
    const clock = handClock();
    const provider = credentialProvider(access, { cluster: 'home', clock, run: recorder().run });
    expect((await provider.current()).headers).toEqual({ authorization: 'Bearer token-1' });
    await writeFile(join(folder, 'token'), 'token-2\n');
    await writeFile(join(folder, 'ca.crt'), 'CA 2');
    expect((await provider.current()).headers).toEqual({ authorization: 'Bearer token-1' });
    clock.advance(31_000);
    const renewed = await provider.current();
    expect(renewed.headers).toEqual({ authorization: 'Bearer token-2' });
    expect(renewed.tls.authority).toBe('CA 2');
  });

  test('outside a pod the error says what is missing', async () => {
    await expect(inClusterAccess('home', { environment: {}, folder })).rejects.toThrow(
      'KUBERNETES_SERVICE_HOST is not set',
    );
    const environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
    await expect(inClusterAccess('home', { environment, folder: join(folder, 'no') })).rejects.toThrow(
      /token: there is no such file/,
    );
  });

  test('an unreadable file is named, with what it was to hold', async () => {
    const access: ClusterAccess = {
      ...accessTo('https://w'),
      privateKey: { kind: 'File', path: join(folder, 'no.key') },
    };
    const provider = credentialProvider(access, { cluster: 'west', clock: handClock(), run: recorder().run });
    await expect(provider.current()).rejects.toMatchObject({
      code: 'file-unreadable',
      message: `cluster west: the client key in ${join(folder, 'no.key')} cannot be read: there is no such file`,
    });
  });

  test('impersonation becomes headers', async () => {
    const impersonate = { user: 'ann', uid: undefined, groups: ['a', 'b'], extra: { Scope: ['x'] } };
    const access: ClusterAccess = { ...accessTo('https://w'), impersonate, token: { kind: 'Text', text: 't' } };
    const provider = credentialProvider(access, { cluster: 'west', clock: handClock(), run: recorder().run });
    expect((await provider.current()).headers).toEqual({
      authorization: 'Bearer t',
      'impersonate-user': 'ann',
      'impersonate-group': ['a', 'b'],
      'impersonate-extra-scope': ['x'],
    });
    expect(provider.invalidate(await provider.current())).toBe(false);
  });
});
