import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/objects/object.ts';
import type { VerifyReport } from '../../src/verify/report.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { type CompanyCa, caExtensions, companyCa } from '../support/company-ca.ts';
import { startTestLab, type TestLab, twoClusters } from '../support/lab.ts';

let lab: TestLab;
let company: CompanyCa;
let mesh: string;
let caCerts: Readonly<Record<string, string>>;
beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-adopt', clusters: twoClusters });
  company = companyCa();
  mesh = await declare();
});
afterAll(async () => {
  company?.[Symbol.dispose]();
  await lab?.[Symbol.asyncDispose]();
});

/** West is to be adopted, east is empty; a company's issuer signs for both. */
async function declare(): Promise<string> {
  const root = company.make({ name: 'company-root' });
  const issuer = company.make({ name: 'mesh-issuer', signer: root, extensions: caExtensions(1) });
  const west = company.make({ name: 'west-istio', signer: issuer, extensions: caExtensions(0), days: 300 });
  caCerts = {
    'ca-cert.pem': west.certificate,
    'ca-key.pem': west.privateKey,
    'cert-chain.pem': `${west.certificate}${issuer.certificate}`,
    'root-cert.pem': root.certificate,
  };
  const files = { certificate: issuer.certificateFile, privateKey: issuer.privateKeyFile, root: root.certificateFile };
  const cluster = (name: string, network: string, spec: object): object => ({
    kind: 'MeshCluster',
    metadata: { name },
    spec: { network, injectNamespaces: ['sample'], ...spec },
  });
  const documents = [
    {
      kind: 'Mesh',
      metadata: { name: 'shop' },
      spec: { istio: { version: '1.31' }, home: 'east', trust: { issuer: { files } } },
    },
    cluster('west', 'us', { istio: { renderer: 'Installed' } }),
    cluster('east', 'eu', {}),
  ];
  const path = join(lab.folder, 'mesh.yaml');
  const texts = documents.map((document) => JSON.stringify({ apiVersion: 'isthmus.dev/v1alpha1', ...document }));
  await writeFile(path, texts.join('\n---\n'));
  return path;
}

async function names(cluster: string, ...args: string[]): Promise<readonly string[]> {
  const text = await lab.kubectl(cluster, 'get', ...args, '-o', 'name');
  return text.split('\n').filter((line) => line !== '');
}

async function istiod(): Promise<KubeObject> {
  return await lab.objects<KubeObject>(
    'west',
    '-n',
    'istio-system',
    'get',
    'deployment',
    'istiod',
    '--show-managed-fields',
  );
}

async function install(...settings: string[]): Promise<void> {
  const sets = settings.flatMap((setting) => ['--set', setting]);
  await lab.istioctl('west', 'install', '-y', '--set', 'profile=minimal', ...sets, '--readiness-timeout', '80s');
}

describe('an Istio that was installed for itself alone', () => {
  test('is refused with everything that keeps it from the mesh, before anything is written', async () => {
    await install();
    const { stderr } = endedWith(5, await lab.isthmus.run(['apply', '-f', mesh]));
    expect(stderr).toContain('the Istio that is installed does not fit the mesh; nothing was changed');
    expect(stderr).toContain('west: its istiod calls the cluster Kubernetes, and the mesh calls it west');
    expect(stderr).toContain('istioctl install --context west --set values.global.multiCluster.clusterName=west');
    expect(stderr).toContain('west: its proxies are in no network, and the mesh has the cluster in us');
    expect(stderr).toContain('west: its istiod signs with a root that it made for itself');
    expect(stderr).toContain('[adoption-refused]');
    for (const cluster of ['west', 'east']) {
      expect(await names(cluster, 'namespaces')).not.toContain('namespace/isthmus-system');
    }
  });

  test('is refused until istiod signs with the certificates that it was given', async () => {
    const sources = Object.entries(caCerts).map(([key, text]) => `--from-file=${key}=${company.write(key, text)}`);
    await lab.kubectl('west', '-n', 'istio-system', 'create', 'secret', 'generic', 'cacerts', ...sources);
    const { stderr } = endedWith(5, await lab.isthmus.run(['apply', '-f', mesh]));
    expect(stderr).toContain('west: its istiod does not sign with the Secret cacerts that is there');
    expect(stderr).toContain('kubectl --context west -n istio-system rollout restart deployment/istiod');
  });
});

describe('an Istio that fits', () => {
  test('is joined as it is, with an empty cluster', async () => {
    await install(
      'values.global.multiCluster.clusterName=west',
      'values.global.network=us',
      'values.global.meshID=shop',
    );
    await lab.kubectl('west', '-n', 'istio-system', 'rollout', 'restart', 'deployment/istiod');
    await lab.kubectl('west', '-n', 'istio-system', 'rollout', 'status', 'deployment/istiod', '--timeout=80s');
    const before = await istiod();
    endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
    const after = await istiod();
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.spec).toEqual(before.spec);
    expect(JSON.stringify(after.metadata)).not.toContain('isthmus');
    expect(endedWith(0, await lab.isthmus.run(['plan', '-f', mesh, '--exit-code'])).stdout).toContain('nothing to do');
  });

  test('is healthy, and real requests cross it', async () => {
    endedWith(0, await lab.isthmus.run(['status', '-f', mesh]));
    const report = jsonOf<VerifyReport>(endedWith(0, await lab.isthmus.run(['verify', '-f', mesh, '-o', 'json'])));
    expect(report).toMatchObject({ ok: true, passed: 4, total: 4 });
  });

  test('stays when the mesh is uninstalled', async () => {
    endedWith(0, await lab.isthmus.run(['uninstall', '-f', mesh, '--yes']));
    const left = await names('west', '-n', 'istio-system', 'deployments,services,secrets,serviceaccounts,configmaps');
    expect(left).toEqual(
      expect.arrayContaining(['deployment.apps/istiod', 'service/istiod', 'secret/cacerts', 'configmap/istio']),
    );
    expect(left.filter((name) => /isthmus|eastwest|remote-secret/.test(name))).toEqual([]);
    expect(await names('west', 'customresourcedefinitions')).toContain(
      'customresourcedefinition.apiextensions.k8s.io/virtualservices.networking.istio.io',
    );
    expect(await names('west', 'namespaces')).not.toContain('namespace/isthmus-system');
    expect(await names('east', 'namespaces')).not.toContain('namespace/istio-system');
    await lab.kubectl('west', '-n', 'istio-system', 'rollout', 'status', 'deployment/istiod', '--timeout=20s');
  });
});
