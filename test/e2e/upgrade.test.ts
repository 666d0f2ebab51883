import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppliedCluster, ApplyReport } from '../../src/report/apply.ts';
import type { VerifyReport } from '../../src/report/verify.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';

const clusters = ['west', 'east'] as const;

let lab: TestLab;
let mesh: string;
beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-upgrade', clusters: twoClusters });
  mesh = join(lab.folder, 'mesh.yaml');
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

interface Declared {
  readonly istio: object;
  /** Of the namespaces shop and legacy. */
  readonly moved?: readonly string[];
}

async function declare({ istio, moved = [] }: Declared): Promise<void> {
  const documents = [
    { kind: 'Mesh', metadata: { name: 'shop' }, spec: { istio: { version: '1.31', ...istio }, home: 'west' } },
    ...twoClusters.map(({ name, network }) => ({
      kind: 'MeshCluster',
      metadata: { name },
      spec: { network, injectNamespaces: ['shop', 'legacy'], movedNamespaces: moved },
    })),
  ];
  const texts = documents.map((document) => JSON.stringify({ apiVersion: 'isthmus.dev/v1alpha1', ...document }));
  await writeFile(mesh, texts.join('\n---\n'));
}

async function apply(): Promise<ApplyReport> {
  return jsonOf(endedWith(0, await lab.isthmus.run(['apply', '-f', mesh, '-o', 'json'])));
}

async function verify(): Promise<void> {
  const report = jsonOf<VerifyReport>(endedWith(0, await lab.isthmus.run(['verify', '-f', mesh, '-o', 'json'])));
  expect(report).toMatchObject({ ok: true, passed: 4, total: 4 });
}

async function plan(): Promise<string> {
  return endedWith(0, await lab.isthmus.run(['plan', '-f', mesh, '--exit-code'])).stdout;
}

/** Why objects stay in a cluster that the mesh no longer wants. */
function keptFor({ clusters: outcomes }: ApplyReport, cluster: string): readonly string[] {
  const outcome = outcomes.find((one): one is AppliedCluster => {
    return one.cluster === cluster && one.outcome === 'Applied';
  });
  return [...new Set((outcome?.pruned?.kept ?? []).map(({ reason }) => reason))];
}

async function istiods(cluster: string): Promise<readonly string[]> {
  const names = await lab.kubectl(
    cluster,
    '-n',
    'istio-system',
    'get',
    'deployments',
    '-l',
    'app=istiod',
    '-o',
    'name',
  );
  return names
    .trim()
    .split('\n')
    .map((name) => name.replace('deployment.apps/', ''));
}

/** The revision of the only pod in a namespace of west that has not ended. */
async function servedBy(namespace: string): Promise<string> {
  const path = '{.items[*].metadata.annotations.istio\\.io/rev}';
  return await lab.kubectl('west', '-n', namespace, 'get', 'pods', '-o', `jsonpath=${path}`);
}

async function restart(namespace: string): Promise<void> {
  await lab.kubectl('west', '-n', namespace, 'rollout', 'restart', 'deployment/client');
  await lab.kubectl('west', '-n', namespace, 'rollout', 'status', 'deployment/client', '--timeout=240s');
}

describe('an upgrade by revision', () => {
  test('starts from a mesh of one revision', async () => {
    await declare({ istio: { revision: 'blue' } });
    await apply();
    expect(await istiods('west')).toEqual(['istiod-blue']);
    for (const namespace of ['shop', 'legacy']) {
      const labels = await lab.kubectl('west', 'get', 'namespace', namespace, '-o', 'jsonpath={.metadata.labels}');
      expect(JSON.parse(labels)).toMatchObject({ 'istio.io/rev': 'blue' });
      await lab.kubectl('west', '-n', namespace, 'apply', '-f', join(checkout, 'lab/manifests/client.yaml'));
      await lab.kubectl('west', '-n', namespace, 'rollout', 'status', 'deployment/client', '--timeout=240s');
      expect(await servedBy(namespace)).toBe('blue');
    }
    expect(await plan()).toContain('nothing to do');
    await verify();
  });

  test('puts the new control plane beside the old one, and moves nothing', async () => {
    await declare({ istio: { revision: 'green', previousRevision: 'blue' } });
    const report = await apply();
    for (const cluster of clusters) {
      expect((await istiods(cluster)).toSorted()).toEqual(['istiod-blue', 'istiod-green']);
      expect(keptFor(report, cluster)).toEqual(['spec.istio.previousRevision names revision blue']);
    }
    const labels = await lab.kubectl('west', 'get', 'namespace', 'shop', '-o', 'jsonpath={.metadata.labels}');
    expect(JSON.parse(labels)).toMatchObject({ 'istio.io/rev': 'blue' });
    expect(await plan()).toContain('nothing to do');
    await verify();
  });

  test('moves one namespace when it is named', async () => {
    await declare({ istio: { revision: 'green', previousRevision: 'blue' }, moved: ['shop'] });
    await apply();
    for (const namespace of ['shop', 'legacy']) await restart(namespace);
    expect(await servedBy('shop')).toBe('green');
    expect(await servedBy('legacy')).toBe('blue');
  });

  test('keeps the old control plane while it serves a pod, and says which', async () => {
    await declare({ istio: { revision: 'green' } });
    const report = await apply();
    expect(keptFor(report, 'west')).toEqual([
      expect.stringMatching(/^revision blue still serves pod legacy\/client-\S+$/),
    ]);
    expect((await istiods('west')).toSorted()).toEqual(['istiod-blue', 'istiod-green']);
    // Nothing in east was ever injected by it.
    expect(await istiods('east')).toEqual(['istiod-green']);
    await verify();
  });

  test('removes it when nothing uses it', async () => {
    await restart('legacy');
    expect(await servedBy('legacy')).toBe('green');
    await apply();
    for (const cluster of clusters) expect(await istiods(cluster)).toEqual(['istiod-green']);
    const kinds = 'clusterroles,clusterrolebindings,mutatingwebhookconfigurations,validatingwebhookconfigurations';
    const left = [
      await lab.kubectl('west', 'get', kinds, '-o', 'name'),
      await lab.kubectl(
        'west',
        '-n',
        'istio-system',
        'get',
        'deployments,services,configmaps,serviceaccounts,hpa',
        '-o',
        'name',
      ),
    ].join('\n');
    expect(left.split('\n').filter((name) => name.includes('blue'))).toEqual([]);
    expect(await plan()).toContain('nothing to do');
    await verify();
  });
});

describe('a change of istiods that serve', () => {
  test('goes from cluster to cluster', async () => {
    await declare({ istio: { revision: 'green', values: { pilot: { env: { PILOT_DEBOUNCE_MAX: '9s' } } } } });
    const { stderr } = endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
    const lines = stderr.split('\n');
    const first = lines.findIndex((line) => /^west .*Deployment istio-system\/istiod-green available \(/.test(line));
    expect(first).toBeGreaterThan(-1);
    expect(lines.findIndex((line) => /^east +control plane: /.test(line))).toBeGreaterThan(first);
  });

  test('that fails stops at the first cluster, and the mesh goes on', async () => {
    await declare({ istio: { revision: 'green', values: { pilot: { image: 'docker.io/istio/none:1.31.0' } } } });
    const { stdout } = endedWith(4, await lab.isthmus.run(['apply', '-f', mesh]));
    expect(stdout).toMatch(/^west: error: .*docker.io\/istio\/none:1\.31\.0.* \[rollout-stuck\]$/m);
    expect(stdout).toMatch(/^east: error: east: its istiod is left as it is, because the same change failed before: /m);
    const image = (cluster: string): Promise<string> =>
      lab.kubectl(cluster, '-n', 'istio-system', 'get', 'deployment/istiod-green', '-o', 'jsonpath={..image}');
    expect(await image('west')).toBe('docker.io/istio/none:1.31.0');
    expect(await image('east')).toBe('docker.io/istio/pilot:1.31.0');
    await verify();
    await declare({ istio: { revision: 'green' } });
    await apply();
    expect(await plan()).toContain('nothing to do');
  });
});

describe('versions that do not go together', () => {
  async function refused(): Promise<string> {
    const { stderr } = endedWith(5, await lab.isthmus.run(['plan', '-f', mesh]));
    expect(stderr).toContain('[version-skew]');
    return stderr;
  }

  /** What an istiod states, for only one Istio is built here: nothing of that version runs. */
  const image = (version: string): string => `docker.io/istio/pilot:${version}`;

  test('are refused when an istiod would be changed, and not before', async () => {
    const old = ['-n', 'istio-system', 'create', 'deployment', 'istiod-old', `--image=${image('1.29.2')}`];
    const labels = ['app=istiod', 'istio.io/rev=old', '--overwrite'];
    await lab.kubectl('east', ...old, '--replicas=0');
    await lab.kubectl('east', '-n', 'istio-system', 'label', 'deployment', 'istiod-old', ...labels);
    expect(await plan()).toContain('nothing to do');
    await declare({ istio: { revision: 'green', values: { pilot: { env: { PILOT_DEBOUNCE_MAX: '8s' } } } } });
    expect(await refused()).toContain(
      'east: the istiod of revision old is version 1.29.2, which is more than one minor version from 1.31.0: go through 1.30',
    );
    await lab.kubectl(
      'east',
      '-n',
      'istio-system',
      'set',
      'image',
      'deployment/istiod-old',
      `pilot=${image('1.30.4')}`,
    );
    endedWith(0, await lab.isthmus.run(['plan', '-f', mesh]));
    await lab.kubectl('east', '-n', 'istio-system', 'delete', 'deployment', 'istiod-old');
    await declare({ istio: { revision: 'green' } });
  });

  test('are refused while proxies are left that the new istiod is too new for', async () => {
    const metadata = { 'proxy.istio.io/config': 'proxyMetadata: { ISTIO_META_ISTIO_VERSION: 1.29.2 }' };
    const pods = { spec: { template: { metadata: { annotations: metadata } } } };
    await lab.kubectl('west', '-n', 'legacy', 'patch', 'deployment', 'client', '-p', JSON.stringify(pods));
    await lab.kubectl('west', '-n', 'legacy', 'rollout', 'status', 'deployment/client', '--timeout=240s');
    const { stdout } = endedWith(7, await lab.isthmus.run(['status', '-f', mesh]));
    expect(stdout).toMatch(
      /west: proxies are too old for istiod 1\.31\.0: legacy\/client-\S+ \(1\.29\.2\) \[skew-proxy\]\n {2}restart/,
    );
    await lab.kubectl(
      'west',
      '-n',
      'istio-system',
      'set',
      'image',
      'deployment/istiod-green',
      `discovery=${image('1.30.4')}`,
    );
    expect(await refused()).toMatch(
      /west: proxies too old for istiod 1\.31\.0, so restart their pods first: legacy\/client-\S+ \(1\.29\.2\) /,
    );
    const none = { spec: { template: { metadata: { annotations: { 'proxy.istio.io/config': null } } } } };
    await lab.kubectl('west', '-n', 'legacy', 'patch', 'deployment', 'client', '-p', JSON.stringify(none));
    await lab.kubectl('west', '-n', 'legacy', 'rollout', 'status', 'deployment/client', '--timeout=240s');
    await apply();
    expect(await plan()).toContain('nothing to do');
  });
});

describe('a cluster without an istiod of its own', () => {
  test('is served by a revision of its primary, and nothing of it is left', async () => {
    endedWith(0, await lab.isthmus.run(['uninstall', '-f', mesh, '--yes']));
    const documents = [
      { kind: 'Mesh', metadata: { name: 'other' }, spec: { istio: { version: '1.31', revision: 'blue' } } },
      { kind: 'MeshCluster', metadata: { name: 'west' }, spec: { network: 'us', injectNamespaces: ['shop'] } },
      {
        kind: 'MeshCluster',
        metadata: { name: 'east' },
        spec: { network: 'eu', injectNamespaces: ['shop'], controlPlane: { remoteOf: 'west' } },
      },
    ];
    const texts = documents.map((document) => JSON.stringify({ apiVersion: 'isthmus.dev/v1alpha1', ...document }));
    await writeFile(mesh, texts.join('\n---\n'));
    await apply();
    expect(await istiods('west')).toEqual(['istiod-blue']);
    const inEast = ['deployments,services', '-n', 'istio-system', '-l', 'app=istiod', '-o', 'name'];
    expect((await lab.kubectl('east', 'get', ...inEast)).trim()).toBe('service/istiod-blue');
    expect(await plan()).toContain('nothing to do');
    await verify();
    endedWith(0, await lab.isthmus.run(['uninstall', '-f', mesh, '--crds', '--yes']));
    for (const cluster of clusters) {
      const kinds =
        'namespaces,clusterroles,clusterrolebindings,customresourcedefinitions,mutatingwebhookconfigurations';
      const left = await lab.kubectl(cluster, 'get', kinds, '-o', 'name');
      expect(left.split('\n').filter((name) => /istio|isthmus/.test(name))).toEqual([]);
    }
  });
});
