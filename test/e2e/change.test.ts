import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Stage, stages } from '../../src/istio/stages.ts';
import type { ApplyReport } from '../../src/report/apply.ts';
import type { PlannedChange, PlanReport } from '../../src/report/plan.ts';
import type { RenderReport } from '../../src/report/render.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { inventoried } from '../support/inventory.ts';
import { startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { plannedChanges } from '../support/plan.ts';
import { runInTerminal } from '../support/pseudo-terminal.ts';
import { countsOf } from '../support/report.ts';
import { pemBody, secretValues, tokensIn } from '../support/secrets.ts';

const clusters = ['west', 'east'] as const;

let lab: TestLab;
beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-change', clusters: twoClusters });
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

interface Wish {
  readonly drift?: 'Repair' | 'Respect';
  readonly west?: string;
  readonly east?: string;
}

/** Writes a mesh file; `west` and `east` are the specs of the clusters, an empty one leaves the cluster out. */
async function meshFile({
  drift = 'Repair',
  west = '{network: us, injectNamespaces: [sample, extra]}',
  east = '{network: eu, injectNamespaces: [sample]}',
}: Wish = {}): Promise<string> {
  const document = (kind: string, name: string, spec: string): string =>
    `apiVersion: isthmus.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
  const all = [
    document('Mesh', 'shop', `{istio: {version: "1.31"}, drift: ${drift}}`),
    document('MeshCluster', 'west', west),
    ...(east === '' ? [] : [document('MeshCluster', 'east', east)]),
  ];
  return await lab.file('mesh.yaml', all.join('---\n'));
}

async function plan(file: string, code: number, ...flags: string[]): Promise<PlanReport> {
  return jsonOf(endedWith(code, await lab.isthmus.run(['plan', '-f', file, '-o', 'json', '--exit-code', ...flags])));
}

async function apply(code: number, ...args: string[]): Promise<ApplyReport> {
  return jsonOf(endedWith(code, await lab.isthmus.run(['apply', ...args, '-o', 'json'])));
}

async function refused(...args: string[]): Promise<string> {
  const { stdout, stderr } = endedWith(5, await lab.isthmus.run(args));
  expect(stdout).toBe('');
  return stderr;
}

function changesIn({ clusters: all }: PlanReport, name: string): readonly PlannedChange[] {
  const found = all.find(({ cluster }) => cluster === name);
  if (found?.outcome !== 'Planned') throw new Error(`${name} was not planned`);
  return found.changes;
}

const istio = ['-n', 'istio-system'] as const;

async function get(cluster: string, ...args: string[]): Promise<string> {
  return await lab.kubectl(cluster, ...istio, 'get', '--ignore-not-found', ...args);
}

describe('a plan of empty clusters', () => {
  test('lists what would be made in its order with what is awaited, and writes nothing', async () => {
    const planned = await plan(await meshFile(), 7);
    expect(planned.totals).toEqual({ create: expect.any(Number), change: 0, delete: 0 });
    expect(planned.totals.create).toBeGreaterThan(90);
    for (const name of clusters) {
      const order = changesIn(planned, name).map(({ stage }) => stages.indexOf(stage));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
    const [west] = planned.clusters;
    expect(west).toMatchObject({
      barriers: expect.arrayContaining([
        { stage: 'ControlPlane' satisfies Stage, when: 'After', awaits: 'istiod is available' },
        { stage: 'Discovery' satisfies Stage, when: 'Before', awaits: 'east is ready for traffic' },
      ]),
    });
    for (const name of clusters) {
      expect(await lab.kubectl(name, 'get', 'namespaces', '-o', 'name')).not.toMatch(/istio-system|isthmus-system/);
    }
    expect(await readdir(lab.stateFolder).catch(() => [])).toEqual([]);
  });

  test('as text shows stages and waits, and ends with the next command', async () => {
    const file = await meshFile();
    const { stdout } = endedWith(0, await lab.isthmus.run(['plan', '-f', file]));
    expect(stdout).toMatch(/^ {4}\+ Secret istio-system\/cacerts: the apply makes a new intermediate and its key$/m);
    expect(stdout).toMatch(/^ {2}remote secrets\n {4}waits: east is ready for traffic\n {4}\+ Secret /m);
    expect(stdout).toMatch(
      /plan: \d+ to create, 0 to change, 0 to delete; nothing was written\nnext: isthmus apply -f /,
    );
  });
});

describe('a plan file', () => {
  test('is carried out as it is, holds nothing confidential, and is stale afterwards', async () => {
    const path = join(lab.folder, 'first.plan');
    const { totals } = await plan(await meshFile(), 7, '--out', path);
    const done = await apply(0, path);
    const created = Object.values(countsOf(done)).map((counts) => (typeof counts === 'string' ? 0 : counts.created));
    expect(created.reduce((sum, count) => sum + count, 0)).toBe(totals.create);
    const text = await readFile(path, 'utf8');
    expect(text).not.toMatch(/PRIVATE KEY|BEGIN CERTIFICATE/);
    expect(tokensIn(text)).toEqual([]);
    expect(await refused('apply', path)).toMatch(
      /west: Namespace istio-system no longer needs a change; it was to be made[\s\S]*\[stale-plan\]/,
    );
  });

  test('after the apply there is nothing to do, whatever the API server and istiod have added', async () => {
    const file = await meshFile();
    expect(plannedChanges(await plan(file, 0))).toEqual([]);
    expect((await apply(0, '-f', file)).writes).toBe(0);
    const { stdout } = endedWith(0, await lab.isthmus.run(['apply', '-f', file, '--dry-run']));
    expect(stdout).toContain('plan: nothing to do: the clusters are as declared');
  });

  test('is refused when anything that it depends on has changed, and says what', async () => {
    const file = await meshFile({ west: '{network: us, injectNamespaces: [sample, extra], gateway: {replicas: 2}}' });
    const path = join(lab.folder, 'replicas.plan');
    const planned = await plan(file, 7, '--out', path);
    expect(changesIn(planned, 'west')).toContainEqual(
      expect.objectContaining({
        action: 'Update',
        ref: expect.objectContaining({ kind: 'Deployment', name: 'istio-eastwestgateway' }),
        fields: [{ field: 'spec.replicas', before: 1, after: 2 }],
      }),
    );
    // Given back by Isthmus to the user's number: the autoscaler goes.
    expect(changesIn(planned, 'west').at(-1)).toMatchObject({
      action: 'Delete',
      ref: { kind: 'HorizontalPodAutoscaler', name: 'istio-eastwestgateway' },
    });
    await lab.kubectl('west', ...istio, 'annotate', 'deployment/istio-eastwestgateway', 'example.com/by=hand');
    expect(await refused('apply', path)).toContain(
      'west: Deployment istio-system/istio-eastwestgateway was changed meanwhile',
    );
    expect(await get('west', 'hpa', 'istio-eastwestgateway', '-o', 'name')).not.toBe('');
    expect(await refused('apply', path, '-f', await meshFile())).toContain('declares another mesh');
    await meshFile({ west: '{network: us, injectNamespaces: [sample, extra], gateway: {replicas: 2}}' });
    await plan(file, 7, '--out', path);
    const done = await apply(0, path);
    expect(done.clusters[0]).toMatchObject({ pruned: { deleted: [{ kind: 'HorizontalPodAutoscaler' }], failed: [] } });
    expect(await get('west', 'hpa', 'istio-eastwestgateway', '-o', 'name')).toBe('');
    expect(plannedChanges(await plan(file, 0))).toEqual([]);
  });

  test('that is none, or of another version, is refused', async () => {
    const none = await lab.file('none.plan', 'kind: Mesh');
    const { stderr } = endedWith(2, await lab.isthmus.run(['apply', none]));
    expect(stderr).toContain('is not a plan that this version of Isthmus can apply');
  });
});

describe('changes by hand', () => {
  const gateway = 'gateway.networking.istio.io/cross-network-gateway';
  const expected = {
    gateway: { field: 'spec.servers', managers: ['kubectl-patch'] },
    label: { field: 'metadata.labels.app', managers: ['argocd-controller'] },
  };

  test('are shown with the name of who made them', async () => {
    const hosts = '[{"op":"replace","path":"/spec/servers/0/hosts","value":["*.example"]}]';
    await lab.kubectl('west', ...istio, 'patch', gateway, '--type=json', '-p', hosts);
    const taken = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'istiod', namespace: 'istio-system' } };
    const manifest = await lab.file(
      'taken.yaml',
      JSON.stringify({ ...taken, metadata: { ...taken.metadata, labels: { app: 'taken' } } }),
    );
    const force = ['--server-side', '--force-conflicts', '--field-manager=argocd-controller'];
    await lab.kubectl('east', 'apply', ...force, '-f', manifest);
    await lab.kubectl('east', ...istio, 'delete', 'secret', 'istio-remote-secret-west');
    const planned = await plan(await meshFile(), 7);
    expect(changesIn(planned, 'west')).toContainEqual(
      expect.objectContaining({
        drift: [expected.gateway],
        fields: [{ field: 'spec.servers[0].hosts', before: ['*.example'], after: ['*.local'] }],
      }),
    );
    expect(changesIn(planned, 'east')).toMatchObject([
      {
        reason: 'metadata.labels.app changed by argocd-controller',
        drift: [expected.label],
        fields: [{ field: 'metadata.labels.app', before: 'taken', after: 'istiod' }],
      },
      { action: 'Create', ref: { name: 'istio-remote-secret-west' } },
    ]);
  });

  test('are respected where the mesh says so, but what was deleted is recreated', async () => {
    const file = await meshFile({ drift: 'Respect' });
    const planned = await plan(file, 7);
    const respected = planned.clusters.flatMap((cluster) => (cluster.outcome === 'Planned' ? cluster.respected : []));
    expect(respected.map(({ drift }) => drift)).toEqual([[expected.gateway], [expected.label]]);
    await apply(0, '-f', file);
    expect(await get('east', 'secret', 'istio-remote-secret-west', '-o', 'name')).not.toBe('');
    expect(await get('west', gateway, '-o', 'jsonpath={.spec.servers[0].hosts[0]}')).toBe('*.example');
    expect(plannedChanges(await plan(file, 0))).toEqual([]);
  });

  test('are repaired otherwise, and then there is nothing to do', async () => {
    const file = await meshFile();
    await apply(0, '-f', file);
    expect(await get('west', gateway, '-o', 'jsonpath={.spec.servers[0].hosts[0]}')).toBe('*.local');
    expect(await get('east', 'service', 'istiod', '-o', 'jsonpath={.metadata.labels.app}')).toBe('istiod');
    expect(plannedChanges(await plan(file, 0))).toEqual([]);
  });

  test('that cannot be undone in place are refused before anything is written', async () => {
    const file = await meshFile();
    const deployment = await lab.objects<{ spec: { selector: object; template: { metadata: object } } }>(
      'east',
      ...istio,
      'get',
      'deployment',
      'istio-eastwestgateway',
    );
    const labels = { app: 'other' };
    const other = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'istio-eastwestgateway',
        namespace: 'istio-system',
        labels: { 'isthmus.dev/mesh': 'shop' },
        annotations: { 'isthmus.dev/applied': 'restored from a copy' },
      },
      spec: {
        ...deployment.spec,
        replicas: 0,
        selector: { matchLabels: labels },
        template: { ...deployment.spec.template, metadata: { labels } },
      },
    };
    await lab.kubectl('east', ...istio, 'delete', 'deployment', 'istio-eastwestgateway');
    await lab.kubectl('east', 'create', '-f', await lab.file('other.yaml', JSON.stringify(other)));
    for (const command of ['plan', 'apply']) {
      const said = await refused(command, '-f', file);
      expect(said).toContain('east: Deployment istio-system/istio-eastwestgateway: spec.selector [immutable-field]');
      expect(said).toContain('kubectl --context east -n istio-system delete deployment.apps istio-eastwestgateway');
    }
    await lab.kubectl('east', ...istio, 'delete', 'deployment', 'istio-eastwestgateway');
    await apply(0, '-f', file);
  });
});

describe('what is no longer in the mesh file', () => {
  const oneNetwork = {
    west: '{network: us, injectNamespaces: [sample]}',
    east: '{network: us, injectNamespaces: [sample]}',
  };
  const account = 'istio-eastwestgateway-service-account';

  async function denyDeletion(): Promise<void> {
    const name = 'keep-account';
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['serviceaccounts'] };
    const policy = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [rule] },
        validations: [{ expression: `request.name != "${account}"`, message: 'this account stays' }],
      },
    };
    const binding = {
      apiVersion: policy.apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    };
    const items = { apiVersion: 'v1', kind: 'List', items: [policy, binding] };
    await lab.kubectl('west', 'create', '-f', await lab.file('policy.yaml', JSON.stringify(items)));
    const dryRun = [...istio, 'delete', 'serviceaccount', account, '--dry-run=server'];
    const isDenied = (): Promise<string | undefined> =>
      lab.kubectl('west', ...dryRun).then(
        () => 'the policy is not in force yet',
        () => undefined,
      );
    await eventually(isDenied, { timeoutMs: 60_000 });
  }

  test('is listed last with what is lost, and refused beyond the limit', async () => {
    const file = await meshFile(oneNetwork);
    const planned = await plan(file, 7);
    const west = changesIn(planned, 'west');
    const last = west.slice(west.findIndex(({ action }) => action === 'Release'));
    expect(last.map(({ action, ref }) => `${action} ${ref.kind} ${ref.name}`)).toEqual([
      'Release Namespace extra',
      'Delete Gateway cross-network-gateway',
      'Delete Deployment istio-eastwestgateway',
      'Delete HorizontalPodAutoscaler istio-eastwestgateway',
      'Delete Service istio-eastwestgateway',
      `Delete ServiceAccount ${account}`,
    ]);
    expect(last[0]).toMatchObject({ fields: [{ field: 'metadata.labels.istio-injection', before: 'enabled' }] });
    expect(last[4]).toMatchObject({ loss: expect.stringMatching(/^its load balancer releases the address \d/) });
    expect(await refused('apply', '-f', file, '--max-delete', '3')).toMatch(
      /west: 5 of \d+ objects, and the limit is 3: [\s\S]*\[prune-guard\]\nhint: .*put back into the mesh file what it should not have lost/,
    );
    expect(await get('west', 'service', 'istio-eastwestgateway', '-o', 'name')).not.toBe('');
  });

  test('is shown to a person at a terminal, whose answer is awaited: any but yes changes nothing', async () => {
    const file = await meshFile(oneNetwork);
    const before = await inventoried(lab, 'west');
    const program = join(inject('packageFolder'), 'dist/isthmus.js');
    const { code, screen } = await runInTerminal([process.execPath, program, 'apply', '-f', file], {
      cwd: lab.folder,
      env: { ...lab.env, TERM: 'xterm', SHELL: '/bin/sh' },
      answers: [{ after: /Type yes to delete \d+ objects and release 2 addresses: $/, type: 'y' }],
      timeoutMs: 200_000,
    });
    expect({ code, screen }).toMatchObject({
      code: 8,
      screen: expect.stringMatching(
        /west: - Service istio-system\/istio-eastwestgateway: its load balancer releases the address \d[\s\S]*the answer was not yes; nothing was changed/,
      ),
    });
    expect(await inventoried(lab, 'west')).toEqual(before);
    expect(await get('west', 'service', 'istio-eastwestgateway', '-o', 'name')).not.toBe('');
  });

  test('is not removed in one cluster while another is left out that may still use it', async () => {
    const file = await meshFile(oneNetwork);
    const planned = await plan(file, 7, '--clusters', 'west');
    expect(changesIn(planned, 'west').filter(({ action }) => action === 'Delete')).toEqual([]);
    expect(planned.clusters[0]).toMatchObject({
      kept: expect.arrayContaining([
        {
          ref: expect.objectContaining({ kind: 'Service' }),
          reason: expect.stringContaining('until east is as declared'),
        },
      ]),
    });
  });

  test('stays in the inventory where its deletion is denied, and goes with the next apply', async () => {
    const file = await meshFile(oneNetwork);
    await denyDeletion();
    const half = await apply(4, '-f', file);
    expect(half.clusters[0]).toMatchObject({
      outcome: 'Applied',
      pruned: {
        deleted: expect.arrayContaining([expect.objectContaining({ kind: 'Service' })]),
        released: [{ kind: 'Namespace', name: 'extra' }],
        failed: [{ ref: { name: account }, reason: expect.stringContaining('this account stays') }],
      },
    });
    const named = await inventoried(lab, 'west');
    expect(named).toContain(`ServiceAccount istio-system/${account}`);
    expect(named.filter((object) => /eastwestgateway|cross-network|extra/.test(object))).toHaveLength(1);
    const left = await plan(file, 7);
    expect(plannedChanges(left)).toEqual([
      'west: Update ConfigMap isthmus-inventory',
      `west: Delete ServiceAccount ${account}`,
    ]);
    await lab.kubectl('west', 'delete', 'validatingadmissionpolicybinding/keep-account');
    const deletable = async (): Promise<string | undefined> => {
      const dryRun = [...istio, 'delete', 'serviceaccount', account, '--dry-run=server'];
      return await lab.kubectl('west', ...dryRun).then(() => undefined);
    };
    await eventually(deletable, { timeoutMs: 60_000 });
    const whole = await apply(0, '-f', file);
    expect(whole.clusters[0]).toMatchObject({ pruned: { deleted: [{ name: account }], failed: [] } });
    expect(await inventoried(lab, 'west')).not.toContain(`ServiceAccount istio-system/${account}`);
    expect(plannedChanges(await plan(file, 0))).toEqual([]);
    expect(await lab.kubectl('west', 'get', 'namespace', 'extra', '-o', 'jsonpath={.metadata.labels}')).not.toContain(
      'istio-injection',
    );
  });

  test('a cluster that is no longer in the file: its secret is taken out, and the plan says how it leaves itself', async () => {
    const planned = await plan(await meshFile({ west: oneNetwork.west, east: '' }), 7);
    expect(changesIn(planned, 'west')).toContainEqual(
      expect.objectContaining({
        action: 'Delete',
        ref: expect.objectContaining({ name: 'istio-remote-secret-east' }),
        reason: expect.stringContaining('take it out of the mesh'),
      }),
    );
  });
});

describe('a rendered folder', () => {
  test('holds what the clusters hold, without a cluster being asked, and nothing confidential', async () => {
    const file = await meshFile({
      west: '{network: us, injectNamespaces: [sample]}',
      east: '{network: us, injectNamespaces: [sample]}',
    });
    const folder = join(lab.folder, 'rendered');
    const env = { KUBECONFIG: join(lab.folder, 'none') };
    const render = async (source: string): Promise<RenderReport> =>
      jsonOf(endedWith(0, await lab.isthmus.run(['render', folder, '-f', source, '-o', 'json'], { env })));
    const first = await render(file);
    expect(first.written.length).toBeGreaterThan(80);
    expect(first.missing).toHaveLength(6);
    // Ends with an error where any value would become another one.
    const check = ['--server-side', '--force-conflicts', '--field-manager=render-check', '-R', '-f'];
    await Promise.all(clusters.map((name) => lab.kubectl(name, 'diff', ...check, join(folder, name))));
    const texts = await Promise.all(first.written.map((path) => readFile(join(folder, path), 'utf8')));
    const all = pemBody(texts.join('\n'));
    const values = (await Promise.all(clusters.map((name) => secretValues(lab, name)))).flat();
    expect(values.filter(({ text }) => text.length > 20 && all.includes(pemBody(text))).map(({ at }) => at)).toEqual(
      [],
    );
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toContain('`Secret istio-system/cacerts`');
    expect(await render(file)).toMatchObject({ written: [], removed: [] });
    const less = await render(await meshFile({ west: '{network: us}', east: '{network: us}' }));
    expect(less.removed.map((path) => path.split('/').at(-1))).toEqual([
      'namespace_sample.yaml',
      'namespace_sample.yaml',
    ]);
  });
});

describe('a mesh file with a typing error in its name', () => {
  test('names the mesh that the clusters hold, and never advises to take it away', async () => {
    const text = await readFile(await meshFile(), 'utf8');
    const file = await lab.file('typo.yaml', text.replace('name: shop', 'name: shop2'));
    const said = await refused('plan', '-f', file);
    expect(said).toContain('these clusters hold mesh shop, and the Mesh is called shop2; nothing was changed');
    expect(said).toContain('where that is a typing error, set metadata.name of the Mesh to shop');
    expect(said).not.toContain('purge');
    const { stdout } = endedWith(7, await lab.isthmus.run(['status', '-f', file]));
    expect(stdout).toContain('west: it holds mesh shop, and the Mesh is called shop2');
  });
});
