import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cutLink, delayLink, healLinks } from '../../lab/src/links.ts';
import { inNamespace } from '../../lab/src/network/namespaces.ts';
import { run } from '../../lab/src/process/run.ts';
import { namespaceName } from '../../lab/src/state/paths.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { accessOfContext } from '../../src/kube/access/context.ts';
import { loadKubeconfig } from '../../src/kube/access/kubeconfig.ts';
import { connect } from '../../src/kube/connect.ts';
import { testPorts } from '../../src/kube/testing/ports.ts';
import type { ApplyReport } from '../../src/report/apply.ts';
import type { VerifyReport } from '../../src/report/verify.ts';
import { verify } from '../../src/verify/verify.ts';
import { startApiServer, stopApiServer } from '../support/api-server.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { inventoried, labelled } from '../support/inventory.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { countsOf, outcomesOf } from '../support/report.ts';

const mesh = join(checkout, 'examples/two-networks/mesh.yaml');
const apply = ['apply', '-f', mesh] as const;
const json = [...apply, '-o', 'json'] as const;
const clusters = ['west', 'east'] as const;

let lab: TestLab;
let name: string;
beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-stop', clusters: twoClusters });
  name = lab.lab.name;
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

/** How many objects each cluster has that an apply creates. */
async function made(): Promise<readonly number[]> {
  return await Promise.all(
    clusters.map(async (cluster) => {
      // The namespaces carry no label: they may have been there before.
      const namespaces = ['isthmus-system', 'istio-system', 'sample', '--ignore-not-found', '-o', 'name'];
      const found = (await lab.kubectl(cluster, 'get', 'namespaces', ...namespaces)).split('\n');
      return (await labelled(lab, cluster, 'shop')).length + found.filter((line) => line !== '').length;
    }),
  );
}

async function killAfter(moment: RegExp): Promise<void> {
  const running = lab.isthmus.start(apply);
  await running.said(moment);
  running.kill('SIGKILL');
  expect(await running.result).toMatchObject({ code: null, signal: 'SIGKILL' });
  for (const cluster of clusters) {
    const named = new Set(await inventoried(lab, cluster));
    expect((await labelled(lab, cluster, 'shop')).filter((object) => !named.has(object))).toEqual([]);
  }
}

async function root(): Promise<string> {
  return await readFile(join(lab.stateFolder, 'isthmus/shop/root.crt'), 'utf8');
}

async function verifyNamespaces(): Promise<readonly string[]> {
  const query = ['get', 'namespaces', '-l', 'isthmus.dev/purpose=verify', '-o', 'name'];
  const names = await Promise.all(clusters.map((cluster) => lab.kubectl(cluster, ...query)));
  return names.flatMap((text) => text.split('\n').filter((line) => line !== ''));
}

async function noVerifyNamespaces(timeoutMs: number): Promise<void> {
  const left = async (): Promise<string | undefined> => (await verifyNamespaces()).join(' ') || undefined;
  await eventually(left, { timeoutMs });
}

describe('an apply that is interrupted', () => {
  test('by SIGKILL at its first write leaves nothing that the inventory does not name', async () => {
    await killAfter(/namespaces: \d created/);
  });

  test('by Ctrl-C in the midst of its writes finishes those and says exactly what it did', async () => {
    const before = await made();
    const running = lab.isthmus.start(json);
    await running.said(/^west +certificates: 2 created/m);
    running.kill('SIGINT');
    const ended = endedWith(8, await running.result);
    expect(ended.stderr).toContain('error: interrupted: nothing more was started [cancelled]');
    const report = jsonOf<ApplyReport>(ended);
    expect(outcomesOf(report)).toEqual({ west: 'Failed: cancelled', east: 'Failed: cancelled' });
    const after = await made();
    expect(report.clusters.map((outcome) => ('counts' in outcome ? outcome.counts.created : 0))).toEqual(
      after.map((count, index) => count - (before[index] ?? 0)),
    );
    expect(after[0]).toBeGreaterThan((before[0] ?? 0) + 2);
  });

  test('by SIGKILL, again and again, goes on with the same root', async () => {
    const before = await root();
    await killAfter(/control plane: \d+ created/);
    await killAfter(/east-west gateway: 2 created/);
    expect(await root()).toBe(before);
  });

  test('by Ctrl-C while it waits for the lock of the killed one writes nothing', async () => {
    const before = await made();
    // As if it had been killed just now, however long the count took.
    const spec = { renewTime: new Date().toISOString().replace('Z', '000Z') };
    const lease = ['-n', 'isthmus-system', 'patch', 'lease', 'isthmus-shop', '--type=merge'];
    await lab.kubectl('west', ...lease, '-p', JSON.stringify({ spec }));
    const running = lab.isthmus.start(apply);
    await running.said(/Lease isthmus-system\/isthmus-shop is held by .*; waiting for it to expire/);
    running.kill('SIGINT');
    const { stdout } = endedWith(8, await running.result);
    expect(stdout).toContain('0 of 2 clusters are as declared (0 created, 0 configured');
    expect(stdout).toContain(`Nothing needs undoing. Resume with: isthmus apply -f ${mesh}`);
    expect(await made()).toEqual(before);
  });

  test('goes on without a cluster that is down, and says what is missing', async () => {
    await stopApiServer(lab, 'east');
    const { stdout } = endedWith(4, await lab.isthmus.run(apply));
    expect(stdout).toMatch(
      /^east: error: .*cannot reach https:\S+: the connection was refused \[cluster-unreachable\]$/m,
    );
    expect(stdout).toMatch(/^west: not connected to east, which failed: /m);
    expect(stdout).toContain('0 of 2 clusters are as declared');
    const status = endedWith(7, await lab.isthmus.run(['status', '-f', mesh]));
    expect(status.stdout).toMatch(/^east +eu +\? .*Unknown$/m);
    expect(status.stdout).toMatch(/^west +us +1\.31\.0 1\/1 +1\/1 +0\/1 .*NotReady$/m);
  });

  test('is done when it is run once more, and then nothing is left to do', async () => {
    await startApiServer(lab, 'east');
    const before = await root();
    const { stderr } = endedWith(0, await lab.isthmus.run(apply));
    // The one before ended by itself, so its lock was given up.
    expect(stderr).not.toContain('is held by');
    const again = jsonOf<ApplyReport>(endedWith(0, await lab.isthmus.run(json)));
    expect(again.writes).toBe(0);
    expect(await root()).toBe(before);
    const proof = jsonOf<VerifyReport>(endedWith(0, await lab.isthmus.run(['verify', '-f', mesh, '-o', 'json'])));
    expect(proof).toMatchObject({ ok: true, passed: 4 });
  });

  test('by Ctrl-C in a wait gives its lock up at once', async () => {
    await lab.kubectl('east', '-n', 'istio-system', 'delete', 'deployment', 'istiod', '--wait=true');
    const running = lab.isthmus.start(apply);
    await running.said(/^east +waiting: Deployment istio-system\/istiod available$/m);
    running.kill('SIGINT');
    const { stdout } = endedWith(8, await running.result);
    expect(stdout).toMatch(
      /^east: error: cluster east: cancelled: waiting for Deployment istio-system\/istiod \[cancelled\]$/m,
    );
    expect(stdout).toContain('(1 created, 0 configured');
    expect(endedWith(0, await lab.isthmus.run(apply)).stderr).not.toContain('is held by');
  });

  test('by what no wait would end fails at once, with the cause', async () => {
    const image = 'isthmus.invalid/none:1';
    const text = await readFile(mesh, 'utf8');
    const istio = `  network: eu\n  istio: { values: { pilot: { image: ${image} } } }`;
    const wrong = await lab.file('image.yaml', text.replace('  network: eu', istio));
    const ended = await lab.isthmus.run(['apply', '-f', wrong]);
    expect(endedWith(4, ended).stdout).toMatch(
      /^east: error: cluster east: Deployment istio-system\/istiod cannot become available: pod istiod-\S+: container discovery waits: \w+: .*isthmus\.invalid\/none:1.* \[rollout-stuck\]$/m,
    );
    // The istiod before it serves on, and an apply of what is right goes back to it.
    endedWith(0, await lab.isthmus.run(apply));
  });
});

describe('clusters that do not see each other', () => {
  test('are not called healthy, though this machine reaches both: each direction is named', async () => {
    const status = ['status', '-f', mesh];
    endedWith(0, await lab.isthmus.run(status));
    await cutLink(name, clusters);
    const { stdout } = endedWith(7, await lab.isthmus.run(status));
    await healLinks(name);
    for (const [from, to] of [clusters, clusters.toReversed()]) {
      expect(stdout).toContain(`! ${from}: istiod gets no answer from the API server of ${to} (no answer within 8 s)`);
    }
    const whole = async (): Promise<string | undefined> => {
      const { code, stdout: said } = await lab.isthmus.run(status);
      return code === 0 ? undefined : said;
    };
    await eventually(whole, { timeoutMs: 90_000 });
  });
});

/** Makes the line between the clusters take 300 ms there and back, carry 1 Mbit/s, and lose one packet in twenty. */
async function badLine(): Promise<AsyncDisposable> {
  await using undone = new AsyncDisposableStack();
  const inCluster = async (cluster: string, command: readonly string[], input = ''): Promise<void> => {
    const [file, ...args] = inNamespace(namespaceName(name, cluster), command);
    await run(file, args, { input });
  };
  await delayLink(name, clusters, 150);
  undone.defer(async () => await healLinks(name));
  for (const cluster of clusters) {
    const shape = ['root', 'tbf', 'rate', '1mbit', 'burst', '32kbit', 'latency', '2s'];
    await inCluster(cluster, ['tc', 'qdisc', 'add', 'dev', 'wan0', ...shape]);
    undone.defer(async () => await inCluster(cluster, ['tc', 'qdisc', 'del', 'dev', 'wan0', 'root']));
  }
  const loss = 'type filter hook input priority filter; iifname "wan0" numgen random mod 100 < 5 drop';
  await inCluster('east', ['nft', '-f', '-'], `table inet lossy {\n chain in {\n ${loss}\n }\n}\n`);
  undone.defer(async () => await inCluster('east', ['nft', 'delete', 'table', 'inet', 'lossy']));
  const all = undone.move();
  return { [Symbol.asyncDispose]: () => all.disposeAsync() };
}

describe('a line that is slow, narrow and loses packets', () => {
  test('costs time, and nobody behind it is taken for dead', async () => {
    const away = { namespace: namespaceName(name, 'east'), timeoutMs: 300_000 };
    await lab.kubectl('west', '-n', 'istio-system', 'delete', 'secret', 'istio-remote-secret-east');
    await using _line = await badLine();
    const report = jsonOf<ApplyReport>(endedWith(0, await lab.isthmus.run(json, away)));
    expect(countsOf(report)).toMatchObject({ west: { created: 1 }, east: { created: 0 } });
    endedWith(0, await lab.isthmus.run(['status', '-f', mesh], away));
  });
});

describe('contexts that were swapped', () => {
  test('are noticed by the clusters themselves, before anything is written', async () => {
    const text = await readFile(mesh, 'utf8');
    const swapped = text
      .replace('network: us', 'network: us\n  access: { context: east }')
      .replace('network: eu', 'network: eu\n  access: { context: west }');
    const before = await made();
    const { stdout, stderr } = endedWith(
      2,
      await lab.isthmus.run(['apply', '-f', await lab.file('mesh.yaml', swapped)]),
    );
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /error: cluster west: https:\S+ is not the cluster that the mesh knows as west; .* \[cluster-identity-conflict\]$/m,
    );
    expect(await made()).toEqual(before);
  });
});

describe('a verify that is interrupted', () => {
  const command = ['verify', '-f', mesh] as const;

  test('by Ctrl-C takes its namespaces away', async () => {
    const running = lab.isthmus.start(command);
    await running.said(/probes ready/);
    running.kill('SIGINT');
    const { stderr } = endedWith(8, await running.result);
    expect(stderr).toContain('verify was interrupted; what it had made is being deleted [cancelled]');
    await noVerifyNamespaces(60_000);
  });

  test('by SIGKILL leaves namespaces that say when they expire, and the next one sweeps them after that', async () => {
    const running = lab.isthmus.start(command);
    await running.said(/probes ready/);
    running.kill('SIGKILL');
    await running.result;
    const [left = '', ...others] = await verifyNamespaces();
    expect(others).toEqual([left]);
    for (const cluster of clusters) {
      const expires = await lab.kubectl(
        cluster,
        'get',
        left,
        '-o',
        'jsonpath={.metadata.annotations.isthmus\\.dev/expires}',
      );
      expect(Date.parse(expires) - Date.now()).toBeLessThan(7 * 60_000);
      await lab.kubectl(cluster, 'annotate', '--overwrite', left, 'isthmus.dev/expires=2020-01-01T00:00:00Z');
    }
    const report = jsonOf<VerifyReport>(endedWith(0, await lab.isthmus.run([...command, '-o', 'json'])));
    expect(report.clusters.map(({ swept }) => swept)).toEqual([[left.slice(10)], [left.slice(10)]]);
    await noVerifyNamespaces(60_000);
  });

  test('and never followed by another removes its namespaces itself when they expire', async () => {
    const config = await loadKubeconfig({ path: lab.lab.kubeconfig, environment: {}, homeFolder: '/' });
    await using west = await connect(accessOfContext(config, 'west', 'west'), { ...testPorts, cluster: 'west' });
    const report = await verify({
      mesh: 'shop',
      trustDomain: 'cluster.local',
      clusters: [{ name: 'west', network: 'us', access: { client: west } }],
      image: lab.isthmusImage,
      runId: 'left-alone',
      clock: systemClock,
      signal: new AbortController().signal,
      lifetimeMs: 20_000,
      cleanUp: 'Keep',
    });
    expect(report).toMatchObject({ ok: true, namespace: 'isthmus-verify-left-alone' });
    expect(await verifyNamespaces()).toEqual(['namespace/isthmus-verify-left-alone']);
    await noVerifyNamespaces(60_000);
  });
});
