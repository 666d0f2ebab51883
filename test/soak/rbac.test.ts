import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessRoles } from '../../src/report/access-roles.ts';
import type { RightsCommand } from '../../src/rights/commands.ts';
import { type Accounts, type Asked, describeAsked, openAccounts } from '../support/access.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { visitDashboard } from '../support/dashboard-visit.ts';
import { eventually } from '../support/eventually.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import type { RunningProgram } from '../support/program.ts';
import { say } from './seed.ts';

/**
 * Each command as an account with its roles and nothing else, in a state where it has work. With `ISTHMUS_RIGHTS_FOUND`
 * the requests are written to that file, each once, in the form of test/fixtures/rights/requests.json.
 */
const names = ['west', 'east'] as const;
const hello = ['--from', 'west/sample/client', '--to', 'helloworld:5000'];
const atHome = ['--home', 'west', '--context', 'east=east'];

let lab: TestLab;
let accounts: Accounts;
beforeAll(async () => {
  lab = await startTestLab({ name: 'soak-rbac', clusters: twoClusters, audit: true });
  await Promise.all(names.map((name) => lab.kubectl(name, 'create', 'namespace', 'sample')));
  accounts = await openAccounts(lab);
});
afterAll(async () => {
  const asked = await accounts?.asked();
  const found = process.env.ISTHMUS_RIGHTS_FOUND;
  if (asked !== undefined && found !== undefined) await writeFile(found, JSON.stringify(recorded(asked)));
  await lab?.[Symbol.asyncDispose]();
});

function recorded(asked: readonly Asked[]): Readonly<Record<string, readonly unknown[]>> {
  const byCommand = Map.groupBy(
    asked.filter(({ status }) => status !== 403),
    ({ command }) => command,
  );
  return Object.fromEntries(
    [...byCommand].map(([command, own]) => {
      const requests = own.flatMap(({ verb, group, resource, namespace, name, status }) =>
        // Server-side apply of an object that is not there yet takes the right to create it too.
        [verb, ...(verb === 'patch' && status === 201 ? ['create'] : [])].map((does) =>
          JSON.stringify([does, group, resource, namespace ?? null, name ?? null]),
        ),
      );
      return [command, [...new Set(requests)].toSorted().map((text) => JSON.parse(text) as unknown)];
    }),
  );
}

/** A run of a command. */
interface Step {
  readonly args: readonly string[];
  /** The exit codes that it may end with; left out, 0. */
  readonly codes?: readonly number[];
  /** Gives it work. */
  readonly prepare?: () => Promise<unknown>;
  /** What is asked of it while it runs, which ends it. */
  readonly meanwhile?: (running: RunningProgram) => Promise<void>;
  /** What is not in these roles by intention, and what the command says of that. */
  readonly without?: { readonly right: RegExp; readonly said: RegExp };
}

async function carryOut(
  command: RightsCommand,
  { args, codes = [0], prepare, meanwhile, without }: Step,
): Promise<void> {
  await prepare?.();
  const before = Map.groupBy(await accounts.asked(), ({ cluster }) => cluster);
  const running = accounts.start(command, args);
  await meanwhile?.(running);
  const { code, stdout, stderr } = await running.result;
  const after = Map.groupBy(await accounts.asked(), ({ cluster }) => cluster);
  const asked = [...after].flatMap(([cluster, all]) => all.slice(before.get(cluster)?.length ?? 0));
  // A reader may not try an update; it compares what is declared then.
  const refused = asked.filter(({ status, isTrial }) => status === 403 && !isTrial).map(describeAsked);
  expect([...new Set(refused)].filter((one) => without?.right.test(one) !== true)).toEqual([]);
  expect(codes, `${stdout}${stderr}`).toContain(code);
  expect(asked.length).toBeGreaterThan(0);
  if (without === undefined) return;
  expect(refused).not.toEqual([]);
  expect(`${stdout}${stderr}`).toMatch(without.said);
}

/** The mesh of two primaries, with what not every mesh has. */
const primaries = [
  { kind: 'Mesh', metadata: { name: 'shop' }, spec: { istio: { version: '1.31' }, home: 'west' } },
  {
    kind: 'MeshCluster',
    metadata: { name: 'west' },
    spec: { network: 'us', injectNamespaces: ['sample'], istio: { values: { pilot: { autoscaleMin: 2 } } } },
  },
  {
    kind: 'MeshCluster',
    metadata: { name: 'east' },
    spec: { network: 'eu', injectNamespaces: ['sample'], gateway: { type: 'NodePort' } },
  },
  { kind: 'MeshService', metadata: { name: 'helloworld', namespace: 'sample' }, spec: { failover: [{ to: 'east' }] } },
];

async function declare(documents: readonly object[], name = 'mesh.yaml'): Promise<string> {
  const texts = documents.map((document) => JSON.stringify({ apiVersion: 'isthmus.dev/v1alpha1', ...document }));
  return await lab.file(name, texts.join('\n---\n'));
}

/** A service that no document is about: one with a failover cannot be shifted. */
const greeting = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'greeting' },
  spec: { selector: { app: 'helloworld' }, ports: [{ name: 'http', port: 5000 }] },
};

const guarded = ['apply', '--guard', '10s', '-f'];

/** The same mesh with a split of that service. */
async function declareGuarded(): Promise<void> {
  const metadata = { name: 'greeting', namespace: 'sample' };
  const split = { kind: 'MeshService', metadata, spec: { split: { west: 50, east: 50 } } };
  await declare([...primaries, split], 'guarded.yaml');
}

async function startWorkloads(): Promise<void> {
  const manifest = ['-n', 'sample', '-f', join(checkout, 'lab/manifests/helloworld.yaml')];
  const path = await lab.file('greeting.json', JSON.stringify(greeting));
  await Promise.all(
    names.flatMap((name) => [
      lab.kubectl(name, 'apply', ...manifest),
      lab.kubectl(name, 'apply', '-n', 'sample', '-f', path),
    ]),
  );
  await lab.kubectl('west', 'apply', '-n', 'sample', '-f', join(checkout, 'lab/manifests/client.yaml'));
  const wait = ['-n', 'sample', 'wait', '--for=condition=Available', 'deployment', '--all', '--timeout=240s'];
  await Promise.all(names.map((name) => lab.kubectl(name, ...wait)));
}

/** Waits until requests are predicted to arrive: what new pods offer reaches a proxy a moment later. */
async function arrives(): Promise<void> {
  const look = async (): Promise<string | undefined> => {
    const { code, stdout, stderr } = await lab.isthmus.run(['trace', ...hello, '-f', join(lab.folder, 'mesh.yaml')]);
    return code === 0 ? undefined : stdout + stderr;
  };
  await eventually(look, { timeoutMs: 90_000 });
}

const kinds = [
  ...['namespaces', 'customresourcedefinitions', 'clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'],
  ...['mutatingwebhookconfigurations', 'validatingwebhookconfigurations', 'configmaps', 'services', 'serviceaccounts'],
  ...['deployments', 'horizontalpodautoscalers', 'poddisruptionbudgets', 'gateways.networking.istio.io'],
  ...['destinationrules', 'meshes', 'meshclusters', 'meshservices'],
];

/** Changes a field of the mesh's own in one object of every kind in west. */
async function change(): Promise<void> {
  await lab.kubectl(
    'west',
    ...[
      'annotate',
      kinds.join(),
      '--all-namespaces',
      '--overwrite',
      '-l',
      'isthmus.dev/mesh=shop,isthmus.dev/purpose!=verify',
      '-o',
      'name',
    ],
    'isthmus.dev/applied=changed',
  );
}

/** The roles of status in west, without the right to create connections to pods. */
async function withoutCreate(mesh: string): Promise<void> {
  const args = ['rbac', 'status', '-f', mesh, '--clusters', 'west', '-o', 'json'];
  const { objects } = jsonOf<AccessRoles>(endedWith(0, await lab.isthmus.run(args)));
  const rules = objects.flatMap(({ object }) => (object.kind === 'Role' ? [object] : []));
  const text = rules.map((role) => JSON.stringify(role).replaceAll('"get","create"', '"get"')).join('\n');
  await lab.kubectl('west', 'replace', '-f', await lab.file('status.json', text));
}

const leftover = 'isthmus-verify-0a1b2c3d';

/** The namespace of a run of verify that ended long ago and removed nothing. */
async function leave(): Promise<void> {
  const labels = {
    'app.kubernetes.io/managed-by': 'isthmus',
    'isthmus.dev/mesh': 'shop',
    'isthmus.dev/purpose': 'verify',
  };
  const annotations = { 'isthmus.dev/expires': '2026-01-01T00:00:00Z' };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: leftover, labels, annotations } };
  const path = await lab.file('leftover.yaml', JSON.stringify(namespace));
  await lab.kubectl('west', 'apply', '--server-side', '--field-manager', 'isthmus', '-f', path);
}

type Line = readonly [name: string, command: RightsCommand, step: (mesh: string) => Step];

/** The tests of a mesh, one after the other, each with the roles for this mesh alone. */
function describeMesh(title: string, mesh: () => Promise<string>, lines: readonly Line[]): void {
  describe(title, () => {
    let path: string;
    beforeAll(async () => {
      path = await mesh();
      await accounts.give(path);
    });
    test.each(lines)('%s', async (_, command, step) => {
      await carryOut(command, step(path));
    });
  });
}

describeMesh('two primaries', () => declare(primaries), [
  ['plan of empty clusters', 'plan', (mesh) => ({ args: ['plan', '-f', mesh] })],
  ['apply to empty clusters', 'apply', (mesh) => ({ args: ['apply', '-f', mesh] })],
  ['status', 'status', (mesh) => ({ args: ['status', '-f', mesh], prepare: startWorkloads })],
  [
    'a connection to a pod takes the right to create it too',
    'status',
    (mesh) => ({
      args: ['status', '-f', mesh],
      codes: [7, 10],
      prepare: () => withoutCreate(mesh),
      without: { right: /^status in west: get pods\/portforward /, said: /port-?forward/ },
    }),
  ],
  ['status with the right', 'status', (mesh) => ({ args: ['status', '-f', mesh], prepare: () => accounts.give(mesh) })],
  ['status from the home cluster', 'status', () => ({ args: ['status', ...atHome] })],
  ['init', 'init', () => ({ args: ['init', '--context', 'west', '--context', 'east', '-o', '-'] })],
  ['doctor', 'doctor', (mesh) => ({ args: ['doctor', '-f', mesh] })],
  ['dashboard', 'dashboard', (mesh) => ({ args: ['dashboard', '--no-open', '-f', mesh], meanwhile: visitDashboard })],
  ['trust', 'trust', (mesh) => ({ args: ['trust', '-f', mesh] })],
  ['trust renew', 'renewTrust', (mesh) => ({ args: ['trust', 'renew', '-f', mesh] })],
  ['trace', 'trace', (mesh) => ({ args: ['trace', ...hello, '-f', mesh], prepare: arrives })],
  ['trace --live', 'traceLive', (mesh) => ({ args: ['trace', ...hello, '-f', mesh, '--live'] })],
  ['service list', 'services', (mesh) => ({ args: ['service', 'list', '-f', mesh], codes: [0, 7] })],
  ['whatif', 'whatif', (mesh) => ({ args: ['whatif', '-f', mesh, '--down', 'istiod:east'] })],
  [
    'shift, which too few requests keep in its first step',
    'shift',
    (mesh) => ({
      args: ['shift', 'greeting.sample', '--to', 'east', '--every', '3s', '--timeout', '20s', '-f', mesh],
      codes: [9],
    }),
  ],
  ['shift abort', 'shift', (mesh) => ({ args: ['shift', 'abort', 'greeting.sample', '-f', mesh] })],
  [
    'apply with a guard',
    'applyGuarded',
    () => ({ args: [...guarded, join(lab.folder, 'guarded.yaml')], prepare: declareGuarded }),
  ],
  ['apply with a guard that deletes', 'applyGuarded', (mesh) => ({ args: [...guarded, mesh] })],
  [
    'drill of endpoints',
    'drill',
    (mesh) => ({ args: ['drill', '--fail', 'endpoints:east', '--for', '12s', '--yes', '-f', mesh], codes: [0, 7, 10] }),
  ],
  [
    'drill of an istiod',
    'drill',
    (mesh) => ({ args: ['drill', '--fail', 'istiod:east', '--for', '12s', '--yes', '-f', mesh], codes: [0, 7, 10] }),
  ],
  ['drill status', 'drill', (mesh) => ({ args: ['drill', 'status', '-f', mesh] })],
  ['snapshot', 'snapshot', (mesh) => ({ args: ['snapshot', '-f', mesh, 'snapshot'] })],
  [
    'verify, which spares what it may not look into',
    'verify',
    (mesh) => ({
      args: ['verify', '-f', mesh, '--requests', '5'],
      prepare: leave,
      without: {
        right: new RegExp(`: list \\S+ in ${leftover}$`),
        said: new RegExp(`${leftover} has expired and is left`),
      },
    }),
  ],
  ['verify that sweeps', 'verifySweep', (mesh) => ({ args: ['verify', '-f', mesh, '--requests', '5'] })],
  [
    'verify that fails',
    'verify',
    (mesh) => ({
      args: ['verify', '-f', mesh, '--requests', '5'],
      codes: [7],
      prepare: () => lab.kubectl('east', '-n', 'istio-system', 'delete', 'secret', 'istio-remote-secret-west'),
    }),
  ],
  ['status of a changed mesh', 'status', (mesh) => ({ args: ['status', '-f', mesh], codes: [7], prepare: change })],
  ['plan of a changed mesh', 'plan', (mesh) => ({ args: ['plan', '-f', mesh] })],
  ['apply to a changed mesh', 'apply', (mesh) => ({ args: ['apply', '-f', mesh] })],
  [
    'plan of a mesh that wants less',
    'plan',
    (mesh) => ({ args: ['plan', '-f', mesh], prepare: () => declare(primaries.slice(0, -1)) }),
  ],
  ['apply of a mesh that wants less', 'apply', (mesh) => ({ args: ['apply', '-f', mesh] })],
  [
    'leave of a changed mesh',
    'leave',
    (mesh) => ({
      args: ['leave', 'east', '-f', mesh, '--yes'],
      prepare: async () => [await declare(primaries), await change()],
    }),
  ],
  ['join of a changed mesh', 'join', (mesh) => ({ args: ['join', 'east', '-f', mesh], prepare: change })],
  ['uninstall', 'uninstall', (mesh) => ({ args: ['uninstall', '-f', mesh, '--crds', '--yes'] })],
  [
    'uninstall of an Istio of another owner',
    'uninstallAnyIstio',
    (mesh) => ({
      args: ['uninstall', '-f', mesh, '--clusters', 'west', '--any-istio', '--crds', '--yes'],
      prepare: () => lab.istioctl('west', 'install', '-y', '--set', 'values.global.imagePullPolicy=IfNotPresent'),
    }),
  ],
]);

const served = (kind: string): readonly Line[] => [
  ['plan of empty clusters', 'plan', (mesh) => ({ args: ['plan', '-f', mesh] })],
  ['apply to empty clusters', 'apply', (mesh) => ({ args: ['apply', '-f', mesh] })],
  [`status with ${kind}`, 'status', (mesh) => ({ args: ['status', '-f', mesh] })],
  ['trust', 'trust', (mesh) => ({ args: ['trust', '-f', mesh] })],
  ['trust renew', 'renewTrust', (mesh) => ({ args: ['trust', 'renew', '-f', mesh] })],
  ['drill status', 'drill', (mesh) => ({ args: ['drill', 'status', '-f', mesh] })],
  ['snapshot', 'snapshot', (mesh) => ({ args: ['snapshot', '-f', mesh, `snapshot-${kind}`] })],
  ['verify', 'verify', (mesh) => ({ args: ['verify', '-f', mesh, '--requests', '5'] })],
  ['uninstall', 'uninstall', (mesh) => ({ args: ['uninstall', '-f', mesh, '--crds', '--yes'] })],
];

const example = (name: string) => async (): Promise<string> => join(checkout, 'examples', name, 'mesh.yaml');

describeMesh('a cluster whose istiod is that of another', example('primary-remote'), served('remote'));
describeMesh('a cluster whose istiod runs in another', example('external'), served('external'));

test('every command asked for something, and the figures', async () => {
  const asked = await accounts.asked();
  const byCommand = Map.groupBy(asked, ({ command }) => command);
  for (const [command, own] of byCommand) {
    const refused = own.filter(({ status }) => status === 403);
    say(
      `${command}: ${own.length} requests, ${refused.length} refused, ${refused.filter((one) => one.isTrial).length} of them trials`,
    );
  }
  // An operator is no command of a person: its account has tests of its own.
  const wanted = accounts.commands.filter((command) => command !== 'operator');
  expect([...byCommand.keys()].toSorted()).toEqual(wanted.toSorted());
});
