import { stringify } from 'yaml';
import { yamlStyle } from '../../../src/base/yaml-style.ts';
import { type CompanyCa, caExtensions, companyCa, type MadeByOpenssl } from '../company-ca.ts';
import { deployHelloworld } from '../helloworld.ts';
import type { TestLab } from '../lab.ts';

/** A cluster by its context, with the names that Istio's page gives to clusters and networks. */
interface Member {
  readonly context: string;
  readonly name: string;
  readonly network: string;
}

const members: readonly Member[] = [
  { context: 'west', name: 'cluster1', network: 'network1' },
  { context: 'east', name: 'cluster2', network: 'network2' },
];

const rsa = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:4096'];
const inSystem = ['-n', 'istio-system'];
const gatewayPorts = { 'status-port': 15_021, tls: 15_443, 'tls-istiod': 15_012, 'tls-webhook': 15_017 };

/**
 * Makes a mesh of west and east as Istio's own pages do (plug in CA certificates; install multi-primary on different
 * networks; verify the installation): with openssl, istioctl and kubectl, and nothing of Isthmus.
 */
export async function installByHand(lab: TestLab): Promise<void> {
  using company = companyCa();
  const root = company.make({ name: 'Root CA', key: rsa });
  const each = async (deed: (member: Member) => Promise<void>): Promise<void> => {
    await Promise.all(members.map(deed));
  };
  await each(async (member) => await plugIn(lab, member, company, root));
  await each(async (member) => await installIstio(lab, member));
  await each(async (member) => await letRead(lab, member));
  await each(async ({ context }) => {
    await lab.kubectl(context, 'create', 'namespace', 'sample');
    await lab.kubectl(context, 'label', 'namespace', 'sample', 'istio-injection=enabled');
  });
  await deployHelloworld(lab);
}

/** The chain has the root too, as Istio's makefile writes it. */
async function plugIn(
  lab: TestLab,
  { context, name, network }: Member,
  company: CompanyCa,
  root: MadeByOpenssl,
): Promise<void> {
  await lab.kubectl(context, 'create', 'namespace', 'istio-system');
  await lab.kubectl(context, 'label', 'namespace', 'istio-system', `topology.istio.io/network=${network}`);
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

async function installIstio(lab: TestLab, { context, name, network }: Member): Promise<void> {
  const settings = { meshID: 'mesh1', multiCluster: { clusterName: name }, network };
  await install(lab, context, 'cluster', { values: { global: settings } });
  await install(lab, context, 'eastwest', {
    profile: 'empty',
    components: { ingressGateways: [gatewayOf(network)] },
    values: { gateways: { 'istio-ingressgateway': { injectionTemplate: 'gateway' } }, global: { network } },
  });
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

/** Gives the other cluster what its istiod reads this one with. */
async function letRead(lab: TestLab, { context, name }: Member): Promise<void> {
  const secret = await lab.istioctl(context, 'create-remote-secret', '--name', name);
  const file = await lab.file(`${name}-secret.yaml`, secret);
  for (const other of members) if (other.context !== context) await lab.kubectl(other.context, 'apply', '-f', file);
}

async function apply(lab: TestLab, context: string, object: object): Promise<void> {
  await lab.kubectl(context, 'apply', '-f', await lab.file(`${context}-object.json`, JSON.stringify(object)));
}
