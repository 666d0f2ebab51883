import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import type { OperatorStatus } from '../../src/report/operator.ts';
import type { VerifyReport } from '../../src/report/verify.ts';
import { endedWith, jsonOf } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { istioValuesOfTheLab } from '../support/helm.ts';
import { checkout, startTestLab, type TestLab, twoClusters } from '../support/lab.ts';
import { followPage, yamlOf } from '../support/page.ts';

const example = join(checkout, 'examples/two-networks/mesh.yaml');
const clusters = ['west', 'east'] as const;
const system = ['-n', 'isthmus-system'];

let lab: TestLab;
/** The mesh file on the person's own machine. */
let mesh: string;
beforeAll(async () => {
  lab = await startTestLab({ name: 'e2e-operator', clusters: twoClusters });
  mesh = await lab.file('mesh.yaml', await documents());
  await lab.provideOperatorImage();
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

interface Document {
  readonly kind: string;
  readonly metadata: object;
  readonly spec: object;
}

/** The example with its home cluster, and with what the lab's Envoy needs: the istioctl in the operator's image is not the lab's. */
async function documents(namespace?: string): Promise<string> {
  const parsed = parseAllDocuments(await readFile(example, 'utf8')).map((one) => one.toJS() as Document);
  return parsed
    .map(({ kind, metadata, spec, ...one }) =>
      stringify({
        ...one,
        kind,
        metadata: { ...(namespace === undefined ? {} : { namespace }), ...metadata },
        spec:
          kind === 'Mesh' ? { home: 'west', maxDelete: 10, istio: { version: '1.31', ...istioValuesOfTheLab } } : spec,
      }),
    )
    .join('---\n');
}

async function available(): Promise<void> {
  const wanted = clusters.map((name) => `meshcluster/${name}`);
  await lab.kubectl('west', ...system, 'wait', '--for=condition=Available', ...wanted, '--timeout=240s');
}

/** Requests from each cluster to each cluster. */
async function verified(): Promise<void> {
  const result = await lab.isthmus.run(['verify', '-f', mesh, '-o', 'json', '--requests', '10', '--timeout', '4m']);
  const { passed, total } = jsonOf<VerifyReport>(endedWith(0, result));
  expect([passed, total]).toEqual([4, 4]);
}

const page = 'docs/operator.md';

/** The commands of a section of the page, as a user runs them beside their files. */
async function follow(section: string): Promise<ReadonlyMap<string, string>> {
  return await followPage(page, { site: lab, cwd: lab.folder, section });
}

test('an operator is installed with the issuer of a mesh, and runs in a pod without rights of its machine', async () => {
  const said = [...(await follow('1. ')).values()];
  expect(said.at(-1)).toContain('The operator is available.');
  expect(said.at(-1)).toContain(join(lab.stateFolder, 'isthmus/shop'));
  const again = endedWith(0, await lab.isthmus.run(['operator', 'install', '--context', 'west', '-f', mesh]));
  expect(again.stdout).not.toMatch(/ (created|changed) /);
});

/** The commands of a section of the walk. */
async function walk(section: string): Promise<ReadonlyMap<string, string>> {
  return await followPage('docs/operator-walk.md', { site: lab, cwd: lab.folder, section });
}

/** What the command of a page said that has this part. */
function saidOf(page: ReadonlyMap<string, string>, part: string): string {
  return [...page].find(([command]) => command.includes(part))?.[1] ?? '';
}

test('a cluster joins, and keeps its sidecars while a pod of the control plane is replaced', async () => {
  const alone = parseAllDocuments(await documents('isthmus-system')).map((one) => one.toJS() as Document);
  const kept = alone.filter(({ metadata }) => !('name' in metadata) || metadata.name !== 'east');
  await lab.kubectl(
    'west',
    'apply',
    '-f',
    await lab.file('west.yaml', kept.map((one) => stringify(one)).join('---\n')),
  );
  await lab.file('east.yaml', yamlOf('docs/operator-walk.md', '# east.yaml'));
  const joining = await walk('Join');
  expect(saidOf(joining, 'get meshclusters')).toMatch(/^east +eu +west +Available /m);
  expect(saidOf(joining, 'get namespace sample')).toContain('istio-injection=enabled');
  expect(saidOf(joining, 'run looked-at')).toContain('istio-proxy');
  const replacing = await walk('A pod of the control plane goes');
  expect(saidOf(replacing, 'run looked-at')).toContain('istio-proxy');
  expect(saidOf(replacing, 'get endpointslices')).toContain('istiod');
});

/** The addresses by which a remote cluster reaches its istiod. */
async function istiodAddresses(): Promise<string> {
  const slices = ['-n', 'istio-system', 'get', 'endpointslices', '-l', 'kubernetes.io/service-name=istiod'] as const;
  return await lab.kubectl('east', ...slices, '-o', 'jsonpath={.items[*].endpoints[*].addresses}');
}

test('the gateway gets another address, and the way of the other cluster to its istiod follows', async () => {
  const gateway = ['-n', 'istio-system', 'service/istio-eastwestgateway'] as const;
  const address = ['-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}'] as const;
  const before = await lab.kubectl('west', 'get', ...gateway, ...address);
  expect(await istiodAddresses()).toContain(before);
  await lab.kubectl('west', ...system, 'annotate', 'meshcluster', 'west', 'isthmus.dev/paused=true');
  await lab.kubectl('west', 'delete', ...gateway);
  // It has the address now, so that the gateway cannot get it again.
  const other = ['-n', 'default', 'service/other'] as const;
  await lab.kubectl('west', '-n', 'default', 'create', 'service', 'loadbalancer', 'other', '--tcp=80');
  await lab.kubectl('west', 'wait', ...other, `--for=jsonpath={.status.loadBalancer.ingress[0].ip}=${before}`);
  await lab.kubectl('west', ...system, 'annotate', 'meshcluster', 'west', 'isthmus.dev/paused-');
  await eventually(
    async () => {
      const now = await lab.kubectl('west', 'get', ...gateway, '--ignore-not-found', ...address);
      const addresses = await istiodAddresses();
      return now !== '' && addresses === `["${now}"]` ? undefined : `the gateway has "${now}", east knows ${addresses}`;
    },
    { timeoutMs: 60_000 },
  );
  const pod = ['-n', 'sample', 'run', 'looked-at', '--image=isthmus.invalid/any', '--dry-run=server', '-o', 'yaml'];
  await eventually(
    async () => ((await lab.kubectl('east', ...pod)).includes('istio-proxy') ? undefined : 'it has no sidecar'),
    { timeoutMs: 60_000 },
  );
  await lab.kubectl('west', 'delete', ...other);
  await available();
});

test('the other cluster leaves', async () => {
  expect(saidOf(await walk('Leave'), 'get namespace sample')).not.toContain('istio');
  const rest = await lab.kubectl(
    'east',
    'get',
    'deployments,services,mutatingwebhookconfigurations',
    '-A',
    '-o',
    'name',
  );
  expect(rest).not.toContain('istio');
});

test('it has its way into the other cluster by one command', async () => {
  const said = [...(await follow('2. ')).values()];
  expect(said[0]).toContain('The operator has its way into east.');
});

test('documents that kubectl applied become a mesh, and kubectl waits for it', async () => {
  await lab.file('documents.yaml', await documents('isthmus-system'));
  const said = [...(await follow('3. '))];
  const table = said.find(([command]) => command.includes('get meshclusters'))?.[1] ?? '';
  expect(table).toMatch(/^NAME +NETWORK +CONTROL-PLANE +STATUS +PEERS +GATEWAYS +CERT-LEFT +AGE\n/);
  for (const name of clusters) expect(table).toMatch(new RegExp(`^${name} .* Available +1/1 `, 'm'));
  await verified();
});

async function annotationsOfRemote(reader: string, peer: string): Promise<Readonly<Record<string, string>>> {
  const secret = ['-n', 'istio-system', 'secret', `istio-remote-secret-${peer}`] as const;
  return JSON.parse(await lab.kubectl(reader, 'get', ...secret, '-o', 'jsonpath={.metadata.annotations}'));
}

test('the token by which west reads east is renewed while a verification runs, which passes', async () => {
  const renewed = async (): Promise<void> => {
    await lab.kubectl('west', ...system, 'annotate', 'meshcluster', 'east', 'isthmus.dev/renew-token=now');
    await eventually(
      async () => {
        const { 'isthmus.dev/renew-token': followed } = await annotationsOfRemote('west', 'east');
        return followed === 'now' ? undefined : `the remote secret says ${followed}`;
      },
      { timeoutMs: 60_000 },
    );
  };
  await Promise.all([verified(), renewed()]);
  expect(await annotationsOfRemote('east', 'west')).toHaveProperty('isthmus.dev/token-not-after');
  await eventually(
    async () => {
      const events = await lab.kubectl(
        'west',
        ...system,
        'get',
        'events.events.k8s.io',
        '-o',
        'jsonpath={.items[*].note}',
      );
      return /west reads it with a new token, .* holds \d+ endpoints/.test(events) ? undefined : events;
    },
    { timeoutMs: 60_000 },
  );
  await available();
});

test('an apply stores the documents for the operator and follows it, and status finds no difference in them', async () => {
  const { stdout } = endedWith(0, await lab.isthmus.run(['apply', '-f', mesh]));
  expect(stdout).toContain('An operator keeps mesh shop');
  expect(stdout).toContain('2 of 2 clusters are available');
  expect(stdout).not.toMatch(/^(stored|changed|deleted) /m);
  const status = await lab.isthmus.run(['status', '-f', mesh]);
  expect(status.stdout).not.toContain('differs from the mesh file');
});

test('what is deleted in the other cluster comes back', async () => {
  const gateway = ['-n', 'istio-system', 'service', 'istio-eastwestgateway'] as const;
  const before = await lab.kubectl('east', 'get', ...gateway, '-o', 'jsonpath={.metadata.uid}');
  await lab.kubectl('east', 'delete', ...gateway);
  await eventually(
    async () => {
      const uid = await lab.kubectl('east', 'get', ...gateway, '-o', 'jsonpath={.metadata.uid}', '--ignore-not-found');
      return uid === '' || uid === before ? 'it is not back' : undefined;
    },
    { timeoutMs: 60_000 },
  );
  await eventually(
    async () => {
      const { code, stdout } = await lab.isthmus.run(['operator', 'status', '--context', 'west']);
      return code === 0 ? undefined : stdout;
    },
    { timeoutMs: 120_000 },
  );
});

interface Conditions {
  readonly status: {
    readonly peers: string;
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  };
}

/** The status and reason of a condition, and the peers that the table shows. */
async function conditionOf(cluster: string, type: string): Promise<string> {
  const { status } = await lab.objects<Conditions>('west', ...system, 'get', 'meshcluster', cluster);
  const found = status.conditions.find((one) => one.type === type);
  return `${found?.status} ${found?.reason} ${status.peers}`;
}

/** A request that failed a moment ago, as the gateway went, is confirmed or not by the next ones. */
async function isConfirmed(cluster: string): Promise<void> {
  await eventually(
    async () => {
      const found = await conditionOf(cluster, 'DataPath');
      return found === 'True Confirmed 1/1' ? undefined : found;
    },
    { timeoutMs: 120_000 },
  );
}

test('a gateway that stops is reported by the requests that fail, and by its own cluster', async () => {
  await isConfirmed('west');
  // Paused, so that the operator does not put it right.
  await lab.kubectl('west', ...system, 'annotate', 'meshcluster', 'east', 'isthmus.dev/paused=true');
  await lab.kubectl('east', '-n', 'istio-system', 'scale', 'deployment', 'istio-eastwestgateway', '--replicas=0');
  await lab.kubectl('west', ...system, 'wait', '--for=condition=DataPath=False', 'meshcluster/west', '--timeout=120s');
  expect(await conditionOf('west', 'DataPath')).toBe('False PairFailing 0/1');
  await lab.kubectl(
    'west',
    ...system,
    'wait',
    '--for=condition=GatewayReady=False',
    'meshcluster/east',
    '--timeout=60s',
  );
  await lab.kubectl('west', ...system, 'annotate', 'meshcluster', 'east', 'isthmus.dev/paused-');
  await available();
  await isConfirmed('west');
});

test('its status names the leader and the age of what it knows', async () => {
  await follow('4. ');
  const { leader, clusters: kept } = jsonOf<OperatorStatus>(
    endedWith(0, await lab.isthmus.run(['operator', 'status', '--context', 'west', '-o', 'json'])),
  );
  expect(leader).toMatchObject({ isExpired: false, holder: expect.stringContaining('isthmus-operator') });
  expect(kept.map(({ cluster, phase }) => [cluster, phase])).toEqual([
    ['east', 'Available'],
    ['west', 'Available'],
  ]);
});

test('it is taken out and leaves the mesh running', async () => {
  await follow('7. ');
  await eventually(
    async () => (await lab.kubectl('west', ...system, 'get', 'deployments', '-o', 'name')) || undefined,
    { timeoutMs: 60_000 },
  );
  expect(await lab.kubectl('east', '-n', 'isthmus-probe', 'get', 'deployments', '-o', 'name')).toBe('');
  // Nobody renews tokens from now on: those that do not end are back.
  for (const [reader, peer] of [clusters, clusters.toReversed()] as const) {
    expect(await annotationsOfRemote(String(reader), String(peer))).not.toHaveProperty('isthmus.dev/token-not-after');
  }
  await verified();
});
