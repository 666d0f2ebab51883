import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stopClusterPart } from '../../lab/src/parts.ts';
import { endedWith } from '../support/cli.ts';
import { companyCa } from '../support/company-ca.ts';
import { eventually } from '../support/eventually.ts';
import { everything } from '../support/everything.ts';
import { checkout, startTestLab, type TestLab } from '../support/lab.ts';
import { followPage } from '../support/page.ts';
import { startTlsProxy } from '../support/tls-proxy.ts';

const networks = { west: 'us', east: 'eu', apac: 'eu' } as const;
type Name = keyof typeof networks;

function meshOf(names: readonly Name[], more: Partial<Record<Name, string>> = {}): string {
  const cluster = (name: Name): string => `---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: { name: ${name} }
spec: { network: ${networks[name]}, injectNamespaces: [sample]${more[name] ?? ''} }
`;
  return `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: { name: shop }
spec: { istio: { version: "1.31" } }
${names.map(cluster).join('')}`;
}

function service(name: string, port: string): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: sample }
spec: { selector: { app: ${name} }, ports: [${port}] }
`;
}

/** A node that states pods of that range and runs none. */
function nodeOf(name: string, range: string): string {
  return `apiVersion: v1
kind: Node
metadata: { name: ${name} }
spec: { podCIDR: ${range}, podCIDRs: [${range}], unschedulable: true }
`;
}

const podText = `apiVersion: v1
kind: Pod
metadata: { name: injected }
spec: { containers: [{ name: app, image: isthmus.invalid/lab-client:1 }] }
`;

let lab: TestLab;
let two: string;
let three: string;
/** What apac held before it joined. */
let before: readonly string[];
beforeAll(async () => {
  const clusters = Object.entries(networks).map(([name, network]) => ({ name, network }));
  lab = await startTestLab({ name: 'e2e-join', clusters });
  two = await lab.file('two.yaml', meshOf(['west', 'east']));
  three = await lab.file('mesh.yaml', meshOf(['west', 'east', 'apac']));
  await Promise.all(clusters.map(({ name }) => lab.kubectl(name, 'create', 'namespace', 'sample')));
  await lab.kubectl(
    'west',
    'create',
    '-f',
    await lab.file('cart-west.yaml', service('cart', '{ name: http, port: 80 }')),
  );
  endedWith(0, await lab.isthmus.run(['apply', '-f', two]));
  before = await everything(lab, 'apac');
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

async function remotesOf(cluster: Name): Promise<string> {
  return await lab.istioctl(cluster, 'remote-clusters');
}

describe('a third cluster', () => {
  test('is refused with everything that blocks it at once, and nothing is written', async () => {
    const cart = await lab.file('cart-apac.yaml', service('cart', '{ name: web, port: 80 }'));
    const store = await lab.file('store.yaml', service('store', '{ name: tcp, port: 5432 }'));
    await lab.kubectl('apac', 'create', '-f', cart, '-f', store);
    await lab.kubectl(
      'east',
      'create',
      '-f',
      await lab.file('store-east.yaml', service('store', '{ name: http, port: 80 }')),
    );
    const image = '--image=docker.io/istio/pilot:1.29.2';
    await lab.kubectl('east', '-n', 'istio-system', 'create', 'deployment', 'istiod-old', image, '--replicas=0');
    const range = await lab.kubectl('east', 'get', 'nodes', '-o', 'jsonpath={.items[*].spec.podCIDR}');
    await lab.kubectl('apac', 'create', '-f', await lab.file('node.yaml', nodeOf('spare', range)));
    const peerServer = ', peerServer: "https://127.0.0.1:6443"';
    const file = await lab.file('refused.yaml', meshOf(['west', 'east', 'apac'], { apac: peerServer }));
    const { stdout } = endedWith(7, await lab.isthmus.run(['join', 'apac', '-f', file]));
    expect(stdout).toContain('Service sample/cart: port 80 is called "web" in apac and "http" in west');
    expect(stdout).toContain('Service sample/store has no port in common with the one in east (5432 here, 80 there)');
    expect(stdout).toContain('it is to run Istio 1.31, and east runs 1.29.2');
    expect(range).toMatch(/^198\.18\.\d+\.0\/24$/);
    expect(stdout).toContain(`pods of apac (${range}) and of east (${range}) share addresses on network eu`);
    expect(stdout).toContain('west is to reach the API server of apac at https://127.0.0.1:6443');
    expect(stdout).toContain('apac cannot join mesh shop as it is; nothing was changed');
    await lab.kubectl('east', '-n', 'istio-system', 'delete', 'deployment', 'istiod-old');
    await lab.kubectl('apac', 'delete', '-f', cart, '-f', store, '-f', join(lab.folder, 'node.yaml'));
    expect(await lab.kubectl('apac', 'get', 'namespaces', '-o', 'name')).not.toContain('istio');
    expect(await remotesOf('west')).not.toContain('apac');
  });

  test('joins when nothing blocks it, answers, and leaves without a trace: as the page says', async () => {
    const said = await followPage('docs/join-and-leave.md', { site: lab, cwd: lab.folder });
    const by = (part: string): string => said.get(`isthmus ${part}`) ?? '';
    expect(by('join apac -f mesh.yaml --check')).toMatch(/^apac can join mesh shop \(checked against west, east\)$/m);
    expect(by('join apac -f mesh.yaml')).toContain('mesh shop: 3 of 3 clusters are as declared');
    expect(by('verify -f mesh.yaml')).toContain('9 of 9 checks passed');
    const left = by('leave apac -f mesh.yaml --yes');
    const forgotten = left.indexOf('istiod no longer knows apac or any endpoint there');
    expect(forgotten).toBeGreaterThan(0);
    expect(left.indexOf('apac  webhooks: 3 gone')).toBeGreaterThan(forgotten);
    expect(left).toMatch(/^apac: 0 objects left in /m);
    expect(left).toContain('next: delete the MeshCluster apac from mesh.yaml, because an apply of it as it is');
    expect(await lab.kubectl('apac', 'get', 'customresourcedefinitions', '-l', 'isthmus.dev/mesh', '-o', 'name')).toBe(
      '',
    );
    expect(await remotesOf('west')).not.toContain('apac');
    endedWith(0, await lab.isthmus.run(['plan', '-f', two, '--exit-code']));
    const after = await everything(lab, 'apac');
    expect(after.filter((name) => !/^(CustomResourceDefinition|APIService) .*\.istio\.io$/.test(name))).toEqual(before);
  });
});

describe('a cluster that leaves', () => {
  test('is refused where the mesh cannot do without it', async () => {
    const { stderr } = endedWith(5, await lab.isthmus.run(['leave', 'west', '-f', three, '--yes']));
    expect(stderr).toContain('west is the home of the mesh: it keeps the documents, the issuer and the lock');
  });
});

describe('a cluster that is gone for good', () => {
  const endpoints = (): Promise<string> =>
    lab.istioctl('east', 'proxy-config', 'endpoints', 'deployment/client.sample', '--cluster', helloworld);
  const helloworld = 'outbound|5000||helloworld.sample.svc.cluster.local';

  test('is forgotten by the others, proxies and all, without an answer from it', async () => {
    endedWith(0, await lab.isthmus.run(['apply', '-f', three]));
    const manifest = join(checkout, 'lab/manifests/helloworld.yaml');
    await Promise.all([
      lab.kubectl('apac', '-n', 'sample', 'apply', '-f', manifest, '-l', 'service=helloworld'),
      lab.kubectl('apac', '-n', 'sample', 'apply', '-f', manifest, '-l', 'version=v2'),
      lab.kubectl('east', '-n', 'sample', 'apply', '-f', manifest, '-l', 'service=helloworld'),
      lab.kubectl('east', '-n', 'sample', 'apply', '-f', join(checkout, 'lab/manifests/client.yaml')),
    ]);
    await lab.kubectl(
      'east',
      '-n',
      'sample',
      'wait',
      '--for=condition=Available',
      'deployment/client',
      '--timeout=240s',
    );
    await eventually(async () => ((await endpoints()).includes('HEALTHY') ? undefined : await endpoints()), {
      timeoutMs: 80_000,
    });
    await stopClusterPart(lab.lab.name, 'apac', 'apiserver');
    const unreachable = endedWith(6, await lab.isthmus.run(['leave', 'apac', '-f', three, '--yes']));
    expect(unreachable.stderr).toContain(
      'where apac is permanently gone, run the same command again with `--cluster-lost`',
    );
    expect(await endpoints()).toContain('HEALTHY');
    endedWith(0, await lab.isthmus.run(['leave', 'apac', '-f', three, '--cluster-lost', '--yes']));
    await eventually(async () => ((await endpoints()).includes('HEALTHY') ? await endpoints() : undefined), {
      timeoutMs: 10_000,
    });
    for (const name of ['west', 'east'] as const) expect(await remotesOf(name)).not.toContain('apac');
    endedWith(0, await lab.isthmus.run(['plan', '-f', two, '--exit-code']));
  });
});

describe('a member of a running mesh', () => {
  /** 63 characters. */
  const long = 'cn-shop-prod-331513-asia-southeast1-a-shop-cluster-of-the-shops';

  /** West as it was, and the cluster of the context east as it is called and described now. */
  const changed = async (name: string, spec: string, access = '{ context: east }'): Promise<string> => {
    const cluster = `---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: { name: ${name} }
spec: { access: ${access}, injectNamespaces: [sample], ${spec} }
`;
    return await lab.file('changed.yaml', `${meshOf(['west'])}${cluster}`);
  };
  const gateway = async (path: string): Promise<string> =>
    await lab.kubectl('east', '-n', 'istio-system', 'get', 'service/istio-eastwestgateway', '-o', `jsonpath=${path}`);

  async function applied(file: string): Promise<void> {
    endedWith(0, await lab.isthmus.run(['apply', '-f', file]));
    endedWith(0, await lab.isthmus.run(['plan', '-f', file, '--exit-code']));
    expect(endedWith(0, await lab.isthmus.run(['verify', '-f', file])).stdout).toContain('4 of 4 checks passed');
  }

  test('moves to another network', async () => {
    const file = await changed('east', 'network: ap');
    await applied(file);
    expect(await gateway('{.metadata.labels.topology\\.istio\\.io/network}')).toBe('ap');
    const label = [
      'get',
      'namespace',
      'istio-system',
      '-o',
      'jsonpath={.metadata.labels.topology\\.istio\\.io/network}',
    ];
    expect(await lab.kubectl('east', ...label)).toBe('ap');
  });

  test('keeps its gateway in its network where istiod still injects the old one', async () => {
    const injector = ['-n', 'istio-system', 'configmap/istio-sidecar-injector'];
    const { data } = await lab.objects<{ data: { values: string } }>('east', 'get', ...injector);
    const values = { ...JSON.parse(data.values) };
    const stale = JSON.stringify({ ...values, global: { ...values.global, network: 'eu' } });
    await lab.kubectl('east', 'patch', ...injector, '--type=merge', '-p', JSON.stringify({ data: { values: stale } }));
    const pod = await lab.file('pod.yaml', podText);
    const dryRun = ['-n', 'sample', 'create', '--dry-run=server', '-f', pod, '-o', 'yaml'];
    await eventually(
      async () =>
        /ISTIO_META_NETWORK\n +value: eu/.test(await lab.kubectl('east', ...dryRun)) ? undefined : 'still ap',
      { timeoutMs: 30_000 },
    );
    const query = ['-n', 'istio-system', 'deployment/istio-eastwestgateway'];
    await lab.kubectl('east', 'rollout', 'restart', ...query);
    await lab.kubectl('east', 'rollout', 'status', ...query, '--timeout=240s');
    const pods = await lab.kubectl(
      'east',
      '-n',
      'istio-system',
      'get',
      'pods',
      '-l',
      'app=istio-eastwestgateway',
      '-o',
      'yaml',
    );
    expect(pods).toMatch(/ISTIO_META_NETWORK\n +value: ap/);
    expect(pods).not.toMatch(/ISTIO_META_NETWORK\n +value: eu/);
    await applied(await changed('east', 'network: ap'));
  });

  test('gets a gateway on the ports of its nodes, and the plan says what is lost', async () => {
    const file = await changed('east', 'network: ap, gateway: { type: NodePort }');
    const address = await gateway('{.status.loadBalancer.ingress[0].ip}');
    const { stdout } = endedWith(0, await lab.isthmus.run(['plan', '-f', file]));
    expect(stdout).toContain(`its load balancer releases the address ${address}`);
    await applied(file);
    expect(await gateway('{.spec.type}')).toBe('NodePort');
  });

  test('gets another name, of as many characters as clouds give', async () => {
    const file = await changed(long, 'network: ap, gateway: { type: NodePort }');
    await applied(file);
    const secrets = ['-n', 'istio-system', 'get', 'secrets', '-l', 'istio/multiCluster=true', '-o', 'name'];
    expect((await lab.kubectl('west', ...secrets)).trim()).toBe(`secret/istio-remote-secret-${long}`);
    const documents = ['-n', 'isthmus-system', 'get', 'meshclusters', '-o', 'name'];
    expect((await lab.kubectl('west', ...documents)).trim().split('\n')).toEqual([
      `meshcluster.isthmus.dev/${long}`,
      'meshcluster.isthmus.dev/west',
    ]);
    const restart = '`kubectl --context east -n sample rollout restart deployment`';
    expect(endedWith(7, await lab.isthmus.run(['status', '-f', file])).stdout).toContain(restart);
    await lab.kubectl('east', '-n', 'sample', 'rollout', 'restart', 'deployment');
    await eventually(
      async () => {
        const { code, stdout } = await lab.isthmus.run(['status', '-f', file]);
        return code === 0 ? undefined : stdout;
      },
      { timeoutMs: 120_000, everyMs: 2_000 },
    );
    endedWith(0, await lab.isthmus.run(['leave', long, '-f', file, '--drain', '0s', '--yes']));
  });

  /** A kubeconfig for east by that server, with a token: what ends TLS cannot pass a client certificate on. */
  async function kubeconfigBy(server: string, authority: string): Promise<string> {
    await lab.kubectl('east', '-n', 'kube-system', 'create', 'serviceaccount', 'operator');
    const binding = ['clusterrolebinding', 'operator', '--clusterrole=cluster-admin'];
    await lab.kubectl('east', 'create', ...binding, '--serviceaccount=kube-system:operator');
    const token = (await lab.kubectl('east', '-n', 'kube-system', 'create', 'token', 'operator')).trim();
    const cluster = { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'east', cluster }],
      users: [{ name: 'operator', user: { token } }],
      contexts: [{ name: 'proxied', context: { cluster: 'east', user: 'operator' } }],
    };
    return await lab.file('proxied.json', JSON.stringify(config));
  }

  test('joins again through a proxy that ends TLS before its API server, where its peers get the CA of that', async () => {
    using company = companyCa();
    const signer = company.make({ name: 'proxy-ca' });
    const raw = await lab.kubectl(
      'east',
      'config',
      'view',
      '--minify',
      '--raw',
      '-o',
      'jsonpath={.clusters[0].cluster}',
    );
    const { server, 'certificate-authority-data': data } = JSON.parse(raw);
    const authority = Buffer.from(data, 'base64').toString();
    // The address of this machine on the network that joins the clusters.
    const host = `${new URL(server).hostname.replace(/\.\d+$/, '')}.254`;
    await using proxy = await startTlsProxy({ host, upstream: { server, authority }, company, signer });
    const access = `{ kubeconfig: ${await kubeconfigBy(proxy.server, signer.certificate)}, context: proxied }`;
    const spec = 'network: ap, gateway: { type: NodePort }';
    const wrong = await changed(long, `${spec}, peerServer: "${proxy.server}"`, access);
    const refused = endedWith(7, await lab.isthmus.run(['join', long, '-f', wrong, '--check']));
    expect(refused.stdout).toMatch(/pods of west find another certificate .*: its certificate is not trusted/);
    expect(refused.stdout).toContain(
      `set spec.peerCertificateAuthority of MeshCluster ${long} to the CA of its certificate`,
    );
    const file = await changed(long, spec, access);
    endedWith(0, await lab.isthmus.run(['join', long, '-f', file]));
    expect(endedWith(0, await lab.isthmus.run(['verify', '-f', file])).stdout).toContain('4 of 4 checks passed');
    expect(await remotesOf('west')).toMatch(new RegExp(`^${long}\\s.*synced`, 'm'));
    const secret = [
      '-n',
      'istio-system',
      'get',
      'secret',
      `istio-remote-secret-${long}`,
      '-o',
      `jsonpath={.data.${long}}`,
    ];
    const kubeconfig = Buffer.from(await lab.kubectl('west', ...secret), 'base64').toString();
    expect(kubeconfig).toContain(proxy.server);
    expect(kubeconfig).toContain(Buffer.from(signer.certificate).toString('base64').slice(0, 60));
    endedWith(0, await lab.isthmus.run(['status', '-f', file]));
  });
});
