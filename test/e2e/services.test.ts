import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { istioCharts } from '../../lab/src/tools/charts.ts';
import type { ApplyReport } from '../../src/report/apply.ts';
import type { ServiceReport } from '../../src/report/service.ts';
import type { StatusReport } from '../../src/report/status.ts';
import type { VerifyReport } from '../../src/report/verify.ts';
import { openAccounts } from '../support/access.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { deployHelloworld } from '../support/helloworld.ts';
import { istioValuesOfTheLab } from '../support/helm.ts';
import { startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { routeWeights, shiftLines, theShift, undoersLeft } from '../support/shifts.ts';
import { countingClient, steadyClient } from '../support/steady-client.ts';

let lab: TestLab;
let mesh: string;
beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-services', clusters: twoClusters });
  mesh = await declare();
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

/** The mesh file, rendered by Helm, with these settings of the service helloworld. */
async function declare(service?: object): Promise<string> {
  const istio = { version: '1.31', renderer: 'Helm', charts: await istioCharts(), ...istioValuesOfTheLab };
  const cluster = (name: string, network: string): object => ({
    kind: 'MeshCluster',
    metadata: { name },
    spec: { network, injectNamespaces: ['sample'] },
  });
  const documents = [
    { kind: 'Mesh', metadata: { name: 'shop' }, spec: { istio, home: 'west' } },
    ...twoClusters.map(({ name, network }) => cluster(name, network)),
    ...(service === undefined
      ? []
      : [{ kind: 'MeshService', metadata: { name: 'helloworld', namespace: 'sample' }, spec: service }]),
  ];
  const path = join(lab.folder, 'mesh.yaml');
  const texts = documents.map((document) => JSON.stringify({ apiVersion: 'isthmus.dev/v1alpha1', ...document }));
  await writeFile(path, texts.join('\n---\n'));
  return path;
}

async function run(...args: string[]): Promise<string> {
  return endedWith(0, await lab.isthmus.run(args)).stdout;
}

/** How many of `count` calls from the client in west each version answered; `none` for the others. */
async function calls(count: number): Promise<Readonly<Record<string, number>>> {
  const command = ['lab-curl', '-n', String(count), 'http://helloworld.sample:5000/hello'];
  // The client ends with an error where a call failed; what the others answered is in its message then.
  const said = await lab
    .kubectl('west', '-n', 'sample', 'exec', 'deploy/client', '--', ...command)
    .catch((error: unknown) => String(error));
  const answers = [...said.matchAll(/version: (v\d)/g)].map(([, version]) => version);
  const of = (name: string): number => answers.filter((one) => one === name).length;
  return { v1: of('v1'), v2: of('v2'), none: count - answers.length };
}

/** Waits until the calls come out as the declared rules want them. */
async function settles(wanted: (found: Readonly<Record<string, number>>) => boolean, count = 60): Promise<void> {
  await eventually(
    async () => {
      const found = await calls(count);
      return wanted(found) ? undefined : JSON.stringify(found);
    },
    { timeoutMs: 90_000 },
  );
}

describe('a mesh that Helm renders', () => {
  test('becomes a mesh, and applied again nothing is written', async () => {
    await run('apply', '-f', mesh);
    expect(await run('plan', '-f', mesh, '--exit-code')).toContain('nothing to do');
    const report = jsonOf<VerifyReport>(endedWith(0, await lab.isthmus.run(['verify', '-f', mesh, '-o', 'json'])));
    expect(report).toMatchObject({ ok: true, passed: 4, total: 4 });
  });

  test('leaves no release of Helm in the clusters', async () => {
    for (const { name } of twoClusters) {
      expect(await lab.kubectl(name, 'get', 'secrets', '-A', '-l', 'owner=helm', '-o', 'name')).toBe('');
    }
  });
});

describe('the home cluster', () => {
  let word: readonly string[];
  beforeAll(async () => {
    word = ['--context', 'east=east', '--accept', await istioCharts()];
  });

  test('keeps the documents, so that no file is needed', async () => {
    const status = jsonOf<StatusReport>(
      endedWith(0, await lab.isthmus.run(['status', '--home', 'west', ...word, '-o', 'json'])),
    );
    expect(status).toMatchObject({ mesh: 'shop', ok: true });
    expect(await run('plan', '--home', 'west', ...word, '--exit-code')).toContain('nothing to do');
    const plan = join(lab.folder, 'home.plan');
    await run('plan', '--home', 'west', ...word, '--out', plan);
    expect(await run('apply', plan)).toContain('2 of 2 clusters are as declared');
  });

  test('chooses no context and no charts of the user', async () => {
    const { stderr } = endedWith(2, await lab.isthmus.run(['status', '--home', 'west']));
    expect(stderr).toContain('add `--context east=east`');
    expect(stderr).toContain(`add \`--accept ${await istioCharts()}\``);
  });

  test('is asked for where neither a file nor a home is given, or both are', async () => {
    const none = endedWith(2, await lab.isthmus.run(['status']));
    expect(none.stderr).toContain('--home CONTEXT');
    expect(endedWith(2, await lab.isthmus.run(['status', '-f', mesh, '--home', 'west'])).stderr).toContain('both');
    const stranger = endedWith(6, await lab.isthmus.run(['status', '--home', 'east']));
    expect(stranger.stderr).toContain('east keeps no mesh');
  });

  test('refuses a document that the file would refuse', async () => {
    const patch = JSON.stringify({ spec: { controlPlane: { own: {}, remoteOf: 'east' } } });
    const target = ['-n', 'isthmus-system', 'patch', 'meshclusters.isthmus.dev', 'west', '--type', 'merge'];
    await expect(lab.kubectl('west', ...target, '-p', patch)).rejects.toThrow(
      /must have exactly one of own, remoteOf, externalOf/,
    );
  });
});

describe('a MeshService', () => {
  beforeAll(async () => {
    await deployHelloworld(lab);
  });

  test('without rules both clusters answer', async () => {
    await settles(({ v1 = 0, v2 = 0, none }) => v1 > 5 && v2 > 5 && none === 0);
  });

  test('a split gives each cluster its share', async () => {
    await run('apply', '-f', await declare({ split: { west: 90, east: 10 } }));
    // Of 60 calls 54 are expected in west; fewer than 45 would happen once in some 4,000 runs.
    await settles(({ v1 = 0, v2 = 0, none }) => v1 >= 45 && v2 > 0 && none === 0);
    expect(await run('status', '-f', mesh)).toMatch(/^sample\/helloworld +split west 90, east 10 +in effect$/m);
  });

  test('a rule of another owner for the same host is found in the way, by requests and by status', async () => {
    const rule = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'mine', namespace: 'sample' },
      spec: { host: 'helloworld' },
    };
    const path = join(lab.folder, 'mine.yaml');
    await writeFile(path, JSON.stringify(rule));
    await lab.kubectl('west', 'apply', '-f', path);
    try {
      // Its routes name subsets that only the mesh's own rule has.
      await settles(({ none }) => none === 60);
      const { stdout } = endedWith(7, await lab.isthmus.run(['status', '-f', mesh]));
      // The gateway of west goes by that rule too, so that callers in east lose what is meant for west.
      expect(stdout).toMatch(/^sample\/helloworld +split west 90, east 10 +not in effect in west, east$/m);
      expect(stdout).toContain('west: MeshService sample/helloworld: it is not in effect: DestinationRule sample/mine');
    } finally {
      await lab.kubectl('west', 'delete', '-f', path);
    }
    await settles(({ v1 = 0, v2 = 0, none }) => v1 >= 45 && v2 > 0 && none === 0);
    expect(await run('status', '-f', mesh)).toContain('in effect');
  });

  test('a split may give everything to one cluster', async () => {
    await run('apply', '-f', await declare({ split: { east: 100 } }));
    await settles(({ v2, none }) => v2 === 60 && none === 0);
  });

  test('scope Cluster keeps calls at home', async () => {
    await run('apply', '-f', await declare({ scope: 'Cluster' }));
    await settles(({ v1, none }) => v1 === 60 && none === 0);
  });

  test('failover: the own cluster answers, and the other when it cannot', async () => {
    await run('apply', '-f', await declare({ failover: [{ to: 'east' }] }));
    await settles(({ v1, none }) => v1 === 60 && none === 0);
    await lab.kubectl('west', '-n', 'sample', 'scale', 'deploy/helloworld-v1', '--replicas=0');
    await settles(({ v2, none }) => v2 === 60 && none === 0);
    await lab.kubectl('west', '-n', 'sample', 'scale', 'deploy/helloworld-v1', '--replicas=1');
    await settles(({ v1, none }) => v1 === 60 && none === 0);
  });

  test('a split by version gives each version its share, as predicted', async () => {
    await run('apply', '-f', await declare({ splitBy: 'Version', split: { v1: 90, v2: 10 } }));
    await settles(({ v1 = 0, v2 = 0, none }) => v1 > 40 && v2 > 0 && none === 0);
    const shown = jsonOf<ServiceReport>(
      endedWith(0, await lab.isthmus.run(['service', 'show', 'helloworld.sample', '-f', mesh, '-o', 'json'])),
    );
    const [service] = shown.services;
    expect(service).toMatchObject({ endpoints: { west: 1, east: 1 }, verdict: 'Yes' });
    expect(service?.flows.find(({ from }) => from === 'west')?.shares).toEqual({ west: 90, east: 10 });
    // Envoy draws for each request by itself, whatever connections it keeps: of 400 requests 40 are meant for v2, with a deviation
    // of 6. Four of them, 24, are missed once in some 16,000 runs.
    const { v2 = 0, none } = await calls(400);
    expect(none).toBe(0);
    expect(Math.abs(v2 - 40)).toBeLessThanOrEqual(24);
  });

  test('where its requests really go is measured beside', async () => {
    const client = steadyClient(lab);
    const show = ['service', 'show', 'helloworld.sample', '-f', mesh, '--measure', '8s', '-o', 'json'];
    const shown = jsonOf<ServiceReport>(endedWith(0, await lab.isthmus.run(show)));
    expect((await client.stop()).failure).toBeUndefined();
    const [{ from, requests, failed, shares } = {}, ...others] = shown.services[0]?.measured ?? [];
    expect({ from, failed, others }).toEqual({ from: 'west', failed: 0, others: [] });
    expect(requests).toBeGreaterThan(50);
    // Of 50 requests 5 are meant for v2 in east: 13 are missed once in some 10,000 runs, and more seldom of more requests.
    expect(Math.abs((shares?.east ?? 0) - 10)).toBeLessThanOrEqual(17);
    expect((shares?.west ?? 0) + (shares?.east ?? 0)).toBeCloseTo(100, 1);
  });

  test('failover on readiness: the own cluster answers, the other while its pods are gone', async () => {
    await run('apply', '-f', await declare({ failover: [{ to: 'east' }], failoverMode: 'OnReadiness' }));
    await settles(({ v1, none }) => v1 === 60 && none === 0);
    await lab.kubectl('west', '-n', 'sample', 'scale', 'deploy/helloworld-v1', '--replicas=0');
    await settles(({ v2, none }) => v2 === 60 && none === 0);
    await lab.kubectl('west', '-n', 'sample', 'scale', 'deploy/helloworld-v1', '--replicas=1');
    await settles(({ v1, none }) => v1 === 60 && none === 0);
    expect(await run('status', '-f', mesh)).toMatch(/^sample\/helloworld +failover on readiness +in effect$/m);
  });

  test('failover by hand: the one on standby gets nothing until it is active', async () => {
    const manual = { failover: [{ to: 'east' }], failoverMode: 'Manual' };
    await run('apply', '-f', await declare({ ...manual, active: 'west' }));
    await settles(({ v1, none }) => v1 === 60 && none === 0);
    await run('apply', '-f', await declare({ ...manual, active: 'east' }));
    await settles(({ v2, none }) => v2 === 60 && none === 0);
  });
});

describe('a guarded apply', () => {
  const guarded = ['apply', '--guard', '10s', '-o', 'json'];

  test('is refused where the model loses requests, and changes nothing', async () => {
    await run('apply', '-f', await declare({ splitBy: 'Version', split: { v1: 100 } }));
    const path = await declare({ splitBy: 'Version', split: { v1: 50, v9: 50 } });
    expect(endedWith(5, await lab.isthmus.run([...guarded, '-f', path])).stderr).toMatch(
      /would be lost.*guard-refused/s,
    );
    expect(await routeWeights(lab)).toEqual(['100', '100']);
  });

  test('goes back where requests fail, as an account with its rights and no other', async () => {
    const path = await declare({ splitBy: 'Version', split: { v1: 50, v2: 50 } });
    const accounts = await openAccounts(lab, ['applyGuarded']);
    await accounts.give(path);
    await lab.kubectl('east', ...toPort(5999));
    const client = countingClient(lab);
    try {
      const ended = endedWith(7, await accounts.run('applyGuarded', [...guarded, '-f', path]));
      expect(jsonOf<ApplyReport>(ended)).toMatchObject({ ok: false, guard: { outcome: 'WentBack', left: [] } });
    } finally {
      await client.stop();
      await lab.kubectl('east', ...toPort(5000));
    }
    expect(await routeWeights(lab)).toEqual(['100', '100']);
    expect(await undoersLeft(lab)).toEqual([]);
    const before = await declare({ splitBy: 'Version', split: { v1: 100 } });
    expect(await run('plan', '-f', before, '--exit-code')).toContain('nothing to do');
  });
});

/** Nothing listens on another port than 5000 in the pods, so that their sidecars answer 503. */
function toPort(port: number): string[] {
  return [
    ...['-n', 'sample', 'patch', 'service', 'helloworld', '--type', 'merge', '-p'],
    JSON.stringify({ spec: { ports: [{ name: 'http', port: 5000, targetPort: port }] } }),
  ];
}

describe('a shift', () => {
  const service = 'helloworld.sample';
  const pace = ['--every', '4s', '--abort-on', 'errors>+1%', '--expires', '10m'];
  const start = (steps: string, ...more: string[]): string[] => [
    ...['shift', service, '--to', 'east', '--steps', steps, ...pace, '-f', mesh, ...more],
  ];

  test('to completion loses no request, as an account with its rights and no other', async () => {
    await run('apply', '-f', await declare());
    const accounts = await openAccounts(lab, ['shift']);
    await accounts.give(mesh);
    const client = steadyClient(lab);
    const ended = endedWith(0, await accounts.run('shift', start('20,60,100', '-o', 'json')));
    const { answered, failure } = await client.stop();
    expect(failure).toBeUndefined();
    expect(answered).toBeGreaterThan(300);
    const lines = shiftLines(ended);
    expect(lines.filter(({ type }) => type === 'Armed').map(({ cluster }) => cluster)).toHaveLength(2);
    for (const step of [1, 2, 3]) {
      const told = lines.filter(({ details }) => details?.step === step).map(({ type }) => type);
      expect(told.filter((type) => type !== 'Spreading').slice(0, 2)).toEqual(['Written', 'Programmed']);
      expect(told.at(-1)).toBe('Judged');
    }
    const shift = await theShift(lab, mesh);
    expect(shift).toMatchObject({ phase: 'Passed', step: 3, weights: { west: 0, east: 100 } });
    expect(shift.verdicts.map(({ verdict, errors }) => [verdict, errors])).toEqual(Array(3).fill(['Advance', 0]));
    await settles(({ v2, none }) => v2 === 60 && none === 0);
    // An apply meanwhile wants the same.
    await run('apply', '-f', mesh);
    expect(await routeWeights(lab)).toEqual(['0 100', '0 100']);
  });

  test('a second one of the same service is refused while it lives', async () => {
    const { stderr } = endedWith(5, await lab.isthmus.run(start('50,100')));
    expect(stderr).toContain('[shift-refused]');
  });

  test('is put back by hand, and leaves nothing', async () => {
    await run('shift', 'undo', service, '-f', mesh);
    expect(await routeWeights(lab)).toEqual(['', '']);
    expect(await undoersLeft(lab)).toEqual([]);
    await settles(({ v1 = 0, v2 = 0, none }) => v1 > 5 && v2 > 5 && none === 0);
    await run('apply', '-f', mesh);
    expect(await run('plan', '-f', mesh, '--exit-code')).toContain('nothing to do');
  });

  test('goes back by itself where the target answers errors', async () => {
    await run('apply', '-f', await declare({ split: { west: 100 } }));
    await lab.kubectl('east', ...toPort(5999));
    // One that ended with its first failure could end before the shift begins to count.
    const client = countingClient(lab);
    try {
      const ended = endedWith(7, await lab.isthmus.run(start('30,100', '-o', 'json')));
      const judged = shiftLines(ended).filter(({ type }) => type === 'Judged');
      expect(judged.at(-1)?.details).toMatchObject({ step: 1, verdict: 'Back' });
    } finally {
      await client.stop();
      await lab.kubectl('east', ...toPort(5000));
    }
    expect(await routeWeights(lab)).toEqual(['100', '100']);
    expect(await undoersLeft(lab)).toEqual([]);
    expect(await run('plan', '-f', mesh, '--exit-code')).toContain('nothing to do');
    expect(await theShift(lab, mesh)).toMatchObject({ phase: 'WentBack', weights: {} });
  });

  test('is refused where the target has no endpoint', async () => {
    await lab.kubectl('east', '-n', 'sample', 'scale', 'deploy/helloworld-v2', '--replicas=0');
    await eventually(
      async () => {
        const { code, stderr } = await lab.isthmus.run(start('50,100'));
        return code === 5 && stderr.includes('east has no ready endpoint') ? undefined : stderr;
      },
      { timeoutMs: 30_000 },
    );
    await lab.kubectl('east', '-n', 'sample', 'scale', 'deploy/helloworld-v2', '--replicas=1');
    await lab.kubectl('east', '-n', 'sample', 'rollout', 'status', 'deploy/helloworld-v2', '--timeout=120s');
  });

  test('whose process is killed in a step is resumed, and kept for good', async () => {
    const client = steadyClient(lab);
    const killed = lab.isthmus.start(start('50,100'));
    await killed.said(/step 1: .* written/);
    killed.kill('SIGKILL');
    await killed.result;
    expect(await theShift(lab, mesh)).toMatchObject({ phase: 'Running', step: 1, weights: { west: 50, east: 50 } });
    await run('shift', 'resume', service, '-f', mesh);
    expect(await client.stop()).toMatchObject({ failure: undefined });
    await run('shift', 'promote', service, '-f', mesh);
    expect(await undoersLeft(lab)).toEqual([]);
    expect(await theShift(lab, mesh)).toMatchObject({ phase: 'Promoted' });
    const kept = await declare({ split: { west: 0, east: 100 } });
    expect(await run('plan', '-f', kept, '--exit-code')).toContain('nothing to do');
    await settles(({ v2, none }) => v2 === 60 && none === 0);
  });
});

describe('a MeshService', () => {
  test('taken out of the file its rules go, and the plan is empty', async () => {
    const path = await declare();
    expect(await run('apply', '-f', path)).toContain('deleted');
    expect(await run('plan', '-f', path, '--exit-code')).toContain('nothing to do');
    const rules = ['-n', 'istio-system', 'get', 'destinationrules,virtualservices', '-o', 'name'];
    for (const { name } of twoClusters) expect(await lab.kubectl(name, ...rules)).toBe('');
    await settles(({ v1 = 0, v2 = 0, none }) => v1 > 5 && v2 > 5 && none === 0);
  });
});
