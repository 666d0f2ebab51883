import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UninstallReport } from '../../src/report/uninstall.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { everything } from '../support/everything.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { followPage } from '../support/page.ts';
import { wholeRows } from '../support/whole-rows.ts';

const mesh = join(checkout, 'examples/two-networks/mesh.yaml');
const eastAlone = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: { name: alone }
spec: { istio: { version: "1.31" } }
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: { name: east }
spec: { network: eu }
`;
const operatorDefinition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: istiooperators.install.istio.io }
spec:
  group: install.istio.io
  names: { kind: IstioOperator, plural: istiooperators, singular: istiooperator, listKind: IstioOperatorList }
  scope: Namespaced
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;
const operator = `apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: { name: installed-state, namespace: istio-system, finalizers: [istio-finalizer.install.istio.io] }
spec: { profile: default }
`;

let lab: TestLab;
/** What each cluster held before anything was installed. */
let before: Readonly<Record<string, readonly string[]>>;
beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-gone', clusters: twoClusters });
  await Promise.all(twoClusters.map(({ name }) => lab.kubectl(name, 'create', 'namespace', 'sample')));
  before = await state();
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

async function state(): Promise<Readonly<Record<string, readonly string[]>>> {
  const all = twoClusters.map(async ({ name }) => [name, await everything(lab, name)] as const);
  return Object.fromEntries(await Promise.all(all));
}

async function uninstall(code: number, ...flags: string[]): Promise<UninstallReport> {
  return jsonOf(endedWith(code, await lab.isthmus.run(['uninstall', '-f', mesh, '--yes', '-o', 'json', ...flags])));
}

async function labelsOf(cluster: string, namespace: string): Promise<Readonly<Record<string, string>>> {
  const { metadata } = await lab.objects<{ metadata: { labels: Record<string, string> } }>(
    cluster,
    'get',
    'namespace',
    namespace,
  );
  return metadata.labels;
}

describe('a mesh of two clusters', () => {
  test('is shown, and nothing is removed before somebody says yes', async () => {
    endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
    await lab.kubectl(
      'west',
      '-n',
      'sample',
      'create',
      'deployment',
      'old',
      '--image=isthmus.invalid/lab-helloworld:1',
    );
    await lab.kubectl('west', '-n', 'sample', 'wait', '--for=condition=Available', 'deployment/old', '--timeout=240s');
    const { stdout } = endedWith(0, await lab.isthmus.run(['uninstall', '-f', mesh, '--dry-run']));
    expect(wholeRows(stdout)).toMatch(/webhooks +3 +MutatingWebhookConfiguration istio-sidecar-injector/);
    expect(stdout).toMatch(/namespace istio-system +1 +with all in it: \d+ ConfigMap, 2 Deployment/);
    expect(stdout).toMatch(/definitions kept +15 +remove them too with --crds/);
    const { stderr } = endedWith(2, await lab.isthmus.run(['uninstall', '-f', mesh]));
    expect(stderr).toContain('not a terminal: pass --yes to remove all this from west, east; nothing was changed');
    expect(await lab.kubectl('west', '-n', 'istio-system', 'get', 'deployment/istiod', '-o', 'name')).toContain(
      'istiod',
    );
  });

  test('interrupted says how to go on, and run again leaves nothing that was not there before', async () => {
    const first = lab.isthmus.start(['uninstall', '-f', mesh, '--crds', '--yes']);
    await first.said(/^east {2}remote secrets: 1 gone$/m);
    first.kill('SIGINT');
    const { stdout, stderr } = endedWith(8, await first.result);
    expect(`${stdout}${stderr}`).toContain(`Resume with: isthmus uninstall -f ${mesh} --crds`);
    await cp(mesh, join(lab.folder, 'mesh.yaml'));
    const said = [...(await followPage('docs/uninstall.md', { site: lab, cwd: lab.folder })).values()];
    for (const { name } of twoClusters) {
      const proof = new RegExp(`^${name}: 0 objects left in \\d+ kinds .*, 0 finalizers, 0 webhooks, `, 'gm');
      expect(said.flatMap((text) => text.match(proof) ?? [])).toHaveLength(2);
    }
    expect(said.join('\n')).toContain('west: 1 pod runs on with a sidecar and no control plane (1 sample)');
    expect(Object.keys(await labelsOf('west', 'sample'))).toEqual(['kubernetes.io/metadata.name']);
    await lab.kubectl('west', '-n', 'sample', 'delete', 'deployment', 'old', '--wait', '--cascade=foreground');
    expect(await state()).toEqual(before);
  });

  test('that is gone has nothing left to remove; the root is still where it was', async () => {
    const { stdout, stderr } = endedWith(0, await lab.isthmus.run(['uninstall', '-f', mesh, '--yes', '--crds']));
    expect(stderr).toBe('Removal of mesh shop\nwest\n  nothing to remove\neast\n  nothing to remove\n');
    expect(stdout).toMatch(/^west: 0 objects left in \d+ kinds .*, 0 finalizers, 0 webhooks, 0 definitions$/m);
    expect(stdout).toContain(`The root of the mesh is still in ${join(lab.stateFolder, 'isthmus/shop')}`);
  });
});

describe('an Istio of another owner', () => {
  test('is left alone', async () => {
    await lab.istioctl('west', 'install', '-y', '--set', 'values.global.imagePullPolicy=IfNotPresent');
    const { clusters } = await uninstall(0, '--clusters', 'west', '--crds');
    expect(clusters).toMatchObject([{ outcome: 'Removed', removed: {} }]);
    expect(await lab.kubectl('west', '-n', 'istio-system', 'get', 'deployment/istiod', '-o', 'name')).toContain(
      'istiod',
    );
  });

  test('goes when asked for, though its namespace hangs in Terminating on a finalizer that nobody serves', async () => {
    await lab.kubectl('west', 'create', '-f', await lab.file('definition.yaml', operatorDefinition));
    await lab.kubectl('west', 'wait', '--for=condition=Established', 'crd/istiooperators.install.istio.io');
    await lab.kubectl('west', 'create', '-f', await lab.file('operator.yaml', operator));
    await lab.kubectl('west', 'delete', 'namespace', 'istio-system', '--wait=false');
    await lab.kubectl(
      'west',
      'wait',
      'namespace/istio-system',
      '--for=condition=NamespaceFinalizersRemaining',
      '--timeout=240s',
    );
    const args = ['uninstall', '-f', mesh, '--clusters', 'west', '--any-istio', '--crds', '--yes'];
    const { stdout, stderr } = endedWith(0, await lab.isthmus.run(args));
    expect(stderr).toContain('Namespace istio-system (Terminating)');
    expect(stderr).toMatch(/NamespaceFinalizersRemaining: .*istio-finalizer\.install\.istio\.io in 1 resource/);
    expect(stderr).toContain(
      'IstioOperator istio-system/installed-state: no controller serves its finalizer istio-finalizer.install.istio.io; removed',
    );
    expect(stdout).toMatch(/^west: 0 objects left in .* 0 definitions$/m);
    expect(await state()).toEqual(before);
  });
});

describe('a finalizer of another owner', () => {
  test('is named and left; when its owner has served it the same command finishes', async () => {
    const file = await lab.file('alone.yaml', eastAlone);
    endedWith(0, await lab.isthmus.run(['apply', '-f', file]));
    const held = ['-n', 'istio-system', 'patch', 'configmap', 'values', '--type=merge', '-p'];
    await lab.kubectl('east', ...held, '{"metadata":{"finalizers":["example.com/keep"]}}');
    const args = ['uninstall', '-f', file, '--crds', '--yes'];
    const { stdout } = endedWith(9, await lab.isthmus.run([...args, '--timeout', '25s']));
    expect(stdout).toContain('left ConfigMap istio-system/values: it waits for the finalizer example.com/keep');
    expect(stdout).toContain(`Resume with: isthmus uninstall -f ${file} --crds`);
    expect(await lab.kubectl('east', 'get', 'namespace', 'istio-system', '-o', 'jsonpath={.status.phase}')).toBe(
      'Active',
    );
    await lab.kubectl('east', ...held, '{"metadata":{"finalizers":null}}');
    endedWith(0, await lab.isthmus.run(args));
    expect(await state()).toEqual(before);
  });
});
