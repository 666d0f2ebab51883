import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterName } from '../../src/api/name.ts';
import { createWriter, type WriteCounts } from '../../src/apply/run/writer.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { remoteSecret } from '../../src/istio/remote-secret.ts';
import { createIstioctl } from '../../src/istio/render/istioctl.ts';
import { type Stage, stages } from '../../src/istio/stages.ts';
import { accessOfContext } from '../../src/kube/access/context.ts';
import { loadKubeconfig } from '../../src/kube/access/kubeconfig.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connect.ts';
import { testPorts } from '../../src/kube/testing/ports.ts';
import { readText } from '../../src/mesh/text/read-text.ts';
import { describeRef, refKey, refOf } from '../../src/objects/object.ts';
import { observe } from '../../src/observe/observe.ts';
import { type Change, planObject } from '../../src/plan/change.ts';
import { desiredObjects, operatorOf, ownedObject, type StagedObject, withRoot } from '../../src/plan/desired.ts';
import { inventoryObject } from '../../src/plan/inventory.ts';
import { resolveMesh } from '../../src/topology/resolved-mesh.ts';
import { resolveTopology } from '../../src/topology/topology.ts';
import { resolveTrust } from '../../src/trust/resolve.ts';
import { eventually } from '../support/eventually.ts';
import { checkout, startTestLab, type TestLab } from '../support/lab.ts';

const signal = new AbortController().signal;
const mesh = 'shop';

let lab: TestLab;
let client: KubeClient;
let objects: readonly StagedObject[];

beforeAll(async () => {
  lab = await startTestLab({ name: 'int-plan', clusters: [{ name: 'west', network: 'us' }], controlPlaneOnly: true });
  const config = await loadKubeconfig({ path: lab.lab.kubeconfig, environment: {}, homeFolder: '/' });
  client = await connect(accessOfContext(config, 'west', 'west'), { ...testPorts, cluster: 'west' });
  objects = await everyObject();
});

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

/** Every kind of object that an apply writes into a cluster, its home included. */
async function everyObject(): Promise<readonly StagedObject[]> {
  const text = await readFile(join(checkout, 'examples/two-networks/mesh.yaml'), 'utf8');
  const { declared } = readText(text, 'mesh.yaml');
  const west = declared === undefined ? undefined : resolveTopology(declared).clusters[0];
  if (declared === undefined || west === undefined) throw new Error('the example declares no mesh');
  const istioctl = createIstioctl({ path: join(lab.lab.bin, 'istioctl'), environment: {} });
  const istio = await istioctl.render(operatorOf(declared, west));
  const rendered = desiredObjects(resolveMesh(declared), west, () => istio);
  const trust = await resolveTrust({
    mesh: resolveMesh(declared),
    observed: new Map([[west.name, { live: new Map(), whole: new Map(), scaledToZero: new Set<string>() }]]),
    roots: { create: 'IfMissing', read: async () => undefined, write: async () => undefined, folder: () => 'nowhere' },
    environment: { crypto: globalThis.crypto, now: systemClock.now() },
  });
  const caCerts = trust.caCerts.get(west.name);
  const [peer] = west.peers;
  if (caCerts === undefined || trust.issuer === undefined || peer === undefined)
    throw new Error('west has no trust or no peer');
  const access = { server: 'https://peer.example:6443', certificateAuthority: 'authority', token: 'token' };
  const made = [
    ...withRoot(rendered, trust.rootFingerprint),
    ...caCerts,
    trust.issuer.wrapping,
    trust.issuer.secret,
    ownedObject(remoteSecret({ cluster: peer, ...access }), mesh),
  ];
  return [
    ...made,
    ownedObject(
      inventoryObject(
        mesh,
        made.map(({ object }) => refOf(object)),
      ),
      mesh,
    ),
  ];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function live(): Promise<Parameters<typeof createWriter>[0]['live']> {
  return (await observe(client, { listed: objects.map(({ object }) => refOf(object)), whole: [], signal })).live;
}

/** What a new run would do, `Unchanged` left out. */
async function plan(): Promise<readonly string[]> {
  const held = await live();
  return objects
    .map((wanted) => planObject(wanted, held.get(refKey(refOf(wanted.object))), { mesh, digest, drift: 'Repair' }))
    .filter(({ action }) => action !== 'Unchanged')
    .map(describeChange);
}

function describeChange(change: Change): string {
  return `${change.action} ${describeRef(change.ref)}${'reason' in change ? `: ${change.reason}` : ''}`;
}

/** What a run does: the stages in their order, everything of one at once. */
async function apply(): Promise<WriteCounts> {
  const cluster = clusterName.parse('west');
  const beforeWrite = async (): Promise<void> => undefined;
  const writer = createWriter({
    cluster,
    client,
    mesh,
    digest,
    drift: 'Repair',
    signal,
    live: await live(),
    beforeWrite,
  });
  for (const stage of stages) {
    if (stage === 'Wrapping') await established();
    await writer.ensure(ofStage(stage));
  }
  return writer.counts();
}

function ofStage(stage: Stage): readonly StagedObject[] {
  return objects.filter((wanted) => wanted.stage === stage);
}

/** A definition is served a moment after it is made, each at its own time. */
async function established(): Promise<void> {
  const kinds = [
    'gateways.networking.istio.io',
    ...['meshes', 'meshclusters', 'wrappingkeys'].map((one) => `${one}.isthmus.dev`),
  ];
  const look = (): Promise<undefined> =>
    Promise.all(kinds.map((kind) => lab.kubectl('west', 'get', '--all-namespaces', kind))).then(() => undefined);
  await eventually(look, { timeoutMs: 30_000 });
}

/** Changes the cluster as someone else does; the manager is `kubectl-patch` unless another is named. */
async function patch(what: string, change: unknown, { type = 'json', manager = 'kubectl-patch' } = {}): Promise<void> {
  const target = ['-n', 'istio-system', 'patch', what, `--type=${type}`, `--field-manager=${manager}`];
  await lab.kubectl('west', ...target, '-p', JSON.stringify(change));
}

test('everything is created once, and then found unchanged', async () => {
  expect(await apply()).toEqual({ created: objects.length, configured: 0, unchanged: 0 });
  expect(objects.length).toBeGreaterThan(45);
  await lab.kubectl(
    'west',
    '-n',
    'istio-system',
    'get',
    'secret',
    'isthmus-reader-token',
    '-o',
    'jsonpath={.data.token}',
  );
  expect(await plan()).toEqual([]);
  expect(await apply()).toEqual({ created: 0, configured: 0, unchanged: objects.length });
});

describe('a change of one field by hand', () => {
  test.each([
    {
      name: 'a key of a ConfigMap',
      what: 'configmap/istio',
      change: [{ op: 'replace', path: '/data/mesh', value: 'trustDomain: other\n' }],
      planned: 'Update ConfigMap istio-system/istio: data.mesh changed by kubectl-patch',
    },
    {
      name: 'a value of a Secret',
      what: 'secret/cacerts',
      change: [{ op: 'replace', path: '/data/root-cert.pem', value: 'b3RoZXI=' }],
      planned: 'Update Secret istio-system/cacerts: data.root-cert.pem changed by kubectl-patch',
    },
    {
      name: 'a field of a container',
      what: 'deployment/istiod',
      change: { spec: { template: { spec: { containers: [{ name: 'discovery', image: 'example/other:1' }] } } } },
      type: 'strategic',
      planned:
        'Update Deployment istio-system/istiod: spec.template.spec.containers[discovery].image changed by kubectl-patch',
    },
    {
      name: 'a list that is one value',
      what: 'gateway.networking.istio.io/cross-network-gateway',
      change: [{ op: 'replace', path: '/spec/servers/0/hosts', value: ['*.example'] }],
      planned: 'Update Gateway istio-system/cross-network-gateway: spec.servers changed by kubectl-patch',
    },
    {
      name: 'a port of a Service',
      what: 'service/istiod',
      change: { spec: { ports: [{ port: 443, targetPort: 1 }] } },
      type: 'strategic',
      planned: 'Update Service istio-system/istiod: spec.ports[https-webhook].targetPort changed by kubectl-patch',
    },
    {
      name: "a Service's port under another number",
      what: 'service/istiod',
      // By position, as an editor does it: a patch by keys would add a port.
      change: [
        { op: 'test', path: '/spec/ports/0/port', value: 15010 },
        { op: 'replace', path: '/spec/ports/0/port', value: 15009 },
      ],
      planned: 'Update Service istio-system/istiod: spec.ports[grpc-xds] removed',
    },
    {
      name: 'a role',
      what: 'clusterrole/isthmus-reader',
      change: [{ op: 'add', path: '/rules/-', value: { apiGroups: [''], resources: ['secrets'], verbs: ['list'] } }],
      planned: 'Update ClusterRole isthmus-reader: rules changed by kubectl-patch',
    },
    {
      name: 'a label that is taken away',
      what: 'namespace/istio-system',
      change: [{ op: 'remove', path: '/metadata/labels/topology.istio.io~1network' }],
      // Nobody holds a field that is gone, so nobody can be named.
      planned: 'Update Namespace istio-system: metadata.labels.topology.istio.io/network removed',
    },
  ])('$name: shows as that update, and one write repairs it', async ({ what, change, type = 'json', planned }) => {
    await patch(what, change, { type });
    expect(await plan()).toEqual([planned]);
    expect(await apply()).toMatchObject({ created: 0, configured: 1 });
    expect(await plan()).toEqual([]);
  });

  test('fields of others on our objects are theirs', async () => {
    await patch('namespace/istio-system', { metadata: { labels: { 'example.com/team': 'web' } } }, { type: 'merge' });
    await patch('configmap/istio', { data: { other: 'kept' } }, { type: 'merge' });
    expect(await plan()).toEqual([]);
  });
});

describe('what istiod takes over', () => {
  const webhooks = [
    'validatingwebhookconfiguration/istio-validator-istio-system',
    'validatingwebhookconfiguration/istiod-default-validator',
    'mutatingwebhookconfiguration/istio-sidecar-injector',
  ];
  const bundle = Buffer.from('authority').toString('base64');
  const first = async (what: string, field: string): Promise<string> =>
    lab.kubectl('west', 'get', what, '-o', `jsonpath={.webhooks[0].${field}}`);

  test('is not restored', async () => {
    for (const what of webhooks) {
      const count = (await lab.kubectl('west', 'get', what, '-o', 'jsonpath={.webhooks[*].name}')).split(' ').length;
      const ceded = what.startsWith('validating') ? [{ path: 'failurePolicy', value: 'Fail' }] : [];
      const change = Array.from({ length: count }, (_, index) =>
        [...ceded, { path: 'clientConfig/caBundle', value: bundle }].map(({ path, value }) => ({
          op: 'add',
          path: `/webhooks/${index}/${path}`,
          value,
        })),
      );
      await patch(what, change.flat(), { manager: 'pilot-discovery' });
    }
    expect(await plan()).toEqual([]);
    expect(await apply()).toMatchObject({ created: 0, configured: 0 });
  });

  test('outlives the repair of another field', async () => {
    const [validator = ''] = webhooks;
    await patch(validator, [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value: ['DELETE'] }]);
    expect(await plan()).toEqual([
      'Update ValidatingWebhookConfiguration istio-validator-istio-system: webhooks[rev.validation.istio.io].rules changed by kubectl-patch',
    ]);
    expect(await apply()).toMatchObject({ created: 0, configured: 1 });
    expect(await first(validator, 'rules')).not.toContain('DELETE');
    expect(await first(validator, 'failurePolicy')).toBe('Fail');
    expect(await first(validator, 'clientConfig.caBundle')).toBe(bundle);
    expect(await plan()).toEqual([]);
  });
});
