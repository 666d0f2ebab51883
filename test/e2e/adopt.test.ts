import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/objects/object.ts';
import type { VerifyReport } from '../../src/report/verify.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { type CompanyCa, caExtensions, companyCa, type MadeByOpenssl } from '../support/company-ca.ts';
import { helm, istioValuesOfTheLab } from '../support/helm.ts';
import { startTestLab, type TestLab, twoClusters } from '../support/lab.ts';

let lab: TestLab;
let company: CompanyCa;
let root: MadeByOpenssl;
let issuer: MadeByOpenssl;
/** West's Istio is to be adopted, east is empty. */
let mesh: string;
beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-adopt', clusters: twoClusters });
  company = companyCa();
  root = company.make({ name: 'company-root' });
  issuer = company.make({ name: 'mesh-issuer', signer: root, extensions: caExtensions(1) });
  const adopted = { istio: { renderer: 'Installed' } };
  mesh = await declare('mesh.yaml', { home: 'east', clusters: { west: adopted, east: {} } });
});
afterAll(async () => {
  company?.[Symbol.dispose]();
  await lab?.[Symbol.asyncDispose]();
});

interface Wish {
  readonly istio?: object;
  /** Left out: a company's issuer signs for its clusters. */
  readonly trust?: object;
  readonly home: string;
  /** What the mesh calls east; left out, its context. */
  readonly east?: string;
  /** What the clusters' specs say besides. */
  readonly clusters: Readonly<Record<'west' | 'east', object>>;
}

async function declare(file: string, { istio = {}, trust, home, east = 'east', clusters }: Wish): Promise<string> {
  const files = { certificate: issuer.certificateFile, privateKey: issuer.privateKeyFile, root: root.certificateFile };
  const documents = [
    {
      kind: 'Mesh',
      metadata: { name: 'shop' },
      spec: { istio: { version: '1.31', ...istio }, home, trust: trust ?? { issuer: { files } } },
    },
    ...twoClusters.map(({ name, network }) => ({
      kind: 'MeshCluster',
      metadata: { name: name === 'east' ? east : name },
      spec: { access: { context: name }, network, injectNamespaces: ['sample'], ...clusters[name as 'west' | 'east'] },
    })),
  ];
  const texts = documents.map((document) => JSON.stringify({ apiVersion: 'isthmus.dev/v1alpha1', ...document }));
  return await lab.file(file, texts.join('\n---\n'));
}

/** Gives a cluster an intermediate of that issuer, as somebody did who installed its Istio; `Tls` is cert-manager's form. */
async function giveCaCerts(
  cluster: string,
  signer: MadeByOpenssl,
  top: MadeByOpenssl,
  form: 'Files' | 'Tls' = 'Files',
): Promise<void> {
  const own = company.make({ name: `${cluster}-of-${signer.name}`, signer, extensions: caExtensions(0), days: 300 });
  const chain = `${own.certificate}${signer.certificate}`;
  const texts = {
    Files: {
      'ca-cert.pem': own.certificate,
      'ca-key.pem': own.privateKey,
      'cert-chain.pem': chain,
      'root-cert.pem': top.certificate,
    },
    Tls: { 'tls.crt': chain, 'tls.key': own.privateKey, 'ca.crt': top.certificate },
  }[form];
  const sources = Object.entries(texts).map(([key, text]) => `--from-file=${key}=${company.write(key, text)}`);
  await lab.kubectl(cluster, '-n', 'istio-system', 'delete', 'secret', 'cacerts', '--ignore-not-found');
  await lab.kubectl(cluster, '-n', 'istio-system', 'create', 'secret', 'generic', 'cacerts', ...sources);
}

async function names(cluster: string, ...args: string[]): Promise<readonly string[]> {
  const text = await lab.kubectl(cluster, 'get', ...args, '-o', 'name');
  return text.split('\n').filter((line) => line !== '');
}

async function istiod(cluster = 'west'): Promise<KubeObject> {
  return await lab.objects<KubeObject>(
    cluster,
    '-n',
    'istio-system',
    'get',
    'deployment',
    'istiod',
    '--show-managed-fields',
  );
}

const setImage = ['-n', 'istio-system', 'set', 'image', 'deployment/istiod'];

async function install(...settings: string[]): Promise<void> {
  const sets = settings.flatMap((setting) => ['--set', setting]);
  await lab.istioctl('west', 'install', '-y', '--set', 'profile=minimal', ...sets, '--readiness-timeout', '240s');
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

  test('is refused when it states a version that is too far from the mesh', async () => {
    const image = (version: string): Promise<string> =>
      lab.kubectl('west', ...setImage, `discovery=docker.io/istio/pilot:${version}`);
    await image('1.29.2');
    const { stderr } = endedWith(5, await lab.isthmus.run(['apply', '-f', mesh]));
    expect(stderr).toContain('west: istiod is version 1.29.2, which is more than one minor version from 1.31');
    await image('1.31.0');
  });

  test('is refused until istiod signs with the certificates that it was given', async () => {
    await giveCaCerts('west', issuer, root);
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
    await lab.kubectl('west', '-n', 'istio-system', 'rollout', 'status', 'deployment/istiod', '--timeout=240s');
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
    endedWith(0, await lab.isthmus.run(['uninstall', '-f', mesh, '--crds', '--yes']));
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

describe('a mesh in which every Istio was there before', () => {
  const wait = ['--wait', '--timeout', '240s'];
  /** West's is of istioctl, east's is of Helm; the root that they share is the mesh's, and no issuer is named. */
  let whole: string;
  /** As clouds name what they make: 63 characters, and a value of a label. */
  const apac = 'cn-shop-prod-331513-asia-southeast1-a-shop-cluster-of-the-shops';
  const network = 'AWS_ap-1.a';
  /** What was said to be done in east. */
  let fixes: readonly string[];

  async function refusal(): Promise<string> {
    return endedWith(5, await lab.isthmus.run(['apply', '-f', whole])).stderr;
  }

  test('is refused while one that Helm installed has another name, another network and another root', async () => {
    whole = await declare('whole.yaml', {
      istio: { renderer: 'Installed' },
      trust: {},
      home: 'west',
      east: apac,
      clusters: { west: {}, east: { network } },
    });
    const values = { ...istioValuesOfTheLab.values, meshConfig: istioValuesOfTheLab.meshConfig };
    const file = await lab.file('values.json', JSON.stringify(values));
    const stranger = company.make({ name: 'another-root' });
    await helm(lab, 'east', 'install', 'istio-base', 'istio/base', '-n', 'istio-system', '--create-namespace');
    await giveCaCerts('east', stranger, stranger);
    const wrong = ['--set', 'global.multiCluster.clusterName=apac', '--set', 'global.network=us'];
    await helm(lab, 'east', 'install', 'istiod', 'istio/istiod', '-n', 'istio-system', '-f', file, ...wrong, ...wait);
    const gateway = ['istio-eastwestgateway', 'istio/gateway', '-n', 'istio-system', '--set', 'networkGateway=us'];
    await helm(lab, 'east', 'install', ...gateway, ...wait);
    const stderr = await refusal();
    expect(stderr).toContain(`${apac}: its istiod calls the cluster apac, and the mesh calls it ${apac}`);
    expect(stderr).toContain(`${apac}: its proxies are in network us, and the mesh has the cluster in ${network}`);
    expect(stderr).toContain(`${apac}: Service istio-system/istio-eastwestgateway is the way into network us`);
    expect(stderr).toContain(
      `${apac}: Deployment istio-system/istio-eastwestgateway is given the endpoints of network us`,
    );
    expect(stderr).toMatch(/: root-cert\.pem trusts a root that is not the mesh's, .*CN=another-root/);
    expect(stderr).not.toContain('  west: ');
    for (const { name } of twoClusters)
      expect(await names(name, 'namespaces')).not.toContain('namespace/isthmus-system');
    fixes = [
      ...new Set([...stderr.matchAll(/`helm (upgrade [^`]* --kube-context east [^`]*)`/g)].map(([, fix]) => fix ?? '')),
    ];
    expect(fixes).toHaveLength(2);
  });

  test('is joined without installing anything again, when it was put right as was said', async () => {
    await giveCaCerts('east', issuer, root, 'Tls');
    for (const fix of fixes) await helm(lab, 'east', ...fix.split(' '), ...wait);
    const clusters = ['west', 'east'];
    const before = await Promise.all(clusters.map(istiod));
    const releases = await helm(lab, 'east', 'list', '-n', 'istio-system', '-o', 'json');
    endedWith(0, await lab.isthmus.run(['apply', '-f', whole]));
    const after = await Promise.all(clusters.map(istiod));
    expect(after.map(({ spec }) => spec)).toEqual(before.map(({ spec }) => spec));
    expect(after.map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
    expect(endedWith(0, await lab.isthmus.run(['plan', '-f', whole, '--exit-code'])).stdout).toContain('nothing to do');
    const report = jsonOf<VerifyReport>(endedWith(0, await lab.isthmus.run(['verify', '-f', whole, '-o', 'json'])));
    expect(report).toMatchObject({ ok: true, passed: 4, total: 4 });
    endedWith(0, await lab.isthmus.run(['uninstall', '-f', whole, '--yes']));
    expect(await helm(lab, 'east', 'list', '-n', 'istio-system', '-o', 'json')).toBe(releases);
    for (const name of clusters) {
      const left = await names(name, '-n', 'istio-system', 'deployments,secrets,gateways.networking.istio.io');
      expect(left).toEqual(expect.arrayContaining(['deployment.apps/istiod', 'secret/cacerts']));
      expect(left.filter((one) => /isthmus|remote-secret|cross-network/.test(one))).toEqual([]);
    }
    expect(await names('east', '-n', 'istio-system', 'deployments')).toContain('deployment.apps/istio-eastwestgateway');
  });
});
