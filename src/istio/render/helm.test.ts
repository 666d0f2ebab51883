import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ingressOperator, istioOperator } from '../operator.ts';
import { createHelm, releasesOf } from './helm.ts';

const plane = { mesh: 'shop', cluster: 'west', network: 'us', trustDomain: 'cluster.local', version: '1.31' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-helm-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** An executable named helm in place of the real one; it writes its arguments to a file beside it. */
async function standIn(script: string): Promise<string> {
  const file = join(folder, 'helm');
  await writeFile(file, `#!/bin/sh\necho "$@" >> ${folder}/calls\n${script}\n`, { mode: 0o755 });
  return file;
}

async function chartsFolder(): Promise<string> {
  for (const chart of ['base', 'istiod', 'gateway']) {
    await mkdir(join(folder, 'charts', chart, 'templates'), { recursive: true });
    for (const name of ['Chart.yaml', 'values.yaml']) await writeFile(join(folder, 'charts', chart, name), '');
  }
  return join(folder, 'charts');
}

async function calls(): Promise<string[]> {
  return (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n').sort();
}

describe('the releases of a cluster', () => {
  test('are base and istiod, and what stands below pilot is istiod its own', () => {
    const settings = [{ values: { pilot: { replicaCount: 2 }, global: { logAsJson: true } } }];
    const [base, istiod, ...more] = releasesOf(istioOperator({ ...plane, settings }));
    expect(more).toEqual([]);
    expect([base?.chart, istiod?.chart]).toEqual(['base', 'istiod']);
    expect(istiod?.values).toMatchObject({
      replicaCount: 2,
      global: { logAsJson: true, network: 'us', multiCluster: { clusterName: 'west' } },
      meshConfig: { trustDomain: 'cluster.local' },
    });
    expect(istiod?.values).not.toHaveProperty('pilot');
  });

  test('have a gateway where the mesh spans networks', () => {
    const gateway = { replicas: 2, annotations: { a: 'b' } };
    const release = releasesOf(istioOperator({ ...plane, gateway, settings: [] }))[2];
    expect(release).toMatchObject({
      chart: 'gateway',
      name: 'istio-eastwestgateway',
      values: {
        labels: { istio: 'eastwestgateway' },
        env: { ISTIO_META_REQUESTED_NETWORK_VIEW: 'us' },
        service: { annotations: { a: 'b' }, ports: expect.arrayContaining([expect.objectContaining({ port: 15443 })]) },
        autoscaling: { enabled: false },
        replicaCount: 2,
        rbac: { enabled: false },
      },
    });
  });
});

test('the ingress gateway is a release alone, with its certificates mounted and no right to read Secrets', () => {
  const releases = releasesOf(ingressOperator({ ...plane, revision: 'green', settings: [] }));
  expect(releases.map(({ chart, name }) => [chart, name])).toEqual([['gateway', 'istio-ingressgateway']]);
  const secret = { secretName: 'istio-ingressgateway-certs', optional: true };
  expect(releases[0]?.values).toMatchObject({
    labels: { app: 'istio-ingressgateway', istio: 'ingressgateway' },
    revision: 'green',
    rbac: { enabled: false },
    volumes: [{ name: 'ingressgateway-certs', secret }, { name: 'ingressgateway-ca-certs' }],
    volumeMounts: [
      { name: 'ingressgateway-certs', mountPath: '/etc/istio/ingressgateway-certs', readOnly: true },
      { name: 'ingressgateway-ca-certs' },
    ],
    service: { ports: [{ port: 15021 }, { port: 80, targetPort: 8080 }, { port: 443, targetPort: 8443 }] },
  });
});

test('a revision goes to every release, and beside an Istio that is there is the gateway alone', () => {
  const releases = releasesOf(istioOperator({ ...plane, gateway: {}, revision: 'green', settings: [] }));
  expect(releases.map(({ chart, values }) => [chart, values.revision])).toEqual([
    ['base', 'green'],
    ['istiod', 'green'],
    ['gateway', 'green'],
  ]);
  const beside = releasesOf(istioOperator({ ...plane, role: 'GatewayOnly', gateway: {}, settings: [] }));
  expect(beside.map(({ chart }) => chart)).toEqual(['gateway']);
});

test('charts of a folder and of a repository', async () => {
  const path = await standIn(
    "cat > /dev/null; printf 'kind: ServiceAccount\\napiVersion: v1\\nmetadata: {name: x}\\n'",
  );
  const operator = istioOperator({ ...plane, settings: [] });
  const charts = await chartsFolder();
  const objects = await createHelm({ charts, version: '1.31', path, environment: {} }).render(operator);
  expect(objects).toHaveLength(2);
  const flags = '--namespace istio-system --include-crds --values -';
  expect(await calls()).toEqual([
    `template istio-base ${charts}/base ${flags}`,
    `template istiod ${charts}/istiod ${flags}`,
  ]);
  await rm(join(folder, 'calls'));
  const url = 'https://charts.example.com';
  await createHelm({ charts: url, version: '1.31', path, environment: {} }).render(operator);
  expect(await calls()).toContain(`template istiod istiod --repo ${url} --version ~1.31.0 ${flags}`);
});

test('helm is given the absolute path of a folder', async () => {
  const path = await standIn('cat > /dev/null');
  const charts = await chartsFolder();
  const named = relative(process.cwd(), charts);
  await createHelm({ charts: named, version: '1.31', path, environment: {} }).render(
    istioOperator({ ...plane, settings: [] }),
  );
  expect((await calls())[0]).toContain(`template istio-base ${charts}/base `);
});

test('the version is that of the chart', async () => {
  const path = await standIn("printf 'name: istiod\\nappVersion: 1.31.2\\n'");
  const charts = await chartsFolder();
  const found = await createHelm({ charts, version: '1.31', path, environment: {} }).version();
  expect(found).toEqual({ version: '1.31.2', source: `the chart istiod of ${charts}` });
});

test.each([
  ['no program', { path: '/nowhere/helm', charts: '/nowhere' }, 'helm-not-found'],
  ['no charts', { charts: '/nowhere' }, 'helm-failed'],
])('%s', async (_, options, code) => {
  const path = await standIn('exit 1');
  const helm = createHelm({ version: '1.31', path, environment: {}, ...options });
  await expect(helm.version()).rejects.toMatchObject({ code });
});
