import { stringify } from 'yaml';
import { yamlStyle } from '../../../src/base/yaml-style.ts';
import { type CompanyCa, caExtensions, companyCa, type MadeByOpenssl } from '../company-ca.ts';
import { eventually } from '../eventually.ts';
import { deployHelloworld } from '../helloworld.ts';
import type { TestLab } from '../lab.ts';
import { exposedIstiod, exposedServices, gatewayOf } from './gateway-by-hand.ts';

/** A cluster by its context, with the names that Istio's pages give to clusters and networks. */
interface Member {
  readonly context: string;
  readonly name: string;
  readonly network: string;
}

const first: Member = { context: 'west', name: 'cluster1', network: 'network1' };
const second: Member = { context: 'east', name: 'cluster2', network: 'network2' };
const twoNetworks = [first, second];
const oneNetwork = [first, { ...second, network: first.network }];

const rsa = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:4096'];
const inSystem = ['-n', 'istio-system'];

const settlesWithinMs = 60_000;

/**
 * Makes a mesh of west and east as Istio's own pages do (plug in CA certificates; install multi-primary on different
 * networks; verify the installation): with openssl, istioctl and kubectl, and nothing of Isthmus.
 */
export async function installByHand(lab: TestLab): Promise<void> {
  await plugInAll(lab, twoNetworks);
  await each(twoNetworks, async (member) => {
    await labelNetwork(lab, member);
    await installPrimary(lab, member);
    await installGateway(lab, member);
    await exposeServices(lab, member);
  });
  await Promise.all([letRead(lab, first, second), letRead(lab, second, first)]);
  await deploySample(lab);
}

/** The same by the page of multi-primary on one network: without gateways, and without the name of a network. */
export async function installOnOneNetworkByHand(lab: TestLab): Promise<void> {
  await plugInAll(lab, oneNetwork);
  await each(oneNetwork, async (member) => await installPrimary(lab, member));
  await Promise.all([letRead(lab, first, second), letRead(lab, second, first)]);
  await deploySample(lab);
}

/** The same by the page of primary-remote on different networks, with the CA that istiod makes for itself. */
export async function installRemoteByHand(lab: TestLab): Promise<void> {
  await each(twoNetworks, async (member) => {
    await lab.kubectl(member.context, 'create', 'namespace', 'istio-system');
    await labelNetwork(lab, member);
  });
  await installPrimary(lab, first, { externalIstiod: true });
  await installGateway(lab, first);
  await exposeIstiod(lab, first);
  await exposeServices(lab, first);
  const controlledBy = `topology.istio.io/controlPlaneClusters=${first.name}`;
  await lab.kubectl(second.context, 'annotate', 'namespace', 'istio-system', controlledBy);
  const injectionPath = `/inject/cluster/${second.name}/net/${second.network}`;
  await install(lab, second.context, 'cluster', {
    profile: 'remote',
    values: { istiodRemote: { injectionPath }, global: { remotePilotAddress: await gatewayAddress(lab, first) } },
  });
  await letRead(lab, first, second);
  await installGateway(lab, second);
  await deploySample(lab);
}

async function each(members: readonly Member[], deed: (member: Member) => Promise<void>): Promise<void> {
  await Promise.all(members.map(deed));
}

async function plugInAll(lab: TestLab, members: readonly Member[]): Promise<void> {
  using company = companyCa();
  const root = company.make({ name: 'Root CA', key: rsa });
  await each(members, async (member) => await plugIn(lab, member, company, root));
}

async function labelNetwork(lab: TestLab, { context, network }: Member): Promise<void> {
  await lab.kubectl(context, 'label', 'namespace', 'istio-system', `topology.istio.io/network=${network}`);
}

async function deploySample(lab: TestLab): Promise<void> {
  await each(twoNetworks, async ({ context }) => {
    await lab.kubectl(context, 'create', 'namespace', 'sample');
    await lab.kubectl(context, 'label', 'namespace', 'sample', 'istio-injection=enabled');
  });
  await deployHelloworld(lab);
}

/** The chain has the root too, as Istio's makefile writes it. */
async function plugIn(lab: TestLab, { context, name }: Member, company: CompanyCa, root: MadeByOpenssl): Promise<void> {
  await lab.kubectl(context, 'create', 'namespace', 'istio-system');
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

/** Of an istiod that remotes have too, more is set. */
async function installPrimary(lab: TestLab, { context, name, network }: Member, more: object = {}): Promise<void> {
  const settings = { meshID: 'mesh1', multiCluster: { clusterName: name }, network, ...more };
  await install(lab, context, 'cluster', { values: { global: settings } });
}

async function installGateway(lab: TestLab, { context, network }: Member): Promise<void> {
  await install(lab, context, 'eastwest', {
    profile: 'empty',
    components: { ingressGateways: [gatewayOf(network)] },
    values: { gateways: { 'istio-ingressgateway': { injectionTemplate: 'gateway' } }, global: { network } },
  });
}

async function exposeServices(lab: TestLab, { context }: Member): Promise<void> {
  await apply(lab, context, exposedServices);
}

async function exposeIstiod(lab: TestLab, { context }: Member): Promise<void> {
  for (const object of exposedIstiod) await apply(lab, context, object);
}

async function gatewayAddress(lab: TestLab, { context }: Member): Promise<string> {
  let address: string | undefined;
  await eventually(
    async () => {
      const service = await lab.objects<{ status: { loadBalancer: { ingress?: readonly { ip: string }[] } } }>(
        context,
        ...inSystem,
        'get',
        'service',
        'istio-eastwestgateway',
      );
      address = service.status.loadBalancer.ingress?.[0]?.ip;
      return address === undefined ? 'the gateway has no address' : undefined;
    },
    { timeoutMs: settlesWithinMs },
  );
  return address ?? '';
}

/** An installation of another name leaves what is there alone. */
async function install(lab: TestLab, context: string, name: string, spec: object): Promise<void> {
  const operator = { apiVersion: 'install.istio.io/v1alpha1', kind: 'IstioOperator', metadata: { name }, spec };
  const file = await lab.file(`${context}-${name}.yaml`, stringify(operator, yamlStyle));
  await lab.istioctl(context, 'install', '-y', '-f', file, '--readiness-timeout', '240s');
}

/** Gives one cluster what its istiod reads the other one with. */
async function letRead(lab: TestLab, reader: Member, read: Member): Promise<void> {
  const secret = await lab.istioctl(read.context, 'create-remote-secret', '--name', read.name);
  await lab.kubectl(reader.context, 'apply', '-f', await lab.file(`${read.name}-secret.yaml`, secret));
}

async function apply(lab: TestLab, context: string, object: object): Promise<void> {
  await lab.kubectl(context, 'apply', '-f', await lab.file(`${context}-object.json`, JSON.stringify(object)));
}
