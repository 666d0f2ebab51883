import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kindsOfFile } from '../../src/api/fields.ts';
import { apiVersion } from '../../src/api/mesh.ts';
import type { MeshClusterStatus } from '../../src/api/mesh-cluster-status.ts';
import { asIsthmusError } from '../../src/base/error.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { valueAt } from '../../src/base/json.ts';
import { grantOperator } from '../../src/engine/operator/grant.ts';
import { installOperator, operatorManifests } from '../../src/engine/operator/install.ts';
import { removeOperator } from '../../src/engine/operator/remove.ts';
import { operatorStatus } from '../../src/engine/operator/status.ts';
import type { EnginePorts } from '../../src/engine/ports.ts';
import { mayI } from '../../src/fleet/identity.ts';
import { openedKubeconfig } from '../../src/fleet/kept-kubeconfig.ts';
import { accessOfContext } from '../../src/kube/access/context.ts';
import { loadKubeconfig, parseKubeconfig } from '../../src/kube/access/kubeconfig.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connect.ts';
import { testPorts } from '../../src/kube/testing/ports.ts';
import { checkDocuments } from '../../src/mesh/check/check-documents.ts';
import { nodePorts } from '../../src/node-ports.ts';
import { type KubeObject, refKey, refOf } from '../../src/objects/object.ts';
import { operatorLease, operatorName, systemNamespace } from '../../src/objects/ownership.ts';
import { documentDefinitions } from '../../src/plan/documents.ts';
import type { OperatorChange } from '../../src/report/operator.ts';
import { endedWith } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { checkout, startTestLab, type TestLab } from '../support/lab.ts';
import { memoryRoots, meshText } from '../support/one-cluster.ts';
import { runProgram } from '../support/program.ts';
import { makeAvailable } from '../support/stand-in.ts';

let lab: TestLab;
let client: KubeClient;

beforeAll(async () => {
  lab = await startTestLab({
    name: 'int-operator',
    clusters: [
      { name: 'hub', network: 'us' },
      { name: 'east', network: 'eu' },
    ],
    controlPlaneOnly: true,
  });
  const config = await loadKubeconfig({ path: lab.lab.kubeconfig, environment: {}, homeFolder: '/' });
  client = await connect(accessOfContext(config, 'hub', 'hub'), { ...testPorts, cluster: 'hub' });
  await lab.kubectl('hub', 'create', 'namespace', systemNamespace);
  for (const definition of documentDefinitions('shop')) await client.apply(definition, { fieldManager: 'isthmus' });
  for (const example of examples()) {
    await eventually(async () => await refusalOf(example), { timeoutMs: 60_000 });
  }
});

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

/** Every document of every example. */
function examples(): readonly KubeObject[] {
  const folder = join(checkout, 'examples');
  return readdirSync(folder).flatMap((name) =>
    parseAllDocuments(readFileSync(join(folder, name, 'mesh.yaml'), 'utf8')).map((document) =>
      stored((document as { toJS(): unknown }).toJS() as JsonObject),
    ),
  );
}

function stored(document: JsonObject): KubeObject {
  const { kind, metadata } = document as unknown as KubeObject;
  const namespace = kind === 'MeshService' ? 'default' : systemNamespace;
  return { ...document, metadata: { ...metadata, namespace } } as KubeObject;
}

/** Why the API server does not take an object; undefined where it does. Nothing is stored. */
async function refusalOf(object: KubeObject): Promise<string | undefined> {
  try {
    await client.apply(object, { fieldManager: 'ann', dryRun: 'All' });
    return undefined;
  } catch (error) {
    return asIsthmusError(error).message;
  }
}

const mesh = { apiVersion, kind: 'Mesh', metadata: { name: 'shop' }, spec: { istio: { version: '1.31' } } };
const cluster = { apiVersion, kind: 'MeshCluster', metadata: { name: 'west' }, spec: { network: 'us' } };
const service = { apiVersion, kind: 'MeshService', metadata: { name: 'web' }, spec: {} };

function withSpec(document: typeof cluster | typeof mesh | typeof service, spec: JsonObject): JsonObject {
  return { ...document, spec: { ...document.spec, ...spec } };
}

const pem = (what: string): string => `-----BEGIN ${what}-----\nMIIB\n-----END ${what}-----\n`;

interface Bad {
  readonly what: string;
  readonly document: JsonObject;
  readonly says: string;
}

const bad: readonly Bad[] = [
  {
    what: 'a name that is no DNS label',
    document: { ...cluster, metadata: { name: 'west.example' } },
    says: 'a name has a-z, 0-9 and "-"',
  },
  {
    what: 'a name of a mesh that is too long',
    document: { ...mesh, metadata: { name: 'a'.repeat(41) } },
    says: 'a name has 40 characters at most',
  },
  {
    what: 'two ways to reach a cluster',
    document: withSpec(cluster, { access: { context: 'west', secret: 'west' } }),
    says: 'must be one of a kubeconfig (context, kubeconfig), secret and inCluster',
  },
  {
    what: 'two control planes',
    document: withSpec(cluster, { controlPlane: { own: {}, remoteOf: 'east' } }),
    says: 'must have exactly one of own, remoteOf, externalOf',
  },
  {
    what: 'a cluster that its own istiod is to serve from elsewhere',
    document: withSpec(cluster, { controlPlane: { remoteOf: 'west' } }),
    says: 'must name another cluster than this one',
  },
  {
    what: 'a revision where there is no istiod',
    document: withSpec(cluster, { controlPlane: { remoteOf: 'east' }, istio: { revision: 'green' } }),
    says: 'must be left out where istiod runs in another cluster',
  },
  {
    what: 'a moved namespace that is not injected',
    document: withSpec(cluster, { injectNamespaces: ['shop'], movedNamespaces: ['web'] }),
    says: 'each of movedNamespaces must be one of injectNamespaces',
  },
  {
    what: 'addresses for one network alone',
    document: withSpec(cluster, { gateway: { addressesByNetwork: [{ network: 'eu', addresses: ['203.0.113.7'] }] } }),
    says: 'addressesByNetwork needs addresses too',
  },
  {
    what: 'an API server without TLS',
    document: withSpec(cluster, { peerServer: 'http://west.example' }),
    says: 'must be an https URL',
  },
  {
    what: 'a private key in the place of a certificate',
    document: withSpec(cluster, { peerCertificateAuthority: pem('CERTIFICATE') + pem('PRIVATE KEY') }),
    says: 'must be certificates in PEM form and nothing else',
  },
  {
    what: 'the default revision under a name',
    document: withSpec(mesh, { istio: { version: '1.31', revision: 'default' } }),
    says: 'must not be "default"',
  },
  {
    what: 'two issuers',
    document: withSpec(mesh, { trust: { issuer: { generated: {}, secret: 'ours' } } }),
    says: 'must have exactly one of generated, files, secret',
  },
  {
    what: 'shares of a service that must stay in its cluster',
    document: withSpec(service, { scope: 'Cluster', split: { west: 100 } }),
    says: 'split, failover and prefer must be left out',
  },
  {
    what: 'a failover that a split never lets happen',
    document: withSpec(service, { split: { west: 100 }, failover: [{ to: 'west' }] }),
    says: 'failover and prefer must be left out',
  },
  {
    what: 'a version label without a split by version',
    document: withSpec(service, { split: { west: 100 }, versionLabel: 'release' }),
    says: 'splitBy must be Version',
  },
  {
    what: 'a cluster that answers where nobody switches by hand',
    document: withSpec(service, { failover: [{ to: 'east' }], active: 'east' }),
    says: 'active is given with failoverMode Manual, and only with it',
  },
  {
    what: 'shares of all services at once',
    document: withSpec(service, { host: '*', split: { west: 100 } }),
    says: 'host must not be a wildcard',
  },
  {
    what: 'shares that do not add up',
    document: withSpec(service, { split: { west: 60, east: 30 } }),
    says: 'the shares of split must add up to 100',
  },
  {
    what: 'more shares than a mesh has clusters',
    document: withSpec(service, {
      split: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`c${index}`, index < 100 ? 1 : 0])),
    }),
    says: '64',
  },
];

function textOf(secret: KubeObject | undefined): string {
  return Buffer.from(String(valueAt(secret, ['data', 'kubeconfig'])), 'base64').toString('utf8');
}

describe('an API server', () => {
  test.each(examples().map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
    'takes the example %s',
    async (_, object) => {
      expect(await refusalOf(object)).toBeUndefined();
    },
  );

  test.each(bad)('refuses $what, as the reader of mesh files does', async ({ document, says }) => {
    expect(await refusalOf(stored(document))).toContain(says);
    const others = [mesh, cluster].filter(({ kind }) => kind !== document.kind);
    const { declared, findings } = checkDocuments([...others, document]);
    expect(declared).toBeUndefined();
    expect(findings.length).toBeGreaterThan(0);
  });

  test('takes the longest lists of namespaces, and judges those of a hundred among five hundred', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `namespace-${index}`);
    const whole = withSpec(cluster, { injectNamespaces: names, movedNamespaces: names });
    expect(await refusalOf(stored(whole))).toBeUndefined();
    const [many, few] = [names.slice(0, 500), names.slice(401, 501)];
    expect(await refusalOf(stored(withSpec(cluster, { injectNamespaces: many, movedNamespaces: few })))).toContain(
      'each of movedNamespaces must be one of injectNamespaces',
    );
  });

  test('keeps a document as it was applied, without values that nobody wrote', async () => {
    await client.apply(stored(cluster), { fieldManager: 'ann' });
    const kept = await client.get({ apiVersion, kind: 'MeshCluster', namespace: systemNamespace, name: 'west' });
    expect(kept?.spec).toEqual(cluster.spec);
  });
});

test('kubectl get shows a cluster in one line', async () => {
  await client.apply(stored(cluster), { fieldManager: 'ann' });
  const status: MeshClusterStatus = {
    observedGeneration: 1,
    phase: 'Available',
    network: 'us',
    controlPlane: 'own',
    peers: '2/2',
    gateways: '1/1',
    certificateNotAfter: '2027-11-29T12:00:00Z',
    certificateLeft: '364d',
    conditions: [
      {
        type: 'Available',
        status: 'True',
        reason: 'Confirmed',
        message: 'everything is as it should be',
        lastTransitionTime: '2026-11-29T12:00:00Z',
      },
    ],
  };
  await client.raw({
    method: 'PATCH',
    path: `/apis/${apiVersion}/namespaces/${systemNamespace}/meshclusters/west/status`,
    contentType: 'application/merge-patch+json',
    body: { status: status as unknown as JsonObject },
  });
  const lines = (await lab.kubectl('hub', '-n', systemNamespace, 'get', 'meshclusters')).trim().split('\n');
  expect(lines.map((line) => line.split(/\s{2,}/).slice(0, 7))).toEqual([
    ['NAME', 'NETWORK', 'CONTROL-PLANE', 'STATUS', 'PEERS', 'GATEWAYS', 'CERT-LEFT'],
    ['west', 'us', 'own', 'Available', '2/2', '1/1', '364d'],
  ]);
  const args = ['wait', 'meshcluster/west', '--for=condition=Available', '--timeout=30s'];
  expect(await lab.kubectl('hub', '-n', systemNamespace, ...args)).toContain('condition met');
});

test.each(kindsOfFile().map((one) => [one.kind, one] as const))(
  'kubectl explain has the words of the documentation about every field of a %s',
  async (kind, { document }) => {
    let text = '';
    // kubectl reads the OpenAPI document, into which an API server puts a definition some time after it serves the kind.
    await eventually(
      async () => {
        text = await lab.kubectl('hub', 'explain', `${kind.toLowerCase()}.spec`, '--api-version', apiVersion);
        return undefined;
      },
      { timeoutMs: 60_000 },
    );
    const said = text.replaceAll(/\s+/g, ' ');
    const spec = document.fields.find(({ name }) => name === 'spec');
    expect(spec?.fields.length).toBeGreaterThan(2);
    for (const { description } of spec?.fields ?? []) expect(said).toContain(description.replaceAll(/\s+/g, ' '));
  },
);

describe('an installation', () => {
  const ports = (): EnginePorts => ({ ...nodePorts(lab.env), roots });
  const roots = memoryRoots();
  const ending = new AbortController();
  const account = `system:serviceaccount:${systemNamespace}:${operatorName}`;
  const may = async (context: string, ...question: readonly string[]): Promise<boolean> =>
    (await lab.kubectl(context, 'auth', 'can-i', ...question, '--as', account).catch(() => 'no')).trim() === 'yes';

  beforeAll(async () => {
    await lab.kubectl('hub', 'delete', 'meshclusters', '--all', '-n', systemNamespace);
    // There are no nodes: somebody has to say that the pods run.
    const follow = async (): Promise<void> => {
      const kind = { apiVersion: 'apps/v1', kind: 'Deployment' };
      for await (const event of client.watch(kind, { namespace: systemNamespace, signal: ending.signal })) {
        const objects = event.type === 'Listed' ? event.objects : [event.object];
        for (const one of objects) await makeAvailable(client, one).catch(() => undefined);
      }
    };
    void follow().catch(() => undefined);
  });
  afterAll(() => ending.abort());

  test('stops before an account of another owner', async () => {
    await lab.kubectl('hub', 'create', 'serviceaccount', operatorName, '-n', systemNamespace);
    await expect(installOperator({ context: 'hub' }, ports())).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`ServiceAccount ${systemNamespace}/${operatorName}`),
    });
    expect(await client.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { namespace: systemNamespace })).toEqual(
      [],
    );
    await lab.kubectl('hub', 'delete', 'serviceaccount', operatorName, '-n', systemNamespace);
  });

  test('is planned, made with root and issuer, and then has nothing to do', async () => {
    const file = await lab.file('operator/mesh.yaml', meshText('{network: us, access: {context: hub}}'));
    const plan = await installOperator({ file, until: 'Plan' }, ports());
    expect(plan).toMatchObject({ operation: 'Install', outcome: 'Planned' });
    expect(actionsOf(plan)).toContain('Create Deployment isthmus-operator');
    expect(await client.get(deployment)).toBeUndefined();

    const done = await installOperator({ file }, ports());
    expect(done).toMatchObject({ outcome: 'Done', rootFolder: 'memory' });
    expect(await roots.read('shop')).toHaveProperty('privateKey');
    const issuer = await client.get({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: systemNamespace,
      name: 'isthmus-issuer',
    });
    expect(Object.keys((issuer?.data ?? {}) as object).toSorted()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);

    const again = await installOperator({ file }, ports());
    expect([...new Set(again.changes.map(({ action }) => action))]).toEqual(['Keep']);
    expect(again.rootFolder).toBeUndefined();
  });

  test('changes what differs alone', async () => {
    const changed = await installOperator(
      { context: 'hub', image: 'registry.example/isthmus:2', replicas: 2 },
      ports(),
    );
    expect(actionsOf(changed).filter((text) => !text.startsWith('Keep'))).toEqual([
      `Update Deployment ${operatorName}`,
    ]);
  });

  test('gives the account what it needs, and not what would let it have everything', async () => {
    expect(await may('hub', 'patch', 'meshclusters.isthmus.dev', '--subresource=status', '-n', systemNamespace)).toBe(
      true,
    );
    expect(await may('hub', 'watch', 'deployments.apps', '-n', 'istio-system')).toBe(true);
    expect(await may('hub', 'create', 'events.events.k8s.io', '-n', systemNamespace)).toBe(true);
    expect(await may('hub', 'escalate', 'clusterroles.rbac.authorization.k8s.io')).toBe(false);
    expect(await may('hub', 'impersonate', 'users')).toBe(false);
    const args = [
      'create',
      'clusterrolebinding',
      'all',
      '--clusterrole=cluster-admin',
      `--user=${account}`,
      '--as',
      account,
    ];
    await expect(lab.kubectl('hub', ...args)).rejects.toThrow('forbidden');
  });

  test('forbids documents where nobody reads them, and settings that contradict them', async () => {
    const settings = (values: JsonObject): KubeObject => stored(withSpec(cluster, { istio: { values } }));
    await refused(
      { ...stored(cluster), metadata: { name: 'west', namespace: 'default' } },
      'read in the namespace isthmus-system alone',
    );
    await refused(settings({ global: { network: 'eu' } }), 'spec.istio.values.global.network contradicts spec.network');
    await refused(settings({ global: { multiCluster: { clusterName: 'east' } } }), 'contradicts metadata.name');
    await refused(
      stored(withSpec(mesh, { istio: { version: '1.31', meshConfig: { trustDomain: 'x' } } })),
      'contradicts spec.trust.domain',
    );
    expect(await refusalOf(settings({ global: { network: 'us', proxy: { privileged: false } } }))).toBeUndefined();
    for (const example of examples()) expect(await refusalOf(example)).toBeUndefined();
  });

  test('keeps who may write MeshServices in one namespace out of the others', async () => {
    await lab.kubectl('hub', 'create', 'namespace', 'tenant');
    const rights = ['--verb=create,patch,get', '--resource=meshservices.isthmus.dev', '-n', 'tenant'];
    await lab.kubectl('hub', 'create', 'role', 'services', ...rights);
    await lab.kubectl('hub', 'create', 'rolebinding', 'services', '--role=services', '--user=mallory', '-n', 'tenant');
    const write = async (name: string, host: string): Promise<string> => {
      const spec = host === '' ? {} : { host };
      const object = { apiVersion, kind: 'MeshService', metadata: { name, namespace: 'tenant' }, spec };
      const path = await lab.file(`services/${name}.json`, JSON.stringify(object));
      return await lab
        .kubectl('hub', 'apply', '--server-side', '-f', path, '--as', 'mallory')
        .then(() => 'taken', String);
    };
    for (const host of ['', '*.tenant', 'web.tenant.svc.cluster.local']) expect(await write('own', host)).toBe('taken');
    for (const host of ['*', '*.bank', 'web.bank.svc.cluster.local', 'api.example.com']) {
      expect(await write('other', host)).toContain('spec.host names services of another namespace');
    }
  });

  test('is what --render writes, and what the chart renders', async () => {
    const folder = join(lab.folder, 'rendered');
    const image = 'registry.example/isthmus:3';
    const args = ['operator', 'install', '--render', folder, '--image', image, '--replicas', '2'];
    endedWith(0, await lab.isthmus.run(args));
    const wanted = operatorManifests({ image, replicas: 2 }, ports());
    const written = readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .toSorted()
      .map((name) => parseAllDocuments(readFileSync(join(folder, name), 'utf8')).map((one) => one.toJS() as unknown));
    expect(written).toEqual(wanted.map((object) => [object]));
    for (const probeImage of [undefined, 'registry.example/probe@sha256:1']) {
      const probes = probeImage === undefined ? [] : ['--set', `probeImage=${probeImage}`];
      const settings = ['--set', `image=${image}`, '--set', 'replicas=2', ...probes];
      const { stdout } = await runProgram(
        join(lab.lab.bin, 'helm'),
        ['template', 'operator', join(checkout, 'charts/isthmus-operator'), '--include-crds', ...settings],
        { env: { ...process.env, ...lab.env }, timeoutMs: 60_000 },
      );
      const rendered = parseAllDocuments(stdout).map((one) => one.toJS() as KubeObject);
      expect(byKey(rendered)).toEqual(byKey(operatorManifests({ image, replicas: 2, probeImage }, ports())));
    }
  });

  test('is shown with its leader and the age of what is known', async () => {
    await client.apply(stored(cluster), { fieldManager: 'ann' });
    await client.create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: operatorLease, namespace: systemNamespace },
      spec: { holderIdentity: 'pod-1', leaseDurationSeconds: 3600, renewTime: '2020-01-01T00:00:00.000000Z' },
    });
    const shown = await operatorStatus({ context: 'hub' }, ports());
    expect(shown).toMatchObject({ installed: true, wanted: 2, image: 'registry.example/isthmus:2' });
    // The server saw it renew the Lease just now, whatever its own clock says.
    expect(shown.leader).toMatchObject({ holder: 'pod-1', isExpired: false });
    expect(shown.clusters).toEqual([
      { cluster: 'west', network: 'us', phase: null, isCurrent: false, isPaused: false, conditions: [] },
    ]);
  });

  test('has its account and its kubeconfig in another cluster by one command', async () => {
    const secretRef = { apiVersion: 'v1', kind: 'Secret', namespace: systemNamespace, name: 'east' };
    const printed = await grantOperator({ context: 'east' }, ports());
    expect(await client.get(secretRef)).toBeUndefined();
    const clear = textOf(printed.secret as unknown as KubeObject);
    const inClear = parseKubeconfig(clear, { name: 'printed', policy: 'TextOnly' });
    expect(accessOfContext(inClear, 'east').server).toMatch(/^https:/);
    const granted = await grantOperator({ context: 'east', home: 'hub' }, ports());
    expect(actionsOf(granted).filter((text) => text.startsWith('Create'))).toEqual([
      'Create WrappingKey isthmus-access',
      'Create Secret east',
    ]);
    expect(Date.parse(granted.notAfter ?? '')).toBeGreaterThan(Date.now());
    const kept = textOf(await client.get(secretRef));
    expect(kept).toMatch(/^-----BEGIN ISTHMUS ENCRYPTED KUBECONFIG-----/);
    const text = await openedKubeconfig(kept, { crypto, home: client, where: 'the Secret' });
    const config = parseKubeconfig(text, { name: 'the Secret', policy: 'TextOnly' });
    await using remote = await connect(accessOfContext(config, 'east'), { ...testPorts, cluster: 'east' });
    const patch = { verb: 'patch', namespace: 'istio-system' };
    const documents = { ...patch, group: 'isthmus.dev', resource: 'meshclusters', namespace: systemNamespace };
    expect(await mayI(remote, [{ ...patch, group: 'apps', resource: 'deployments' }, documents])).toEqual([documents]);
    const again = await grantOperator({ context: 'east', home: 'hub' }, ports());
    expect(actionsOf(again).filter((words) => !words.startsWith('Keep'))).toEqual(['Update Secret east']);
    expect(JSON.stringify(again)).not.toContain(text.slice(-40).trim());
  });

  test('is granted for two clusters at once with one key', async () => {
    await lab.kubectl('hub', 'delete', 'wrappingkey', 'isthmus-access', '-n', systemNamespace);
    const names = ['one', 'two'];
    await Promise.all(names.map((name) => grantOperator({ context: 'east', home: 'hub', name }, ports())));
    for (const name of names) {
      const kept = textOf(await client.get({ apiVersion: 'v1', kind: 'Secret', namespace: systemNamespace, name }));
      const text = await openedKubeconfig(kept, { crypto, home: client, where: name });
      expect(text).toContain(`current-context: ${name}`);
    }
  });

  test('leaves no credential that who lists Secrets could use, in neither cluster', async () => {
    const listed = await Promise.all(
      ['hub', 'east'].map((name) => lab.kubectl(name, 'get', 'secrets', '-A', '-o', 'json')),
    );
    for (const { data = {} } of listed.flatMap((text) => (JSON.parse(text) as { items: KubeObject[] }).items)) {
      for (const value of Object.values(data as Record<string, string>)) {
        const text = Buffer.from(value, 'base64').toString('utf8');
        expect(text).not.toMatch(/^\s*(token|client-key-data): |^eyJ/m);
      }
    }
  });

  test('needs no grant for its own cluster, and takes no Secret of another owner', async () => {
    await expect(grantOperator({ context: 'hub', home: 'hub' }, ports())).rejects.toMatchObject({
      code: 'cluster-identity-conflict',
    });
    await lab.kubectl(
      'hub',
      'create',
      'secret',
      'generic',
      'north',
      '-n',
      systemNamespace,
      '--from-literal=kubeconfig=x',
    );
    await expect(grantOperator({ context: 'east', home: 'hub', name: 'north' }, ports())).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('goes and leaves documents, issuer and kubeconfigs; documents go when that is asked for', async () => {
    const gone = await removeOperator({ context: 'hub' }, ports());
    expect(actionsOf(gone)).toContain('Delete Deployment isthmus-operator');
    expect(await client.get(deployment)).toBeUndefined();
    expect((await removeOperator({ context: 'hub' }, ports())).changes).toEqual([]);
    const kept = await lab.kubectl(
      'hub',
      'get',
      'meshclusters,secrets,wrappingkeys',
      '-n',
      systemNamespace,
      '-o',
      'name',
    );
    expect(kept).toContain('meshcluster.isthmus.dev/west');
    expect(kept).toContain('secret/isthmus-issuer');
    expect(kept).toContain('secret/east');
    await lab.kubectl(
      'hub',
      'patch',
      'meshcluster',
      'west',
      '-n',
      systemNamespace,
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":["isthmus.dev/x"]}}',
    );
    await removeOperator({ context: 'hub', documents: 'Remove' }, ports());
    await eventually(
      async () => {
        const left = await lab.kubectl('hub', 'get', 'crds', '-o', 'name');
        return left.includes('/meshclusters.') ? left : undefined;
      },
      { timeoutMs: 60_000 },
    );
    expect(await lab.kubectl('hub', 'get', 'wrappingkeys', '-n', systemNamespace, '-o', 'name')).toContain(
      'isthmus-issuer',
    );
  });
});

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: systemNamespace, name: operatorName };

async function refused(object: KubeObject, says: string): Promise<void> {
  await eventually(
    async () => ((await refusalOf(object))?.includes(says) === true ? undefined : `it says no ${says}`),
    { timeoutMs: 30_000 },
  );
}

function actionsOf({ changes }: OperatorChange): readonly string[] {
  return changes.map(({ action, object }) => `${action} ${object.kind} ${object.name}`);
}

function byKey(objects: readonly KubeObject[]): Readonly<Record<string, KubeObject>> {
  return Object.fromEntries(objects.map((object) => [refKey(refOf(object)), object]));
}
