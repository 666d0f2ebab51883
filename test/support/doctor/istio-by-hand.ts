import { join } from 'node:path';
import { stringify } from 'yaml';
import type { LabRequest } from '../../../lab/src/lab.ts';
import { yamlStyle } from '../../../src/base/yaml-style.ts';
import { type CompanyCa, caExtensions, companyCa, type MadeByOpenssl } from '../company-ca.ts';
import { deployHelloworld } from '../helloworld.ts';
import { checkout, type TestLab, twoClusters } from '../lab.ts';

/** A cluster by its context, with the names that Istio's pages give to clusters and networks. */
interface Member {
  readonly context: 'west' | 'east';
  readonly name: 'cluster1' | 'cluster2';
  readonly network: string;
  /** The istiod of cluster1 serves it. */
  readonly isRemote: boolean;
}

/** The pages of https://istio.io/latest/docs/setup/install/multicluster/ that make a mesh of two clusters. */
export const pages = [
  'multi-primary_multi-network',
  'multi-primary',
  'primary-remote_multi-network',
  'primary-remote',
] as const;
export type Page = (typeof pages)[number];

function spans(page: Page): boolean {
  return page.endsWith('_multi-network');
}

function hasRemote(page: Page): boolean {
  return page.startsWith('primary-remote');
}

/** The clusters of the lab, on the networks of a page. */
export function clustersOf(page: Page): LabRequest['clusters'] {
  return twoClusters.map((one) => (spans(page) ? one : { ...one, network: 'lan' }));
}

const rsa = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:4096'];
const inSystem = ['-n', 'istio-system'];
const gatewayPorts = { 'status-port': 15_021, tls: 15_443, 'tls-istiod': 15_012, 'tls-webhook': 15_017 };

/**
 * Makes a mesh of west and east as a page of Istio does: with openssl, istioctl and kubectl, and nothing of Isthmus. Where
 * one istiod serves both clusters it signs with a CA that it makes for itself, as that page asks for none. Helloworld
 * and Istio's Bookinfo run in it.
 */
export async function installByHand(lab: TestLab, page: Page): Promise<void> {
  const network2 = spans(page) ? 'network2' : 'network1';
  const first: Member = { context: 'west', name: 'cluster1', network: 'network1', isRemote: false };
  const second: Member = { context: 'east', name: 'cluster2', network: network2, isRemote: hasRemote(page) };
  const members = [first, second];
  const each = async (deed: (member: Member) => Promise<void>): Promise<void> => {
    await Promise.all(members.map(deed));
  };
  await each(async ({ context, name, network }) => {
    await lab.kubectl(context, 'create', 'namespace', 'istio-system');
    const label = `topology.istio.io/network=${network}`;
    if (spans(page)) await lab.kubectl(context, 'label', 'namespace', 'istio-system', label);
    const annotation = 'topology.istio.io/controlPlaneClusters=cluster1';
    if (name === 'cluster2' && hasRemote(page))
      await lab.kubectl(context, 'annotate', 'namespace', 'istio-system', annotation);
  });
  if (hasRemote(page)) await installWithRemote(lab, page, { primary: first, remote: second });
  else await installPrimaries(lab, page, members);
  for (const namespace of ['sample', 'bookinfo']) {
    await each(async ({ context }) => {
      await lab.kubectl(context, 'create', 'namespace', namespace);
      await lab.kubectl(context, 'label', 'namespace', namespace, 'istio-injection=enabled');
    });
  }
  await Promise.all([deployHelloworld(lab), deployBookinfo(lab)]);
}

async function installPrimaries(lab: TestLab, page: Page, members: readonly Member[]): Promise<void> {
  using company = companyCa();
  const root = company.make({ name: 'Root CA', key: rsa });
  const [first, second] = members;
  if (first === undefined || second === undefined) throw new Error('there are two clusters');
  await Promise.all(
    members.map(async (member) => {
      await plugIn(lab, member, company, root);
      await installIstio(lab, member);
      if (!spans(page)) return;
      await installGateway(lab, member);
      await exposeServices(lab, member);
    }),
  );
  await letRead(lab, { reader: second, read: first });
  await letRead(lab, { reader: first, read: second });
}

interface WithRemote {
  readonly primary: Member;
  readonly remote: Member;
}

async function installWithRemote(lab: TestLab, page: Page, { primary, remote }: WithRemote): Promise<void> {
  await installIstio(lab, primary, { externalIstiod: true });
  await installGateway(lab, primary);
  for (const object of exposedIstiod) await apply(lab, primary.context, object);
  const path = 'jsonpath={.status.loadBalancer.ingress[0].ip}';
  const remotePilotAddress = await lab.kubectl(
    primary.context,
    ...[...inSystem, 'get', 'service', 'istio-eastwestgateway', '-o', path],
  );
  await install(lab, remote.context, 'cluster', {
    profile: 'remote',
    values: {
      istiodRemote: { injectionPath: `/inject/cluster/${remote.name}/net/${remote.network}` },
      global: { remotePilotAddress },
    },
  });
  await letRead(lab, { reader: primary, read: remote });
  if (!spans(page)) return;
  await installGateway(lab, remote);
  // The gateway of a remote goes by the objects of its primary.
  await exposeServices(lab, primary);
}

/** As Istio's Bookinfo is taken apart to show a mesh: the pages are in west, what they ask for is in east too, or there alone. */
async function deployBookinfo(lab: TestLab): Promise<void> {
  const manifest = ['-n', 'bookinfo', '-f', join(checkout, 'lab/manifests/bookinfo.yaml')];
  const versions = {
    west: ['app=productpage', 'app=reviews,version=v1'],
    east: ['app=details', 'app=ratings', 'app=reviews,version=v3'],
  };
  await Promise.all(
    (['west', 'east'] as const).map(async (context) => {
      await lab.kubectl(context, 'apply', ...manifest, '-l', 'service');
      for (const selected of versions[context]) await lab.kubectl(context, 'apply', ...manifest, '-l', selected);
    }),
  );
  const client = ['-n', 'bookinfo', '-f', join(checkout, 'lab/manifests/client.yaml')];
  await lab.kubectl('west', 'apply', ...client);
  const available = ['wait', '--for=condition=Available', 'deployment', '--all', '--timeout=240s'];
  await Promise.all(['west', 'east'].map((context) => lab.kubectl(context, '-n', 'bookinfo', ...available)));
}

/** The chain has the root too, as Istio's makefile writes it. */
async function plugIn(lab: TestLab, { context, name }: Member, company: CompanyCa, root: MadeByOpenssl): Promise<void> {
  const extensions = `${caExtensions(0)}\nsubjectAltName=DNS:istiod.istio-system.svc`;
  const own = company.make({ name, signer: root, extensions, key: rsa, days: 730 });
  const files = {
    'ca-cert.pem': own.certificateFile,
    'ca-key.pem': own.privateKeyFile,
    'root-cert.pem': root.certificateFile,
    'cert-chain.pem': company.write(`${name}-chain.pem`, `${own.certificate}${root.certificate}`),
  };
  const sources = Object.entries(files).map(([key, path]) => `--from-file=${key}=${path}`);
  await lab.kubectl(context, ...inSystem, 'create', 'secret', 'generic', 'cacerts', ...sources);
}

async function installIstio(lab: TestLab, { context, name, network }: Member, more: object = {}): Promise<void> {
  const settings = { meshID: 'mesh1', multiCluster: { clusterName: name }, network, ...more };
  await install(lab, context, 'cluster', { values: { global: settings } });
}

/** As samples/multicluster/gen-eastwest-gateway.sh writes it. */
async function installGateway(lab: TestLab, { context, network }: Member): Promise<void> {
  await install(lab, context, 'eastwest', {
    profile: 'empty',
    components: { ingressGateways: [gatewayOf(network)] },
    values: { gateways: { 'istio-ingressgateway': { injectionTemplate: 'gateway' } }, global: { network } },
  });
}

/** samples/multicluster/expose-services.yaml */
async function exposeServices(lab: TestLab, { context }: Member): Promise<void> {
  const server = {
    port: { number: 15_443, name: 'tls', protocol: 'TLS' },
    tls: { mode: 'AUTO_PASSTHROUGH' },
    hosts: ['*.local'],
  };
  await apply(lab, context, {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'cross-network-gateway', namespace: 'istio-system' },
    spec: { selector: { istio: 'eastwestgateway' }, servers: [server] },
  });
}

/** samples/multicluster/expose-istiod.yaml */
const exposedIstiod: readonly object[] = [
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'istiod-gateway', namespace: 'istio-system' },
    spec: {
      selector: { istio: 'eastwestgateway' },
      servers: [
        { port: { name: 'tls-istiod', number: 15_012, protocol: 'tls' }, tls: { mode: 'PASSTHROUGH' }, hosts: ['*'] },
        {
          port: { name: 'tls-istiodwebhook', number: 15_017, protocol: 'tls' },
          tls: { mode: 'PASSTHROUGH' },
          hosts: ['*'],
        },
      ],
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'istiod-vs', namespace: 'istio-system' },
    spec: {
      hosts: ['*'],
      gateways: ['istiod-gateway'],
      tls: [
        [15_012, 15_012],
        [15_017, 443],
      ].map(([port, number]) => ({
        match: [{ port, sniHosts: ['*'] }],
        route: [{ destination: { host: 'istiod.istio-system.svc.cluster.local', port: { number } } }],
      })),
    },
  },
];

function gatewayOf(network: string): object {
  const ports = Object.entries(gatewayPorts).map(([name, port]) => ({ name, port, targetPort: port }));
  return {
    name: 'istio-eastwestgateway',
    enabled: true,
    label: { istio: 'eastwestgateway', app: 'istio-eastwestgateway', 'topology.istio.io/network': network },
    k8s: { env: [{ name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: network }], service: { ports } },
  };
}

/** An installation of another name leaves what is there alone. */
async function install(lab: TestLab, context: string, name: string, spec: object): Promise<void> {
  const operator = { apiVersion: 'install.istio.io/v1alpha1', kind: 'IstioOperator', metadata: { name }, spec };
  const file = await lab.file(`${context}-${name}.yaml`, stringify(operator, yamlStyle));
  await lab.istioctl(context, 'install', '-y', '-f', file, '--readiness-timeout', '240s');
}

/** Gives a cluster what its istiod reads the other one with. */
async function letRead(
  lab: TestLab,
  { reader, read }: { readonly reader: Member; readonly read: Member },
): Promise<void> {
  const secret = await lab.istioctl(read.context, 'create-remote-secret', '--name', read.name);
  await lab.kubectl(reader.context, 'apply', '-f', await lab.file(`${read.name}-secret.yaml`, secret));
}

async function apply(lab: TestLab, context: string, object: object): Promise<void> {
  await lab.kubectl(context, 'apply', '-f', await lab.file(`${context}-object.json`, JSON.stringify(object)));
}
