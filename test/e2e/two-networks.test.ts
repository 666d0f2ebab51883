import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cutLink, healLinks } from '../../lab/src/links.ts';
import { parseWrappingKey, unwrap } from '../../src/pki/wrapping.ts';
import type { ApplyReport } from '../../src/report/apply.ts';
import type { DoctorReport } from '../../src/report/doctor.ts';
import type { ReachableStatus, StatusReport } from '../../src/report/status.ts';
import type { VerifyReport } from '../../src/report/verify.ts';
import { openAccounts } from '../support/access.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { deployHelloworld } from '../support/helloworld.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { plannedChanges } from '../support/plan.ts';
import { type ProgramResult, runProgram } from '../support/program.ts';
import { countsOf } from '../support/report.ts';
import { pemBody, secretValues, tokensIn } from '../support/secrets.ts';
import { countElements } from '../support/xml.ts';

const mesh = join(checkout, 'examples/two-networks/mesh.yaml');
const clusters = ['west', 'east'] as const;

/** What these tests read of the JSON of `isthmus trace` (docs/json.md). */
interface Prediction {
  readonly delivered: boolean;
  readonly endpoints: readonly { readonly address: string; readonly via: string }[];
  readonly effective: readonly { readonly via: string; readonly cluster: string; readonly share: number }[];
}

let lab: TestLab;
beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-mesh', clusters: twoClusters });
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

async function apply(...flags: string[]): Promise<ApplyReport> {
  return jsonOf(endedWith(0, await lab.isthmus.run(['apply', '-f', mesh, '-o', 'json', ...flags])));
}

async function status(code: number, ...flags: string[]): Promise<StatusReport> {
  return jsonOf(endedWith(code, await lab.isthmus.run(['status', '-f', mesh, '-o', 'json', ...flags])));
}

async function doctor(code: number, ...flags: string[]): Promise<DoctorReport> {
  return jsonOf(endedWith(code, await lab.isthmus.run(['doctor', '-o', 'json', ...flags])));
}

async function verify(code: number, ...flags: string[]): Promise<VerifyReport> {
  return jsonOf(endedWith(code, await lab.isthmus.run(['verify', '-f', mesh, '-o', 'json', ...flags])));
}

function reachable({ clusters: all }: StatusReport, name: string): ReachableStatus {
  const found = all.find(({ cluster }) => cluster === name);
  if (found?.reachable !== true) throw new Error(`${name} was not reached`);
  return found;
}

async function planned(): Promise<readonly string[]> {
  return plannedChanges(jsonOf(endedWith(0, await lab.isthmus.run(['apply', '-f', mesh, '-o', 'json', '--dry-run']))));
}

async function verifyNamespaces(): Promise<string[]> {
  const selector = ['-l', 'isthmus.dev/purpose=verify', '-o', 'name'];
  const names = await Promise.all(clusters.map((name) => lab.kubectl(name, 'get', 'namespaces', ...selector)));
  return names.flatMap((text) => text.split('\n').filter((line) => line !== ''));
}

describe('two empty clusters', () => {
  test('become one mesh with one command, which verifies it meanwhile, and once', async () => {
    const { stdout, stderr } = endedWith(0, await lab.isthmus.run(['apply', '--verify', '-f', mesh]));
    expect(stdout).toMatch(/mesh shop: 2 of 2 clusters are as declared \(\d+ created, 0 configured, 0 unchanged\)/);
    expect(stdout).toMatch(/^4 of 4 checks passed in /m);
    expect(stderr.match(/probes in namespace/g)).toHaveLength(1);
    expect(stderr).toMatch(
      /probes in namespace isthmus-verify-[\s\S]*Deployment istio-system\/istio-eastwestgateway available/,
    );
    expect(stdout).toContain(join(lab.stateFolder, 'isthmus/shop/root.key'));
    expect(stderr).toMatch(/^west {2}certificates: 2 created$/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no colour and no cursor movement may be in a pipe
    expect(`${stdout}${stderr}`).not.toMatch(/\u001b/);
  });

  test('applied again nothing is written', async () => {
    const again = await apply();
    expect(again.writes).toBe(0);
    for (const name of clusters) {
      expect(countsOf(again)[name]).toMatchObject({ created: 0, configured: 0 });
    }
    expect(await planned()).toEqual([]);
  });

  test('are healthy for status', async () => {
    const seen = await status(0);
    expect(seen).toMatchObject({ mesh: 'shop', ok: true, verdict: 'Yes' });
    for (const [name, peer] of [clusters, clusters.toReversed()] as const) {
      expect(reachable(seen, name)).toMatchObject({
        istiod: { available: 1, wanted: 1, complete: true, version: '1.31.0' },
        gateway: { available: 1, complete: true, address: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/) },
        peers: [{ peer, configured: true, state: 'synced' }],
        injectNamespaces: [{ name: 'sample', labelled: true }],
        drift: { state: 'Compared', objects: [] },
        unread: [],
        findings: [],
      });
    }
    const roots = clusters.map((name) => reachable(seen, name).certificate?.rootFingerprint);
    expect(new Set(roots).size).toBe(1);
  });

  test('have nothing wrong for the doctor, by the mesh file and by their contexts', async () => {
    const seen = await doctor(0, '-f', mesh);
    expect(seen).toMatchObject({ mesh: 'shop', verdict: 'Yes', findings: [] });
    expect(seen.pairs.map(({ from, to, firstFailed }) => [from, to, firstFailed])).toEqual([
      ['west', 'east', undefined],
      ['east', 'west', undefined],
    ]);
    const contexts = clusters.flatMap((name) => ['--context', name]);
    expect(await doctor(0, ...contexts)).toMatchObject({ mesh: 'shop', verdict: 'Yes', findings: [] });
  });

  test('are passed on as an archive, of which the doctor says the same, and watched by it', async () => {
    const file = join(lab.folder, 'bundle.tgz');
    const { bundle } = await doctor(0, '-f', mesh, '--fast', '--bundle', file);
    expect(bundle?.files).toContain('isthmus-bundle/snapshot/west/objects.yaml');
    endedWith(0, await runProgram('tar', ['-xzf', file, '-C', lab.folder], { timeoutMs: 60_000 }));
    const stored = await doctor(0, '--snapshot', join(lab.folder, 'isthmus-bundle/snapshot'));
    expect(stored.findings.map(({ code }) => code)).toEqual(['trust-unread']);
    const watch = lab.isthmus.start(['doctor', '-f', mesh, '--fast', '--watch', '--interval', '500ms']);
    await watch.said(/^mesh shop: nothing is wrong[\s\S]*^unchanged, read at /m);
    watch.kill('SIGINT');
    expect((await watch.result).code).toBe(0);
  });

  test('are watched until Ctrl-C, which ends with the exit code of the last look', async () => {
    const watch = lab.isthmus.start(['status', '-f', mesh, '--watch', '--interval', '500ms']);
    await watch.said(/^mesh shop: healthy[\s\S]*^unchanged, read at /m);
    watch.kill('SIGINT');
    const { code, stdout } = await watch.result;
    expect({ code, times: stdout.match(/^mesh shop: healthy/gm)?.length }).toEqual({ code: 0, times: 1 });
  });

  test("are connected for Istio's own tool", async () => {
    for (const [name, peer] of [clusters, clusters.toReversed()] as const) {
      const table = await lab.istioctl(name ?? '', 'remote-clusters');
      expect(table).toMatch(
        new RegExp(`^${peer}\\s+istio-system/istio-remote-secret-${peer}\\s+synced\\s+istiod-`, 'm'),
      );
    }
  });
});

describe('real traffic', () => {
  test('verify proves every pair, its path, its identities and the shares', async () => {
    const junit = join(lab.folder, 'verify.xml');
    const report = await verify(0, '--junit', junit);
    const seen = await status(0);
    expect(report).toMatchObject({ ok: true, passed: 4, total: 4, trustDomain: 'cluster.local' });
    expect(report.pairs.map(({ from, to }) => `${from} ${to}`)).toEqual(['west east', 'east west']);
    for (const pair of report.pairs) {
      const { gateway } = reachable(seen, pair.to);
      expect(pair).toMatchObject({ ok: true, path: 'Gateway', expectedPath: 'Gateway', requests: 40, failures: 0 });
      expect(pair.via).toEqual([`${gateway?.address}:15443`]);
      const spiffe = `spiffe://cluster.local/ns/${report.namespace}/sa`;
      expect(pair.identity.seen).toEqual({
        client: `${spiffe}/client-${pair.from}`,
        server: `${spiffe}/server-${pair.to}`,
      });
      expect(pair.identity.expected).toEqual(pair.identity.seen);
    }
    for (const { from, ok, shares, failures } of report.shared) {
      expect({ from, ok, failures }).toEqual({ from, ok: true, failures: 0 });
      expect(shares.map(({ cluster }) => cluster)).toEqual(['west', 'east']);
      for (const { percent } of shares) expect(percent).toBeGreaterThan(12);
    }
    const xml = await readFile(junit, 'utf8');
    expect(countElements(xml)).toEqual({ testsuites: 1, testsuite: 2, testcase: report.total });
  });

  test('accounts with the roles that are printed for status and verify, and with nothing else, see and prove the same', async () => {
    const accounts = await openAccounts(lab, ['status', 'verify']);
    await accounts.give(mesh);
    const seen = jsonOf<StatusReport>(endedWith(0, await accounts.run('status', ['status', '-f', mesh, '-o', 'json'])));
    expect(seen).toMatchObject({ ok: true, verdict: 'Yes' });
    for (const name of clusters)
      expect(reachable(seen, name)).toMatchObject({ drift: { state: 'Compared' }, unread: [] });
    const quick = ['verify', '-f', mesh, '--requests', '5', '-o', 'json'];
    const report = jsonOf<VerifyReport>(endedWith(0, await accounts.run('verify', quick)));
    expect(report).toMatchObject({ ok: true, passed: 4, total: 4 });
  });

  test('verify leaves nothing behind', async () => {
    await eventually(
      async () => {
        const left = await verifyNamespaces();
        return left.length === 0 ? undefined : left.join(' ');
      },
      { timeoutMs: 60_000 },
    );
  });

  test('both versions of a service answer a client, over the gateway that status and verify name', async () => {
    await deployHelloworld(lab);
    const gateway = `${reachable(await status(0), 'east').gateway?.address}:15443`;
    const service = 'outbound|5000||helloworld.sample.svc.cluster.local';
    const config = ['proxy-config', 'endpoint', 'deploy/client', '-n', 'sample', '--cluster', service];
    await eventually(
      async () => {
        const table = await lab.istioctl('west', ...config);
        return table.split('\n').some((line) => line.startsWith(gateway) && line.includes('HEALTHY'))
          ? undefined
          : `no ${gateway} in\n${table}`;
      },
      { timeoutMs: 30_000 },
    );
    const client = ['-n', 'sample', 'exec', 'deploy/client', '-c', 'client', '--'];
    const versions = async (): Promise<readonly string[]> => {
      const call = ['curl', '-s', '-n', '20', 'http://helloworld.sample:5000/hello'];
      const said = await lab.kubectl('west', ...client, ...call);
      return [...said.matchAll(/version: (v\d)/g)].map(([, version = '']) => version);
    };
    // The gateway in east hears of the new pods from its own istiod, maybe later than the client of its own.
    await eventually(async () => ((await versions()).includes('v2') ? undefined : 'no answer from east'), {
      timeoutMs: 30_000,
    });
    const answered = await versions();
    expect(answered).toHaveLength(20);
    expect(new Set(answered)).toEqual(new Set(['v1', 'v2']));
  });
});

describe('a prediction', () => {
  const request = ['--from', 'west/sample/client', '--to', 'helloworld:5000'];

  async function trace(...flags: string[]): Promise<Prediction> {
    return jsonOf(endedWith(0, await lab.isthmus.run(['trace', ...request, ...flags, '-o', 'json'])));
  }

  test('is what the real istiod and the real Envoy hold', async () => {
    const found = await trace('-f', mesh, '--live');
    expect(found).toMatchObject({ host: 'helloworld.sample.svc.cluster.local', delivered: true });
    const seen = await status(0);
    expect(found.effective.map(({ via, cluster, share }) => ({ via, cluster, share }))).toEqual(
      expect.arrayContaining([
        { via: 'pod', cluster: 'west', share: 50 },
        { via: 'gateway', cluster: 'east', share: 50 },
      ]),
    );
    expect(found.endpoints.find(({ via }) => via === 'gateway')?.address).toBe(
      `${reachable(seen, 'east').gateway?.address}:15443`,
    );
    const said = endedWith(0, await lab.isthmus.run(['trace', ...request, '-f', mesh, '--live'])).stdout;
    expect(said).toContain('istiod and Envoy say the same');
  });

  test('needs no cluster once a snapshot is taken, and the snapshot holds no credential', async () => {
    const folder = join(lab.folder, 'snapshot');
    endedWith(0, await lab.isthmus.run(['snapshot', '-f', mesh, folder]));
    const nowhere = { KUBECONFIG: '/nowhere' };
    const run = async (...args: string[]): Promise<ProgramResult> =>
      await lab.isthmus.run([...args, '--snapshot', folder], { env: nowhere });
    const taken = jsonOf<Prediction>(endedWith(0, await run('trace', ...request, '-o', 'json')));
    const direct = await trace('-f', mesh);
    expect(taken.endpoints).toEqual(direct.endpoints);
    expect(taken.effective).toEqual(direct.effective);
    expect(endedWith(7, await run('trace', ...request.slice(0, 3), 'nothing:80')).stdout).toContain('not delivered');
    const { readAt: _, ...then } = jsonOf<StatusReport>(endedWith(0, await run('status', '-o', 'json')));
    const { readAt: __, ...now } = await status(0, '--fast');
    expect(then).toEqual(now);
    const files = await Promise.all(
      ['istiods.yaml', 'facts.yaml', 'west/objects.yaml', 'east/objects.yaml'].map((name) =>
        readFile(join(folder, name), 'utf8'),
      ),
    );
    expect(tokensIn(files.join('\n'))).toEqual([]);
    expect(files.join('\n')).not.toContain('PRIVATE KEY');
    const without = endedWith(0, await run('whatif', '--down', 'gateway:east', '--assert', 'unreachable=0')).stdout;
    expect(without).toMatch(/helloworld\.sample:5000 +west .*west 50%, lost 50%/);
    expect(endedWith(7, await run('whatif', '--down', 'gateway:east', '--assert', 'degraded=0')).code).toBe(7);
  });
});

describe('a change by hand', () => {
  test('is shown, planned, and repaired with exactly as many writes', async () => {
    const hosts = '[{"op":"replace","path":"/spec/servers/0/hosts","value":["*.example"]}]';
    await lab.kubectl(
      'west',
      '-n',
      'istio-system',
      'patch',
      'gateway.networking.istio.io/cross-network-gateway',
      '--type=json',
      '-p',
      hosts,
    );
    await lab.kubectl('east', '-n', 'istio-system', 'delete', 'secret', 'istio-remote-secret-west');
    await lab.kubectl('east', 'label', 'namespace', 'sample', 'istio-injection-');
    const drifted = await status(7);
    expect(drifted.ok).toBe(false);
    expect(reachable(drifted, 'east').findings.map(({ message }) => message)).toEqual([
      'no remote secret for west',
      'namespace sample is not labelled for injection',
      'Secret istio-system/istio-remote-secret-west: it does not exist',
      'Namespace sample: metadata.labels.istio-injection removed',
    ]);
    expect((await planned()).toSorted()).toEqual([
      'east: Create Secret istio-remote-secret-west',
      'east: Update Namespace sample',
      'west: Update Gateway cross-network-gateway',
    ]);
    expect(countsOf(await apply())).toMatchObject({
      west: { created: 0, configured: 1 },
      east: { created: 1, configured: 1 },
    });
    expect(await planned()).toEqual([]);
    expect((await apply()).writes).toBe(0);
    expect(await status(0)).toMatchObject({ ok: true });
    const gateway = await lab.kubectl(
      'west',
      '-n',
      'istio-system',
      'get',
      'gateway.networking.istio.io/cross-network-gateway',
      '-o',
      'jsonpath={.spec.servers[0].hosts}',
    );
    expect(gateway).toBe('["*.local"]');
  });
});

describe('what a status compares', () => {
  const inWest = async (...args: string[]): Promise<string> => await lab.kubectl('west', '-n', 'istio-system', ...args);

  test('names each object that was changed by hand, its fields and who changed them', async () => {
    await lab.kubectl('west', 'label', 'namespace', 'istio-system', 'topology.istio.io/network=usx', '--overwrite');
    await inWest('set', 'env', 'deployment/istio-eastwestgateway', 'ISTIO_META_REQUESTED_NETWORK_VIEW=wrong');
    const port = '[{"op":"replace","path":"/spec/ports/0/port","value":15022}]';
    await inWest('patch', 'service', 'istio-eastwestgateway', '--type=json', '-p', port);
    const messages = reachable(await status(7), 'west').findings.map(({ message }) => message);
    expect(messages).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Namespace istio-system: .*topology\.istio\.io\/network changed by kubectl-label$/),
        expect.stringMatching(
          /^Deployment istio-system\/istio-eastwestgateway: .*NETWORK_VIEW.* changed by kubectl-set$/,
        ),
        expect.stringMatching(/^Service istio-system\/istio-eastwestgateway: spec\.ports\[status-port\]/),
      ]),
    );
    const without = { PATH: '/nowhere', ISTHMUS_ISTIOCTL: '' };
    const { stdout } = await lab.isthmus.run(['status', '-f', mesh], { env: without });
    expect(stdout).toContain('whether it is as declared is unknown: there is no istioctl');
    await lab.kubectl('west', 'label', 'namespace', 'istio-system', 'topology.istio.io/network=us', '--overwrite');
    const back = port.replace('15022', '15021');
    await inWest('patch', 'service', 'istio-eastwestgateway', '--type=json', '-p', back);
    await apply();
  });
});

describe('two applies at the same moment', () => {
  test('do not disturb each other: what one has written the other finds written', async () => {
    await lab.kubectl('west', '-n', 'istio-system', 'delete', 'secret', 'istio-remote-secret-east');
    await lab.kubectl('east', '-n', 'istio-system', 'delete', 'configmap', 'values');
    const reports = await Promise.all([apply(), apply()]);
    const created = reports.map((report) =>
      Object.values(countsOf(report)).map((counts) => (typeof counts === 'string' ? counts : counts.created)),
    );
    expect(created.map((counts) => counts.join(' ')).toSorted()).toEqual(['0 0', '1 1']);
    expect(await planned()).toEqual([]);
  });
});

describe('a fault between the clusters', () => {
  test('without the gateway of one cluster only the way there fails, at the connection', async () => {
    await lab.kubectl('east', '-n', 'istio-system', 'scale', 'deployment/istio-eastwestgateway', '--replicas=0');
    await lab.kubectl(
      'east',
      '-n',
      'istio-system',
      'wait',
      '--for=delete',
      'pod',
      '-l',
      'istio=eastwestgateway',
      '--timeout=240s',
    );
    const { findings, pairs } = await doctor(7, '-f', mesh);
    expect(findings.map(({ code, cluster }) => [code, cluster])).toEqual([['gateway-not-ready', 'east']]);
    expect(findings[0]?.explains).toContain('drift');
    expect(pairs[0]).toMatchObject({ from: 'west', to: 'east', firstFailed: 'Sni' });
    const report = await verify(7);
    expect(report.pairs).toMatchObject([
      { from: 'west', to: 'east', ok: false, hop: 'Connect' },
      { from: 'east', to: 'west', ok: true },
    ]);
    await apply();
  });

  test('an image that no registry has leaves the mesh untested, and verify ends at once', async () => {
    const args = ['verify', '-f', mesh, '--probe-image', 'isthmus.invalid/none:1'];
    const { stdout } = endedWith(10, await lab.isthmus.run(args));
    expect(stdout).toMatch(/^NOT TESTED west -> east, .*at ClientPod: the client pod in .*west.* is not ready/m);
    expect(stdout).toMatch(/ErrImagePull|ImagePullBackOff/);
    expect(stdout).toContain('0 of 4 checks passed, 4 not tested');
    endedWith(0, await lab.isthmus.run([...args, '--accept-unknown']));
  });

  test('a cut is named at its first failing hop, and verify passes again after it is healed', async () => {
    await cutLink(lab.lab.name, ['west', 'east']);
    const cut = await verify(7);
    expect(cut).toMatchObject({ ok: false, passed: 0 });
    // No API server is reached from the other side, so istiod learns nothing of the new pods there.
    for (const { from, to, hop, finding } of cut.pairs) {
      expect(hop).toBe('Discovery');
      expect(finding?.message).toContain(`istiod in ${from} knows no endpoint of ${to}`);
    }
    await healLinks(lab.lab.name);
    await eventually(
      async () => {
        const { code, stdout } = await lab.isthmus.run(['verify', '-f', mesh]);
        return code === 0 ? undefined : stdout;
      },
      { timeoutMs: 90_000 },
    );
  });
});

describe('what is secret', () => {
  test("the root's key is in no cluster, and its owner's alone on this machine", async () => {
    const folder = join(lab.stateFolder, 'isthmus/shop');
    expect((await stat(join(folder, 'root.key'))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const root = pemBody(await readFile(join(folder, 'root.key'), 'utf8'));
    const values = (await Promise.all(clusters.map((name) => secretValues(lab, name)))).flat();
    const issuer = values.find(({ at }) => at === 'west isthmus-system/isthmus-issuer tls.key');
    const holders = (key: string): string[] =>
      values.filter(({ text }) => pemBody(text).includes(key)).map(({ at }) => at);
    expect(holders(pemBody(issuer?.text ?? 'none'))).toEqual([issuer?.at]);
    expect(root.length).toBeGreaterThan(100);
    expect(holders(root)).toEqual([]);
  });

  test('no command has printed a private key or a token', async () => {
    const values = (await Promise.all(clusters.map((name) => secretValues(lab, name)))).flat();
    const tokens = values.filter(({ at }) => at.includes('remote-secret')).flatMap(({ text }) => tokensIn(text));
    expect(tokens).toHaveLength(2);
    const said = lab.isthmus.transcript();
    expect(said).toContain('clusters are as declared');
    expect(said).not.toContain('PRIVATE KEY');
    for (const token of tokens) expect(said.includes(token)).toBe(false);
    expect(tokensIn(said)).toEqual([]);
  });
});

describe("the issuer's key", () => {
  const inSystem = ['-n', 'isthmus-system'] as const;
  const secretRef = ['get', 'secret', 'isthmus-issuer'] as const;
  const keyRef = ['get', 'wrappingkey', 'isthmus-issuer'] as const;

  interface Kept {
    readonly secret: Readonly<Record<string, string>>;
    readonly key: string;
  }

  async function kept(): Promise<Kept> {
    const { data } = await lab.objects<{ data: Record<string, string> }>('west', ...inSystem, ...secretRef);
    const { spec } = await lab.objects<{ spec: { key: string } }>('west', ...inSystem, ...keyRef);
    const texts = Object.entries(data).map(([name, value]) => [name, Buffer.from(value, 'base64').toString()]);
    return { secret: Object.fromEntries(texts), key: spec.key };
  }

  async function keyOf({ secret, key }: Kept): Promise<string> {
    const wrapping = parseWrappingKey(key);
    const plain = wrapping && (await unwrap(globalThis.crypto, wrapping, secret['tls.key'] ?? ''));
    if (plain === undefined) throw new Error('the key that is stored does not open the issuer');
    return plain;
  }

  test('is worth nothing to a peer, who lists the Secret with its token and may not read what it is encrypted with', async () => {
    const remote = ['-n', 'istio-system', 'get', 'secret', 'istio-remote-secret-west'];
    const { data } = await lab.objects<{ data: { west: string } }>('east', ...remote);
    const kubeconfig = await lab.file('peer/kubeconfig', Buffer.from(data.west, 'base64').toString());
    const asPeer = ['--kubeconfig', kubeconfig, ...inSystem, 'get'];
    const listed = await lab.objects<{ items: readonly { data?: Record<string, string> }[] }>(
      'west',
      ...asPeer,
      'secrets',
    );
    const values = listed.items.flatMap((item) => Object.values(item.data ?? {}));
    const texts = values.map((value) => Buffer.from(value, 'base64').toString());
    const { secret } = await kept();
    expect(texts).toContain(secret['tls.key']);
    expect(texts.filter((text) => /BEGIN (EC |RSA )?PRIVATE KEY/.test(text))).toEqual([]);
    for (const what of ['wrappingkeys', 'wrappingkeys/isthmus-issuer', 'configmaps']) {
      const parts = what.split('/');
      await expect(lab.kubectl('west', ...asPeer, ...parts)).rejects.toThrow(/Forbidden|forbidden/);
    }
  });

  test('may be read by no account of the mesh', async () => {
    const accounts = await lab.kubectl('west', 'get', 'serviceaccounts', '-n', 'istio-system', '-o', 'name');
    const names = accounts.match(/[^/\s]+$/gm) ?? [];
    expect(names).toEqual(expect.arrayContaining(['isthmus-reader', 'istiod']));
    for (const name of names) {
      for (const verb of ['get', 'list', 'watch']) {
        const as = `--as=system:serviceaccount:istio-system:${name}`;
        const asked = lab.kubectl('west', 'auth', 'can-i', verb, 'wrappingkeys.isthmus.dev', ...inSystem, as);
        await expect(asked).rejects.toThrow(/ended with 1: .*no/s);
      }
    }
  });

  test('as older versions stored it is encrypted by the next apply, and nothing else is written', async () => {
    const before = await kept();
    const plain = await keyOf(before);
    const data = { 'tls.key': Buffer.from(plain).toString('base64') };
    await lab.kubectl('west', ...inSystem, 'patch', 'secret', 'isthmus-issuer', '-p', JSON.stringify({ data }));
    await lab.kubectl('west', ...inSystem, 'delete', 'wrappingkey', 'isthmus-issuer');
    const { stdout } = endedWith(0, await lab.isthmus.run(['plan', '-f', mesh]));
    expect(stdout).toContain("the issuer's private key is stored encrypted from now on");
    expect(countsOf(await apply()).west).toMatchObject({ created: 1, configured: 1 });
    const after = await kept();
    expect(after.key).not.toBe(before.key);
    expect(await keyOf(after)).toBe(plain);
    expect(after.secret['tls.crt']).toBe(before.secret['tls.crt']);
    expect(await planned()).toEqual([]);
  });

  test('is never replaced where what it is encrypted with is gone', async () => {
    const { key, secret } = await kept();
    const labels = { 'app.kubernetes.io/managed-by': 'isthmus', 'isthmus.dev/mesh': 'shop' };
    await lab.kubectl('west', ...inSystem, 'delete', 'wrappingkey', 'isthmus-issuer');
    const { stderr } = endedWith(5, await lab.isthmus.run(['apply', '-f', mesh]));
    expect(stderr).toContain('encrypted with the WrappingKey isthmus-system/isthmus-issuer, which is not there');
    const manifest = {
      apiVersion: 'isthmus.dev/v1alpha1',
      kind: 'WrappingKey',
      metadata: { name: 'isthmus-issuer', namespace: 'isthmus-system', labels },
      spec: { key },
    };
    await lab.kubectl('west', 'create', '-f', await lab.file('backup.json', JSON.stringify(manifest)));
    await apply();
    expect(await kept()).toEqual({ key, secret });
  });
});

describe('what keeps an istiod from its peers', () => {
  test('a token that was revoked is refused, and the next apply gives the peers a new one', async () => {
    const remote = ['-n', 'istio-system', 'get', 'secret', 'istio-remote-secret-west'];
    const tokenOf = async (): Promise<string> => {
      const { data } = await lab.objects<{ data: { west: string } }>('east', ...remote);
      return Buffer.from(data.west, 'base64').toString();
    };
    const before = await tokenOf();
    await lab.kubectl('west', '-n', 'istio-system', 'delete', 'secret', 'isthmus-reader-token');
    const asPeer = ['--kubeconfig', await lab.file('peer/old', before), 'get', 'services', '--all-namespaces'];
    // An API server takes a token that it knows for ten seconds more (TokenSuccessCacheTTL).
    await eventually(
      async () =>
        await lab.kubectl('west', ...asPeer).then(
          () => 'the old token is taken',
          () => undefined,
        ),
      { timeoutMs: 30_000 },
    );
    await expect(lab.kubectl('west', ...asPeer)).rejects.toThrow(/Unauthorized|must be logged in/);
    await apply();
    expect(tokensIn(await tokenOf())).not.toEqual(tokensIn(before));
    await eventually(
      async () => {
        const { code, stdout } = await lab.isthmus.run(['status', '-f', mesh]);
        return code === 0 ? undefined : stdout;
      },
      { timeoutMs: 60_000 },
    );
  });

  test('a token that the peer refuses is the cause that is named', async () => {
    const secret = 'istio-remote-secret-east';
    const held = await lab.objects<{ data: { east: string } }>('west', '-n', 'istio-system', 'get', 'secret', secret);
    const text = Buffer.from(held.data.east, 'base64').toString();
    const data = { east: Buffer.from(text.replace(/token: .*/, 'token: none')).toString('base64') };
    await lab.kubectl(
      'west',
      '-n',
      'istio-system',
      'patch',
      'secret',
      secret,
      '--type=merge',
      '-p',
      JSON.stringify({ data }),
    );
    await eventually(
      async () => {
        const messages = reachable(await status(7), 'west').findings.map(({ message }) => message);
        const said = `east answers 401 Unauthorized to the token in Secret istio-system/${secret}`;
        return messages.some((message) => message.includes(said)) ? undefined : messages.join('\n');
      },
      { timeoutMs: 60_000 },
    );
    await apply();
  });

  test('a sidecar that states another cluster is named, for no istiod gives it a certificate', async () => {
    const inWest = (...words: readonly string[]): Promise<string> => lab.kubectl('west', ...words);
    const injector = ['-n', 'istio-system', 'configmap', 'istio-sidecar-injector'] as const;
    const held = await lab.objects<{ data: { values: string } }>('west', 'get', ...injector);
    const values = held.data.values.replace('"clusterName": "west"', '"clusterName": "nowhere"');
    await inWest('patch', ...injector, '-p', JSON.stringify({ data: { values } }));
    const client = join(checkout, 'lab/manifests/client.yaml');
    await eventually(
      async () => {
        await inWest('-n', 'sample', 'delete', '--ignore-not-found', '-f', client);
        await inWest('-n', 'sample', 'apply', '-f', client);
        const messages = reachable(await status(7), 'west').findings.map(({ message }) => message);
        const said = 'proxies state cluster nowhere, so that no istiod gives them certificates: sample/client-';
        return messages.some((message) => message.startsWith(said)) ? undefined : messages.join('\n');
      },
      { timeoutMs: 60_000 },
    );
    await inWest('-n', 'sample', 'delete', '-f', client);
    await apply();
  });

  test('an istiod that is scaled to 0 is distinguished from one that does not exist, and an apply gives it a pod', async () => {
    await lab.kubectl('east', '-n', 'istio-system', 'scale', 'deployment/istiod', '--replicas=0');
    const messages = reachable(await status(7), 'east').findings.map(({ message }) => message);
    expect(messages).toContainEqual(expect.stringMatching(/^istiod: it is scaled to 0/));
    expect(messages).toContain('Deployment istio-system/istiod: spec.replicas set to 0');
    expect(await planned()).toEqual(['east: Update Deployment istiod']);
    await apply();
    await eventually(
      async () => {
        const { code, stdout } = await lab.isthmus.run(['status', '-f', mesh]);
        return code === 0 ? undefined : stdout;
      },
      { timeoutMs: 90_000 },
    );
  });
});
