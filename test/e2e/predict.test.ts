import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cutLink, healLinks } from '../../lab/src/links.ts';
import type { Trace } from '../../src/report/trace.ts';
import type { WhatIf } from '../../src/report/whatif.ts';
import type { VerifyReport } from '../../src/verify/report.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { checkout, startTestLab, type TestLab } from '../support/lab.ts';
import { followPage } from '../support/page.ts';

const mesh = join(checkout, 'examples/mixed/mesh.yaml');
const clusters = [
  { name: 'west', network: 'us' },
  { name: 'north', network: 'us' },
  { name: 'east', network: 'eu' },
] as const;

/** Callers, and the clusters that alone serve `only-CLUSTER`. */
const onePlaced = [
  ['west', 'north'],
  ['east', 'north'],
  ['west', 'east'],
  ['north', 'east'],
] as const;

/** The client of a cluster, the service of namespace `sample` that it calls, and a header that it sends. */
type Call = readonly [from: (typeof clusters)[number]['name'], host: string, header?: string];

let lab: TestLab;
beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-predict', clusters: [...clusters] });
  endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
  await deploy();
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

/** A service that only the pods of one version serve, which are in one cluster. */
function onlyIn(cluster: string, version: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `only-${cluster}`, namespace: 'sample' },
    spec: { selector: { app: 'helloworld', version }, ports: [{ name: 'http', port: 5000 }] },
  };
}

/** A client everywhere, helloworld v1 in north and v2 in east, and the Services in all. */
async function deploy(): Promise<void> {
  const file = (name: string): string => join(checkout, 'lab/manifests', name);
  const service = await configure('only.yaml', onlyIn('north', 'v1'), onlyIn('east', 'v2'));
  await Promise.all(
    clusters.map(async ({ name }) => {
      await lab.kubectl(name, 'apply', '-n', 'sample', '-f', file('client.yaml'), '-f', service);
      await lab.kubectl(name, 'apply', '-n', 'sample', '-f', file('helloworld.yaml'), '-l', 'service=helloworld');
    }),
  );
  await lab.kubectl('north', 'apply', '-n', 'sample', '-f', file('helloworld.yaml'), '-l', 'version=v1');
  await lab.kubectl('east', 'apply', '-n', 'sample', '-f', file('helloworld.yaml'), '-l', 'version=v2');
  const ready = ['-n', 'sample', 'wait', 'deploy', '--all', '--for=condition=Available', '--timeout=90s'];
  await Promise.all(clusters.map(async ({ name }) => await lab.kubectl(name, ...ready)));
}

async function trace(code: number, [from, host]: Call, ...flags: string[]): Promise<Trace> {
  const words = ['trace', '--from', `${from}/sample/client`, '--to', `${host}:5000`, '-o', 'json', ...flags];
  const source = flags.includes('--snapshot') ? [] : ['-f', mesh];
  return jsonOf(endedWith(code, await lab.isthmus.run([...words, ...source])));
}

async function whatif(code: number, ...flags: string[]): Promise<WhatIf> {
  return jsonOf(endedWith(code, await lab.isthmus.run(['whatif', '-f', mesh, '-o', 'json', ...flags])));
}

/** `verdict service from: cluster share ... lost share` of every flow that changes. */
function changes({ changes: all }: WhatIf): readonly string[] {
  return all
    .filter(({ after }) => after !== null)
    .map(({ verdict, host, from, after }) => {
      const shares = after?.shares.map(({ cluster, share }) => `${cluster} ${share} `).join('') ?? '';
      return `${verdict} ${host.split('.')[0]} from ${from}: ${shares}lost ${after?.lost}`;
    })
    .sort();
}

/** `FROM to CLUSTER` of what whatif calls unreachable, for the services that are in one cluster alone. */
function unreachable({ changes: all }: WhatIf): readonly string[] {
  return all
    .filter(({ verdict, host }) => verdict === 'Unreachable' && host.startsWith('only-'))
    .map(({ host, from }) => `${from} to ${host.slice('only-'.length).split('.')[0]}`)
    .sort();
}

/** `FROM to CLUSTER` of the pairs that fail in verify, leaving out west, where no service of ours is. */
async function failing(code: number): Promise<readonly string[]> {
  const words = ['verify', '-f', mesh, '-o', 'json', '--requests', '5'];
  const { pairs } = jsonOf<VerifyReport>(endedWith(code, await lab.isthmus.run(words)));
  return pairs
    .filter(({ ok, to }) => !ok && to !== 'west')
    .map(({ from, to }) => `${from} to ${to}`)
    .sort();
}

interface Answers {
  readonly v1: number;
  readonly v2: number;
  readonly none: number;
}

/** What really comes of calls, of which each may take two seconds. */
async function calls([from, host, header]: Call, count: number): Promise<Answers> {
  const headers = header === undefined ? [] : ['-H', header];
  const curl = ['lab-curl', '-m', '2', '-n', String(count), ...headers, `http://${host}.sample:5000/hello`];
  const said = await lab
    .kubectl(from, '-n', 'sample', 'exec', 'deploy/client', '--', ...curl)
    .catch((error: unknown) => String(error));
  const versions = [...said.matchAll(/version: (v\d)/g)].map(([, version]) => version);
  const of = (name: string): number => versions.filter((one) => one === name).length;
  return { v1: of('v1'), v2: of('v2'), none: count - versions.length };
}

/** Waits until calls come out as `right` says; where they never do, the error has the last answers. */
async function callsCome(call: Call, count: number, right: (answers: Answers) => boolean): Promise<void> {
  await eventually(
    async () => {
      const answers = await calls(call, count);
      return right(answers) ? undefined : `${call.join(' to ')}: ${JSON.stringify(answers)}`;
    },
    { timeoutMs: 60_000 },
  );
}

const shared = ({ v1, v2, none }: Answers): boolean => none === 0 && v1 > 0 && v2 > 0;

function sharesOf({ destinations }: Trace): Readonly<Record<string, number>> {
  const shares: Record<string, number> = {};
  for (const { share, effective } of destinations) {
    for (const endpoint of effective) {
      shares[endpoint.cluster] = (shares[endpoint.cluster] ?? 0) + (share * endpoint.share) / 100;
    }
  }
  return shares;
}

/** Applies objects to the clusters that istiods take their configuration from. */
async function configure(name: string, ...objects: readonly object[]): Promise<string> {
  return await lab.file(name, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
}

async function inPrimaries(...args: string[]): Promise<void> {
  await Promise.all(['west', 'east'].map(async (name) => await lab.kubectl(name, ...args)));
}

const host = 'helloworld.sample.svc.cluster.local';
const metadata = { name: 'helloworld', namespace: 'sample' };
const apiVersion = 'networking.istio.io/v1';

describe('a prediction for the mesh as it is', () => {
  test.each(['west', 'north', 'east'] as const)(
    'from %s is what istiod and Envoy say, and what calls find',
    async (from) => {
      const predicted = await trace(0, [from, 'helloworld'], '--live');
      expect(predicted.live).toMatchObject({ agrees: true, destinations: [{ verdict: 'Agrees', differences: [] }] });
      expect(predicted.live?.request).toMatchObject({ verdict: 'AsPredicted', answered: true, message: null });
      expect(predicted.live?.request?.hosts).toHaveLength(2);
      expect(predicted.live?.request?.silent).toEqual([]);
      expect(sharesOf(predicted)).toEqual({ north: 50, east: 50 });
      const { v1, v2, none } = await calls([from, 'helloworld'], 40);
      expect(none).toBe(0);
      expect(Math.min(v1, v2)).toBeGreaterThan(5);
    },
  );

  test('says of every pair of clusters what verify finds', async () => {
    const found = await Promise.all(
      onePlaced.map(async ([from, to]) => {
        const { delivered } = await trace(0, [from, `only-${to}`]);
        return delivered ? [] : [`${from} to ${to}`];
      }),
    );
    expect(found.flat()).toEqual(await failing(0));
    expect(unreachable(await whatif(0))).toEqual([]);
  });

  test('names the gateway on the way, and the caller’s istiod', async () => {
    const predicted = await trace(0, ['north', 'only-east']);
    expect(predicted).toMatchObject({
      istiod: 'west',
      delivered: true,
      effective: [{ via: 'gateway', cluster: 'east', share: 100, mtls: true }],
      destinations: [{ gateways: [{ cluster: 'east', service: 'istio-system/istio-eastwestgateway', passed: true }] }],
    });
  });

  test('of a name that does not resolve is that nothing is delivered', async () => {
    const { findings } = await trace(7, ['west', 'nobody']);
    expect(findings.map(({ code }) => code)).toContain('name-not-resolved');
  });

  test('of a name outside the mesh is not judged', async () => {
    const { verdict, findings } = await trace(10, ['west', 'www.example.com']);
    expect([verdict, findings.map(({ code }) => code)]).toEqual(['NotJudged', ['passed-through']]);
    await trace(0, ['west', 'www.example.com'], '--accept-unknown');
  });

  test('is the same from a snapshot, which holds no credential', async () => {
    const folder = join(lab.folder, 'snapshot');
    endedWith(0, await lab.isthmus.run(['snapshot', folder, '-f', mesh]));
    const copy = join(lab.folder, 'copy');
    await cp(folder, copy, { recursive: true });
    expect(await trace(0, ['west', 'helloworld'], '--snapshot', copy)).toEqual(await trace(0, ['west', 'helloworld']));
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files
        .filter((file) => file.isFile())
        .map(async (file) => await readFile(join(file.parentPath, file.name), 'utf8')),
    );
    expect(texts.join('\n')).not.toMatch(/PRIVATE KEY|eyJhbGci|token: [A-Za-z0-9]/);
    expect(endedWith(2, await lab.isthmus.run(['snapshot', folder, '-f', mesh])).stderr).toContain('is not empty');
  });
});

test('the page about it works from its first command to its last', async () => {
  await lab.file('mesh.yaml', await readFile(mesh, 'utf8'));
  endedWith(0, await lab.isthmus.run(['snapshot', join(lab.folder, 'mesh-monday'), '-f', mesh]));
  const said = [...(await followPage('docs/trace-and-whatif.md', { site: lab, cwd: lab.folder })).values()];
  expect(said[1]).toMatch(/sent GET http:\/\/helloworld:5000\/( \d+ times)?: \d{3}, via .* as predicted/);
  expect(said[2]).toContain('No request was sent: none was asked for.');
  expect(said[3]).toContain('what is left hangs on');
  expect(said.at(-3)).toContain('delivered');
  expect(said.at(-1)).toMatch(/ differs?, \d+ unchanged/);
});

describe('a change', () => {
  const route = (weights: readonly [number, number]): object => ({
    apiVersion,
    kind: 'VirtualService',
    metadata,
    spec: {
      hosts: ['helloworld'],
      http: [
        { match: [{ headers: { 'x-version': { exact: 'v2' } } }], route: [{ destination: { host, subset: 'v2' } }] },
        {
          route: ['v1', 'v2'].map((subset, index) => ({ destination: { host, subset }, weight: weights[index] ?? 0 })),
        },
      ],
    },
  });
  const subsets = {
    apiVersion,
    kind: 'DestinationRule',
    metadata,
    spec: { host, subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })) },
  };

  test('is predicted before it is made, and comes out so', async () => {
    const file = await configure('routes.yaml', route([90, 10]), subsets);
    expect(changes(await whatif(0, '--change', file))).toEqual([
      'Moved helloworld from east: north 90 east 10 lost 0',
      'Moved helloworld from north: north 90 east 10 lost 0',
      'Moved helloworld from west: north 90 east 10 lost 0',
    ]);
    await inPrimaries('apply', '-f', file);
    await eventually(
      async () => {
        const found = await trace(0, ['west', 'helloworld'], '--live').then(({ live }) => live?.agrees);
        return found === true ? undefined : 'istiod or Envoy differs';
      },
      { timeoutMs: 30_000 },
    );
    const { v1, v2, none } = await calls(['west', 'helloworld'], 100);
    expect(none).toBe(0);
    expect(v1).toBeGreaterThan(70);
    expect(v2).toBeGreaterThan(0);
    const chosen = await trace(0, ['west', 'helloworld'], '--header', 'x-version=v2');
    expect(sharesOf(chosen)).toEqual({ east: 100 });
    expect(await calls(['west', 'helloworld', 'x-version: v2'], 10)).toEqual({ v1: 0, v2: 10, none: 0 });
  });

  test('that the other network does not know is cut short at its gateway', async () => {
    await lab.kubectl('east', '-n', 'sample', 'delete', 'destinationrule', 'helloworld');
    try {
      const predicted = await trace(7, ['north', 'helloworld'], '--subset', 'v2');
      expect(predicted.findings).toMatchObject([{ code: 'no-filter-chain', share: 100 }]);
      // From north, which has no connection to the subset yet: those that exist are used on.
      await callsCome(['north', 'helloworld', 'x-version: v2'], 5, ({ none }) => none === 5);
    } finally {
      await inPrimaries('-n', 'sample', 'delete', 'virtualservice,destinationrule', 'helloworld', '--ignore-not-found');
    }
  });
});

test('an AuthorizationPolicy of the server’s cluster is predicted by who calls, and Envoy decides so', async () => {
  const principals = ['cluster.local/ns/sample/sa/default'];
  const policies = [
    { spec: {}, code: 7, findings: ['policy-denies'], isDenied: true },
    { spec: { rules: [{ from: [{ source: { principals } }] }] }, code: 0, findings: [], isDenied: false },
  ];
  const name = { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', metadata };
  try {
    for (const { spec, code, findings, isDenied } of policies) {
      await lab.kubectl('east', 'apply', '-f', await configure('policy.yaml', { ...name, spec }));
      await eventually(
        async () => {
          const { live, findings: found } = await trace(code, ['north', 'only-east'], '--live');
          expect(found.map((finding) => finding.code)).toEqual(findings);
          return live?.agrees === true && (live.request?.status === 403) === isDenied
            ? undefined
            : JSON.stringify(live);
        },
        { timeoutMs: 30_000 },
      );
    }
  } finally {
    await lab.kubectl('east', '-n', 'sample', 'delete', 'authorizationpolicy', 'helloworld', '--ignore-not-found');
  }
});

/** Drops all packets between the two networks. */
async function cutOff(): Promise<void> {
  await cutLink(lab.lab.name, ['west', 'east']);
  await cutLink(lab.lab.name, ['north', 'east']);
}

/** Takes the pods of a Deployment away for the time of some work. */
async function without(
  cluster: string,
  [namespace, name]: readonly [string, string],
  work: () => Promise<void>,
): Promise<void> {
  const on = ['-n', namespace];
  await lab.kubectl(cluster, ...on, 'scale', `deploy/${name}`, '--replicas=0');
  try {
    await work();
  } finally {
    await lab.kubectl(cluster, ...on, 'scale', `deploy/${name}`, '--replicas=1');
    await lab.kubectl(cluster, ...on, 'wait', `deploy/${name}`, '--for=condition=Available', '--timeout=90s');
  }
}

describe('what is gone', () => {
  test('is reported with exit code 7 where an assertion is violated', async () => {
    const lost = await whatif(7, '--down', 'cluster:east', '--assert', 'unreachable=0');
    expect(changes(lost)).toEqual([
      'Degraded helloworld from north: north 50 lost 50',
      'Degraded helloworld from west: north 50 lost 50',
      'Unreachable only-east from north: lost 100',
      'Unreachable only-east from west: lost 100',
    ]);
    expect(lost.counts.CallerGone).toBeGreaterThan(0);
    expect((await whatif(0, '--down', 'cluster:east', '--assert', 'unreachable=2')).counts).toEqual(lost.counts);
    expect(lost.singlePoints).toMatchObject([{ part: 'cluster:north', callers: ['west'] }]);
    const now = await whatif(0);
    const points = now.singlePoints.map(({ part }) => part);
    expect(points[0]).toBe('network-link:eu-us');
    expect(points.sort()).toEqual([
      'cluster:east',
      'cluster:north',
      'gateway:east',
      'gateway:north',
      'network-link:eu-us',
    ]);
  });

  test('a link between networks: verify fails for the pairs that are predicted to be cut off, and for no other', async () => {
    const predicted = unreachable(await whatif(0, '--down', 'network-link:eu-us'));
    expect(predicted).toEqual(['east to north', 'north to east', 'west to east']);
    await cutOff();
    try {
      expect(await failing(7)).toEqual(predicted);
      // Neither istiod nor Envoy knows of the cut: only the request shows it.
      const { live } = await trace(7, ['north', 'only-east'], '--live');
      expect(live).toMatchObject({ agrees: false, destinations: [{ verdict: 'Agrees' }] });
      expect(live?.request).toMatchObject({ verdict: 'NotAnswered', answered: false });
      const silent = await trace(0, ['north', 'only-east'], '--live', '--no-request');
      expect(silent.live).toMatchObject({ agrees: true, request: null });
    } finally {
      await healLinks(lab.lab.name);
    }
    await callsCome(['west', 'only-east'], 3, ({ none }) => none === 0);
  });

  test('a cluster: calls are lost and answered as predicted, and outlier detection does what was predicted of it', async () => {
    const outlierDetection = {
      consecutive5xxErrors: 1,
      interval: '1s',
      baseEjectionTime: '5m',
      maxEjectionPercent: 100,
    };
    const rule = { apiVersion, kind: 'DestinationRule', metadata, spec: { host, trafficPolicy: { outlierDetection } } };
    const file = await configure('outlier.yaml', rule);
    const ejecting = await whatif(0, '--down', 'cluster:east', '--change', file);
    expect(changes(ejecting)).toContain('Moved helloworld from west: north 100 lost 0');
    await cutOff();
    try {
      const [plain, none] = await Promise.all([calls(['west', 'helloworld'], 12), calls(['north', 'only-east'], 3)]);
      expect(plain.v2).toBe(0);
      expect(plain.none).toBeGreaterThan(0);
      expect(plain.v1).toBeGreaterThan(0);
      expect(none).toEqual({ v1: 0, v2: 0, none: 3 });
      await lab.kubectl('west', 'apply', '-f', file);
      await callsCome(['west', 'helloworld'], 10, ({ v1 }) => v1 === 10);
    } finally {
      await healLinks(lab.lab.name);
      await lab.kubectl('west', 'delete', '-f', file, '--ignore-not-found');
    }
  });

  test('a gateway: what has no other way is unreachable, as verify finds', async () => {
    const lost = await whatif(0, '--down', 'gateway:east');
    expect(unreachable(lost)).toEqual(['north to east', 'west to east']);
    await without('east', ['istio-system', 'istio-eastwestgateway'], async () => {
      await eventually(
        async () => {
          const [only, both] = await Promise.all([calls(['west', 'only-east'], 3), calls(['west', 'helloworld'], 10)]);
          // Half of the first attempts fail, and Envoy tries most of them again elsewhere.
          return only.none === 3 && both.v2 === 0 && both.v1 >= 5 ? undefined : JSON.stringify({ only, both });
        },
        { timeoutMs: 60_000 },
      );
      expect((await trace(7, ['west', 'only-east'])).findings).toMatchObject([{ code: 'no-gateway-pod' }]);
      expect(await failing(7)).toEqual(unreachable(lost));
    });
  });

  test('pods: those of another cluster take over, and what only they served is unreachable', async () => {
    const lost = await whatif(0, '--down', 'pod-selector:north/sample:app=helloworld,version=v1');
    expect(changes(lost).filter((change) => change.startsWith('Moved'))).toEqual([
      'Moved helloworld from east: east 100 lost 0',
      'Moved helloworld from north: east 100 lost 0',
      'Moved helloworld from west: east 100 lost 0',
    ]);
    expect(unreachable(lost)).toEqual(['east to north', 'north to north', 'west to north']);
    await without('north', ['sample', 'helloworld-v1'], async () => {
      await eventually(
        async () => {
          const [only, both] = await Promise.all([calls(['east', 'only-north'], 3), calls(['west', 'helloworld'], 10)]);
          return only.none === 3 && both.v2 === 10 ? undefined : JSON.stringify({ only, both });
        },
        { timeoutMs: 60_000 },
      );
      const now = await trace(0, ['west', 'helloworld'], '--live');
      expect(now.live).toMatchObject({ agrees: true });
      expect(sharesOf(now)).toEqual({ east: 100 });
    });
  });

  test('an istiod: its proxies go on, and the time is given', async () => {
    const { counts, untilExpiry } = await whatif(0, '--down', 'istiod:west');
    expect(counts).toMatchObject({ Unreachable: 0, Degraded: 0, Moved: 0 });
    expect(untilExpiry.map(({ cluster, lastExpire, hearsNews }) => [cluster, lastExpire, hearsNews])).toEqual([
      ['west', 86_400, false],
      ['north', 86_400, false],
    ]);
    // The pods of the test before this one are new: istiod must have told of them.
    for (const from of ['west', 'north'] as const) await callsCome([from, 'helloworld'], 20, shared);
    await without('west', ['istio-system', 'istiod'], async () => {
      await lab.kubectl('west', '-n', 'istio-system', 'delete', 'pod', '-l', 'app=istiod', '--now');
      for (const from of ['west', 'north'] as const) {
        const answers = await calls([from, 'helloworld'], 20);
        expect({ from, ...answers }).toSatisfy(shared);
      }
    });
  });

  test.each([
    ['cluster:south', /there is no cluster "south"/],
    ['everything', /is not a part of a mesh/],
  ])('%s is refused', async (part, message) => {
    expect(endedWith(2, await lab.isthmus.run(['whatif', '-f', mesh, '--down', part])).stderr).toMatch(message);
  });
});

test('a plan says what it changes for traffic', async () => {
  const text = await readFile(mesh, 'utf8');
  const split = { apiVersion: 'isthmus.dev/v1alpha1', kind: 'MeshService', metadata, spec: { scope: 'Cluster' } };
  const file = await lab.file('split.yaml', `${text}\n---\n${JSON.stringify(split)}\n`);
  const { stdout } = endedWith(0, await lab.isthmus.run(['plan', '-f', file]));
  expect(stdout).toContain('what changes for traffic');
  expect(stdout).toMatch(/unreachable +helloworld\.sample:5000 +west/);
});
