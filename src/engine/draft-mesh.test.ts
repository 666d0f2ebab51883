import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import type { JsonObject } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import { createFake } from '../kube/testing/fake.ts';
import { readText } from '../mesh/text/read-text.ts';
import { nodePorts } from '../node-ports.ts';
import type { KubeObject } from '../objects/object.ts';
import type { MeshDraft } from '../report/draft.ts';
import { draftMesh } from './draft-mesh.ts';
import type { DraftOptions } from './options.ts';

const node = (podCIDR: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n' },
  spec: { podCIDR },
});

/** What istioctl leaves of an istiod. */
function istio(
  values: JsonObject,
  { revision, labels = {} }: { revision?: string; labels?: Record<string, string> } = {},
) {
  const suffix = revision === undefined ? '' : `-${revision}`;
  const rev = revision === undefined ? {} : { 'istio.io/rev': revision };
  const env = [{ name: 'CLUSTER_ID', value: String(values.cluster ?? 'Kubernetes') }];
  const containers = [{ name: 'discovery', image: 'docker.io/istio/pilot:1.30.2', env }];
  const configMap = (name: string, data: JsonObject): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${name}${suffix}`, namespace: 'istio-system' },
    data,
  });
  const deployment: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `istiod${suffix}`, namespace: 'istio-system', labels: { app: 'istiod', ...rev, ...labels } },
    spec: { template: { spec: { containers } } },
  };
  return [
    deployment,
    configMap('istio', { mesh: `trustDomain: ${values.domain ?? 'cluster.local'}\n` }),
    configMap('istio-sidecar-injector', {
      values: JSON.stringify({ global: { meshID: values.mesh ?? '', network: values.network ?? '' } }),
    }),
  ];
}

const network = (label: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'istio-system', labels: { 'topology.istio.io/network': label } },
});

/** What istioctl leaves of a remote with the profile of that name; `primary` is in the annotation. */
function remote(path: string, { primary, net }: { primary?: string; net?: string } = {}): readonly KubeObject[] {
  const annotations = primary === undefined ? {} : { 'topology.istio.io/controlPlaneClusters': primary };
  const labels: Record<string, string> = net === undefined ? {} : { 'topology.istio.io/network': net };
  const service = { name: 'istiod', namespace: 'istio-system', path };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system', labels, annotations } },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'istio-sidecar-injector', labels: { app: 'sidecar-injector' } },
      webhooks: [{ name: 'namespace.sidecar-injector.istio.io', clientConfig: { service } }],
    },
  ];
}

const remoteSecret = (cluster: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: `istio-remote-secret-${cluster}`,
    namespace: 'istio-system',
    labels: { 'istio/multiCluster': 'true' },
    annotations: { 'networking.istio.io/cluster': cluster },
  },
});

type World = Readonly<Record<string, readonly KubeObject[] | IsthmusError>>;

async function draft(world: World, options: Partial<DraftOptions> = {}, refuses?: string): Promise<MeshDraft> {
  const connect = async ({ spec }: { spec: { access: { context?: string | undefined } } }): Promise<KubeClient> => {
    const context = spec.access.context ?? '';
    const objects = world[context];
    if (objects === undefined) throw new IsthmusError('context-not-found', `no context ${context}`);
    if (objects instanceof IsthmusError) throw objects;
    const fake = createFake({
      cluster: context,
      objects,
      intercept: ({ kind }) => {
        if (refuses !== undefined && kind === refuses) throw new IsthmusError('access-denied', 'may not');
      },
    });
    // The UID of this namespace is the identity of a cluster.
    const get: KubeClient['get'] = async (ref, more) => {
      const found = await fake.get(ref, more);
      if (ref.name !== 'kube-system' || found === undefined) return found;
      return { ...found, metadata: { ...found.metadata, uid: context } };
    };
    return { ...fake, get };
  };
  const contexts = Object.keys(world).map((context) => ({ context }));
  return await draftMesh({ contexts, ...options }, { ...nodePorts({ PATH: '/nowhere' }), connect });
}

/** The spec of each document by its name, as the reader of mesh files has it. */
function declared({ text }: MeshDraft): Readonly<Record<string, unknown>> {
  const reading = readText(text, 'mesh.yaml');
  expect(reading.findings).toEqual([]);
  const { mesh, clusters = [] } = reading.declared ?? {};
  return Object.fromEntries([mesh, ...clusters].map((one) => [one?.metadata.name, one?.spec]));
}

describe('a mesh file of contexts', () => {
  test('gives empty clusters a network each, and begins with the line for editors', async () => {
    const made = await draft(
      { west: [node('10.1.0.0/24')], east: [node('10.2.0.0/24')] },
      { name: 'shop', istio: '1.31', schema: '../MeshFile.json' },
    );
    expect(made.text).toBe(`# yaml-language-server: $schema=../MeshFile.json
apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata:
  name: shop
spec:
  istio:
    version: "1.31"
---
# Kubernetes v1.36.0, pods in 10.1.0.0/24, no Istio
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata:
  name: west
spec:
  network: west
---
# Kubernetes v1.36.0, pods in 10.2.0.0/24, no Istio
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata:
  name: east
spec:
  network: east
`);
    expect(made).toMatchObject({ mesh: 'shop', notes: [], leftOut: [] });
    expect(Object.keys(declared(made))).toEqual(['shop', 'west', 'east']);
  });

  test('adopts an Istio that is there, with its names, network, revision and trust domain', async () => {
    const made = await draft({
      'arn:aws:eks:eu-west-1:1:cluster/shop_a': [
        ...istio({ cluster: 'west', mesh: 'books', domain: 'example.org' }, { revision: 'canary' }),
        network('us'),
        remoteSecret('east'),
        remoteSecret('north'),
      ],
      east: [],
    });
    expect(declared(made)).toMatchObject({
      books: { istio: { version: '1.30' }, trust: { domain: 'example.org' } },
      west: {
        access: { context: 'arn:aws:eks:eu-west-1:1:cluster/shop_a' },
        network: 'us',
        istio: { renderer: 'Installed', revision: 'canary' },
      },
      east: { network: 'east' },
    });
    const said = made.notes.map(({ cluster = '', message }) => `${cluster}: ${message}`).join('\n');
    expect(said).toMatch(/^west: its Istio 1\.30\.2 \(revision canary\) is adopted as it is/m);
    expect(said).toMatch(/^west: it reads east by remote secrets that Isthmus did not make/m);
    expect(said).toMatch(/^west: it reads north too/m);
    expect(said).toMatch(/^: set spec\.trust\.issuer to the CA/m);
  });

  test('a cluster that is part of a mesh already is named, and its Istio is not adopted', async () => {
    const made = await draft({ west: istio({ cluster: 'west' }, { labels: { 'isthmus.dev/mesh': 'shop' } }) });
    expect(declared(made).west).not.toHaveProperty('istio');
    expect(made.notes).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('mesh shop already') }),
    );
  });

  const primary = istio({ cluster: 'cluster1', mesh: 'mesh1', network: 'network1' });

  test.each([
    ['its namespace names the primary', remote('/inject/cluster/cluster2/net/network2', { primary: 'cluster1' })],
    ['one of the names is of the draft', remote('/inject/cluster/cluster2/net/network2', { primary: 'gone,cluster1' })],
    [
      'any istiod may serve it, and one reads it',
      remote('/inject/:ENV:cluster=cluster2:ENV:net=network2', { primary: '*' }),
    ],
    ['nothing is named, and one reads it', remote('/inject/cluster/cluster2', { net: 'network2' })],
  ])("a cluster whose pods another one's istiod injects is its remote: %s", async (_, objects) => {
    const made = await draft({ west: [...primary, remoteSecret('cluster2')], east: objects });
    expect(declared(made)).toMatchObject({
      cluster1: { network: 'network1', controlPlane: { own: {} }, istio: { renderer: 'Installed' } },
      cluster2: { access: { context: 'east' }, network: 'network2', controlPlane: { remoteOf: 'cluster1' } },
    });
    expect(made.notes).toContainEqual({ cluster: 'cluster2', message: 'the istiod of cluster1 serves it' });
    expect(made.clusters[1]).toMatchObject({ cluster: 'cluster2', servedFrom: 'cluster1' });
    expect(made.clusters[0]).not.toHaveProperty('servedFrom');
    expect(JSON.stringify(made.notes)).not.toContain('spec.trust.issuer');
  });

  test('a remote whose primary is in none of the clusters is no primary by that, and a note says so', async () => {
    const east = remote('/inject/cluster/cluster2/net/network2', { primary: 'north' });
    const made = await draft({ west: primary, east });
    expect(declared(made).cluster2).toMatchObject({ network: 'network2', controlPlane: { own: {} } });
    expect(made.clusters[1]).toMatchObject({ servedFrom: null });
    expect(made.notes).toContainEqual({
      cluster: 'cluster2',
      message:
        'the istiod of north injects its pods, and is in none of these clusters: add the cluster that it runs in, or say so in spec.controlPlane',
    });
  });

  test('the only cluster that does not answer is taken for the primary that no other one is', async () => {
    const east = remote('/inject/cluster/cluster2/net/network2', { primary: 'cluster1' });
    const down = new IsthmusError('cluster-unreachable', 'refuses');
    const made = await draft({ west: down, east });
    expect(declared(made).cluster2).toMatchObject({ controlPlane: { remoteOf: 'west' } });
    const two = await draft({ west: down, north: down, east });
    expect(two.clusters[2]).toMatchObject({ servedFrom: null });
  });

  /** An istiod that Isthmus runs for another cluster. */
  const hostedFor = (name: string, { labels = ours, namespace = `istiod-${name}` } = {}): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istiod', namespace, labels: { app: 'istiod', ...labels } },
    spec: {},
  });
  const ours: Record<string, string> = { 'isthmus.dev/mesh': 'shop' };
  const hub = istio({ cluster: 'west', network: 'us' }, { labels: ours });

  test.each([
    ['of that name', ['east'], [hostedFor('east')]],
    ['of another context, the only one that it can be', ['arn:aws:eks:eu-west-1:1:cluster/shop'], [hostedFor('east')]],
  ])(
    'a cluster for which an istiod runs in another one is served from there: %s',
    async (_, [context = ''], hosted) => {
      const made = await draft({ west: [...hub, ...hosted], [context]: [network('eu')] });
      expect(declared(made)).toMatchObject({
        west: { controlPlane: { own: {} } },
        east: { network: 'eu', controlPlane: { externalOf: 'west' } },
      });
      expect(made.clusters[1]).toMatchObject({ cluster: 'east', servedFrom: 'west' });
      expect(made.notes).toContainEqual({ cluster: 'east', message: 'an istiod for it runs in west' });
    },
  );

  test.each([
    ['whoever labelled it is not Isthmus', hostedFor('east', { labels: {} })],
    ['its namespace is none of a hosted istiod', hostedFor('east', { namespace: 'east' })],
    ['its name may have been shortened', hostedFor('e'.repeat(56))],
  ])('an istiod elsewhere serves no cluster where %s', async (_, deployment) => {
    const made = await draft({ west: [...hub, deployment], east: [network('eu')] });
    expect(declared(made)).toMatchObject({ east: { controlPlane: { own: {} } } });
  });

  test('which of two clusters without an istiod it serves is not guessed', async () => {
    const made = await draft({ west: [...hub, hostedFor('other')], east: [network('eu')], north: [network('no')] });
    expect(JSON.stringify(declared(made))).not.toContain('externalOf');
  });

  test('a cluster with an istiod of its own is a primary, whatever it is annotated with', async () => {
    const own = [...istio({ cluster: 'cluster2', network: 'network2' }), ...remote('/inject', { primary: 'cluster1' })];
    const made = await draft({ west: [...primary, remoteSecret('cluster2')], east: own });
    expect(declared(made).cluster2).toMatchObject({ controlPlane: { own: {} } });
  });

  test('its network is that of the pods with a sidecar, not a label that says otherwise', async () => {
    const made = await draft({ west: [...primary, network('other')] });
    expect(declared(made).cluster1).toMatchObject({ network: 'network1' });
    const ofMesh = istio({ cluster: 'one', network: 'us' }, { labels: { 'isthmus.dev/mesh': 'shop' } });
    expect(declared(await draft({ west: [...ofMesh, network('other')] }))).toMatchObject({ one: { network: 'us' } });
  });

  test('pods that share addresses cannot be on one network', async () => {
    const world = { west: [node('10.1.0.0/16')], east: [node('10.1.4.0/24')] };
    const contexts = ['west', 'east'].map((context) => ({ context, network: 'flat' }));
    const { notes } = await draft(world, { contexts });
    expect(notes).toEqual([
      {
        cluster: 'east',
        message:
          'its pods and those of west share addresses (10.1.0.0/16 and 10.1.4.0/24), so one network cannot hold both: give it another spec.network',
      },
    ]);
    expect((await draft(world)).notes).toEqual([]);
  });

  test('what may not be read is unknown and named', async () => {
    const made = await draft({ west: [] }, {}, 'Node');
    expect(made.clusters).toMatchObject([{ podRanges: null, istio: [] }]);
    expect(made.notes).toEqual([{ cluster: 'west', message: 'could not be read: nodes' }]);
  });

  test('a cluster that does not answer is in the file, a context that does not exist ends the call', async () => {
    const down = new IsthmusError('cluster-unreachable', 'refuses');
    const made = await draft({ west: [], east: down });
    expect(Object.keys(declared(made))).toEqual(['mesh', 'west', 'east']);
    expect(made.clusters[1]).toMatchObject({ kubernetes: null, error: { code: 'cluster-unreachable' } });
    await expect(draft({ west: [] }, { contexts: [{ context: 'nowhere' }] })).rejects.toMatchObject({
      code: 'context-not-found',
    });
    await expect(draft({})).rejects.toMatchObject({ code: 'usage' });
  });

  test('two clusters of one name are refused, whether it was given or is what their istiods say', async () => {
    const contexts = ['west', 'east'].map((context) => ({ context, cluster: 'same' }));
    await expect(draft({ west: [], east: [] }, { contexts })).rejects.toMatchObject({ code: 'usage' });
    const same = istio({ cluster: 'same' });
    await expect(draft({ west: same, east: same })).rejects.toMatchObject({ code: 'invalid-config' });
  });
});

describe('a mesh file of settings', () => {
  const text = 'global: {meshID: shop, network: us, multiCluster: {clusterName: west}}\nprofile: demo\n';

  test('takes contexts and networks for the clusters that they name', async () => {
    const contexts = [{ cluster: 'west', context: 'prod-west', network: 'here' }];
    const made = await draftMesh({ settings: [{ name: 'west.yaml', text }], contexts }, nodePorts({}));
    expect(declared(made)).toMatchObject({ shop: {}, west: { access: { context: 'prod-west' }, network: 'here' } });
  });

  test('refuses other clusters, broken files and files without settings', async () => {
    const code = async (options: DraftOptions): Promise<unknown> =>
      await draftMesh(options, nodePorts({})).then(
        () => undefined,
        (error: IsthmusError) => error.code,
      );
    const settings = [{ name: 'west.yaml', text }];
    expect(await code({ settings, contexts: [{ context: 'north' }] })).toBe('usage');
    expect(await code({ settings: [{ name: 'a.yaml', text: 'a: [' }] })).toBe('invalid-config');
    expect(await code({ settings: [{ name: 'a.yaml', text: 'kind: Service\napiVersion: v1\n' }] })).toBe(
      'invalid-config',
    );
  });

  test('refuses a mesh file by its name', async () => {
    const settings = [
      { name: 'mesh.yaml', text: 'apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: a}\n' },
    ];
    await expect(draftMesh({ settings }, nodePorts({}))).rejects.toMatchObject({
      code: 'invalid-config',
      message: 'mesh.yaml is a mesh file already',
    });
  });
});
