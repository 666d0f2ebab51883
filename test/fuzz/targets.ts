import { Readable } from 'node:stream';
import { digest } from '../../src/apply/read/digest.ts';
import { encodeBase64Text } from '../../src/base/base64.ts';
import { isTooDeep } from '../../src/base/depth.ts';
import { asIsthmusError } from '../../src/base/error.ts';
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../../src/base/json.ts';
import { parseJson } from '../../src/base/parse-json.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { jsonText, visibleIn, withoutSteering } from '../../src/cli/shell/foreign-text.ts';
import { parsePattern } from '../../src/discovery/re2/pattern.ts';
import { buildIstiodViews } from '../../src/discovery/registry/view.ts';
import { mayI, readHealth } from '../../src/fleet/identity.ts';
import { parseClusterz, parseEnvoyClusters, parseEnvoyStats } from '../../src/istio/debug.ts';
import { parseEdsz } from '../../src/istio/debug-eds.ts';
import { parseRemoteSecret } from '../../src/istio/remote-secret.ts';
import { parseManifests } from '../../src/istio/render/manifests.ts';
import { parseSyncz } from '../../src/istio/syncz.ts';
import { accessOfContext } from '../../src/kube/access/context.ts';
import { askPlugin, type RunPlugin } from '../../src/kube/access/exec-plugin.ts';
import { parseKubeconfig } from '../../src/kube/access/kubeconfig.ts';
import { connect } from '../../src/kube/connect.ts';
import { acquireLease } from '../../src/kube/lease.ts';
import { servedKinds } from '../../src/kube/objects/served-kinds.ts';
import { readLines } from '../../src/kube/objects/watch-stream.ts';
import { createFake } from '../../src/kube/testing/fake.ts';
import { testPorts } from '../../src/kube/testing/ports.ts';
import { startScripted } from '../../src/kube/testing/scripted-server.ts';
import { statusError } from '../../src/kube/transport/status.ts';
import { checkDocuments } from '../../src/mesh/check/check-documents.ts';
import { readText } from '../../src/mesh/text/read-text.ts';
import { asKubeObject, hasPlainMetadata, type KubeObject } from '../../src/objects/object.ts';
import { following } from '../../src/objects/owners.ts';
import { parseSecrets } from '../../src/observe/proxy-certificate.ts';
import { isSignedBy, parseCertificates } from '../../src/pki/certificate.ts';
import { findChain } from '../../src/pki/chain.ts';
import { fieldsNotHeld } from '../../src/plan/fields.ts';
import { inventoryObject, parseInventory } from '../../src/plan/inventory.ts';
import { parsePlanFile } from '../../src/plan/plan-file.ts';
import { replacedItems } from '../../src/plan/replaced-items.ts';
import { parseChanges } from '../../src/predict/scenario/change.ts';
import { whatif } from '../../src/predict/scenario/whatif.ts';
import { twoNetworks } from '../../src/predict/testing/fake-mesh.ts';
import { parseClientLines } from '../../src/probe/protocol.ts';
import { parseReachLines } from '../../src/probe/reach.ts';
import { identitiesOf } from '../../src/probe/xfcc.ts';
import { classify } from '../../src/remove/classify.ts';
import { objectsOf } from '../../src/snapshot/folder.ts';
import { redactObject } from '../../src/snapshot/redact.ts';
import { canary } from './damage.ts';
import { podTargets } from './pod-targets.ts';
import { snapshotTargets } from './snapshot-targets.ts';
import type { Target } from './target.ts';

const meshFile = `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec:
  istio: {version: "1.31", values: {pilot: {env: {A: b}}}, meshConfig: {accessLogFile: /dev/stdout}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us, injectNamespaces: [sample], gateway: {addresses: ["1.2.3.4:15443"]}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshService
metadata: {name: cart, namespace: sample}
spec: {}
`;

const kubeconfig = `apiVersion: v1
kind: Config
current-context: west
clusters:
- {name: west, cluster: {server: "https://west.example:6443"}}
users:
- name: ann
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: login, interactiveMode: Never}
- {name: bob, user: {token: ${canary}}}
contexts:
- {name: west, context: {cluster: west, user: ann}}
- {name: east, context: {cluster: west, user: bob}}
`;

const declared = readText(meshFile, 'mesh.yaml').declared;
const documents = [declared?.mesh, ...(declared?.clusters ?? [])] as unknown as Json;
const origin = { name: 'config', folder: '/home/ann' };
const world = twoNetworks();
const worldObjects = world.clusters.flatMap(({ objects }) => objects).slice(0, 24);

function json(value: unknown): string {
  return JSON.stringify(value);
}

function asJson(text: string): Json {
  return parseJson(text) ?? null;
}

/** The objects that a list would keep, which leaves out and names what has another form or too many levels. */
function objectsIn(text: string): readonly KubeObject[] {
  const value = asJson(text);
  const objects = (Array.isArray(value) ? value : []).flatMap((one) => asKubeObject(one) ?? []);
  return objects.filter((object) => hasPlainMetadata(object) && !isTooDeep(object));
}

const named = (kind: string, name: string, more: object): object => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'shop', uid: name, resourceVersion: '1' },
  ...more,
});

const kindOfLease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' } as const;
const lease = {
  ...kindOfLease,
  metadata: { name: 'lock', namespace: 'isthmus-system', uid: 'u', resourceVersion: '1' },
  spec: {
    holderIdentity: 'apply by bob',
    leaseDurationSeconds: 15,
    renewTime: '2020-01-01T00:00:00.000000Z',
    leaseTransitions: 3,
  },
};

const managed = {
  'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
  'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } }, 'f:list': { 'v:1': {} } },
};

async function ofServer(answers: (path: string) => string, ask: (server: never) => Promise<unknown>): Promise<void> {
  await using server = await startScripted(({ path }, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(answers(path));
  });
  await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
  await ask(client as never);
}

async function askedPlugin(stdout: string): Promise<void> {
  const access = accessOfContext(parseKubeconfig(kubeconfig, origin), 'west', 'west');
  if (access.exec === undefined) throw new Error('the kubeconfig names no plug-in');
  const run: RunPlugin = async () => ({ problem: undefined, exitCode: 0, stdout, stderr: stdout });
  await askPlugin(access.exec, { cluster: 'west', access, authorityText: undefined, run, clock: systemClock });
}

/** The model of istiod and what it predicts, of objects that anybody may have written. */
function predicted(text: string): void {
  const objects = objectsIn(text);
  const clusters = world.clusters.map(({ cluster }, index) => ({ cluster, objects: index === 0 ? objects : [] }));
  const snapshot = { ...world, clusters };
  buildIstiodViews(snapshot);
  whatif(snapshot, { downs: [], changes: parseChanges(objects, [world.clusters[0]?.cluster ?? '']) });
}

const traffic = [
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'routes', namespace: 'sample' },
    spec: {
      hosts: ['*'],
      gateways: ['mesh'],
      exportTo: ['*'],
      http: [
        {
          match: [{ uri: { regex: '/a.*' }, headers: { a: { exact: 'b' } }, sourceLabels: { app: 'x' } }],
          route: [{ destination: { host: 'web', port: { number: 80 }, subset: 'v1' }, weight: 3 }],
          delegate: { name: 'routes', namespace: 'sample' },
        },
      ],
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'rule', namespace: 'sample' },
    spec: {
      host: '*',
      subsets: [{ name: 'v1', labels: { version: 'v1' } }],
      trafficPolicy: {
        tls: { mode: 'ISTIO_MUTUAL' },
        loadBalancer: { localityLbSetting: { distribute: [{ from: 'a/*', to: { 'b/*': 100 } }] } },
      },
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: 'entry', namespace: 'sample' },
    spec: {
      hosts: ['out.example', '*.wild.example'],
      ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
      resolution: 'STATIC',
      endpoints: [{ address: '10.0.0.1', weight: 2, network: 'eu', locality: 'a/b/c', labels: { a: 'b' } }],
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name: 'default', namespace: 'sample' },
    spec: { egress: [{ hosts: ['./*', 'istio-system/*'] }], outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } },
  },
  {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: 'filter', namespace: 'sample' },
    spec: { configPatches: [{ applyTo: 'CLUSTER', patch: { operation: 'MERGE', value: { a: 1 } } }] },
  },
];

const owned = [
  named('ConfigMap', 'a', {}),
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'b',
      namespace: 'istio-system',
      uid: 'b',
      labels: { 'app.kubernetes.io/managed-by': 'isthmus', 'isthmus.dev/mesh': 'shop' },
      annotations: { 'isthmus.dev/applied': 'x' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'a' }],
      managedFields: [{ manager: 'isthmus', operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1: managed }],
    },
  },
];

const clusterz = [{ id: 'east', secretName: 'istio-system/istio-remote-secret-east', syncStatus: 'synced' }];
const envoyClusters = {
  cluster_statuses: [
    {
      name: 'outbound|80||web',
      host_statuses: [
        {
          address: { socket_address: { address: '10.0.0.1', port_value: 80 } },
          stats: [{ name: 'rq_total', value: '4' }],
          health_status: { eds_health_status: 'HEALTHY', failed_outlier_check: true },
          weight: 3,
          locality: { region: 'a' },
        },
      ],
    },
  ],
};
const edsz = {
  configs: [
    {
      clusterName: 'outbound|80||web',
      endpoints: [
        {
          priority: 1,
          lbEndpoints: [{ endpoint: { address: { socketAddress: { address: '1.2.3.4', portValue: 80 } } } }],
        },
      ],
    },
  ],
};
const pem = `-----BEGIN CERTIFICATE-----\n${canary}\n-----END CERTIFICATE-----\n`;
const dump = {
  configs: [
    { name: 'default', secret: { tls_certificate: { certificate_chain: { inline_bytes: encodeBase64Text(pem) } } } },
    { name: 'ROOTCA', secret: { validation_context: { trusted_ca: { inline_bytes: encodeBase64Text(pem) } } } },
  ],
};
const probeLines = [
  { type: 'reach', cluster: 'west', outcome: 'Reached', detail: 'HTTP 401' },
  { type: 'proxy', state: 'Ready', afterMs: 12.5, detail: '' },
  { type: 'reached', service: 'server', afterMs: 40 },
  { type: 'complete' },
].map(json);
const refusal = {
  kind: 'Status',
  status: 'Failure',
  code: 409,
  reason: 'Conflict',
  message: 'Apply failed with 1 conflict: conflict with "kubectl": .spec.a',
  details: {
    name: 'a',
    kind: 'configmaps',
    retryAfterSeconds: 1,
    causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl"', field: '.spec.a' }],
  },
};

/** Every reader of what others write: clusters, pods, files, programs. */
export const targets: readonly Target[] = [
  {
    name: 'api-list',
    from: 'an API server: a page of a list',
    form: 'Json',
    whole: [json({ metadata: { resourceVersion: '1', remainingItemCount: 0 }, items: owned })],
    read: async (text) =>
      await ofServer(
        () => text,
        async (client: { list: (kind: object) => Promise<unknown> }) =>
          await client.list({ apiVersion: 'v1', kind: 'Secret' }),
      ),
  },
  {
    name: 'api-object',
    from: 'an API server: one object',
    form: 'Json',
    whole: [json(named('Secret', 'a', { data: { a: canary } }))],
    read: async (text) =>
      await ofServer(
        () => text,
        async (client: { get: (ref: object) => Promise<unknown> }) =>
          await client.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'a' }),
      ),
  },
  {
    name: 'api-discovery',
    from: 'an API server: the kinds that it serves',
    form: 'Json',
    whole: [
      json({
        groups: [{ name: 'apps', versions: [{ groupVersion: 'apps/v1', version: 'v1' }] }],
        resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs: ['list', 'delete'] }],
      }),
    ],
    read: async (text) => await ofServer(() => text, servedKinds),
  },
  {
    name: 'api-refusal',
    from: 'an API server or a webhook: a refusal',
    form: 'Json',
    whole: [json({ ...refusal, message: `admission webhook denied: tls.key ${canary}` }), json(refusal)],
    read: (text) => {
      for (const status of [400, 401, 403, 404, 409, 422, 429, 500, 503]) {
        const purpose = { cluster: 'west', server: 's', origin: 'o', action: 'read Secret a/b', confidential: true };
        saidToUser(statusError({ status, headers: {}, text }, purpose));
      }
    },
  },
  {
    name: 'api-rights',
    from: 'an API server: what a user may do, and who it is',
    form: 'Json',
    whole: [
      json({
        status: { allowed: true, userInfo: { username: 'ann' } },
        gitVersion: 'v1.36.0',
        metadata: { name: 'a', uid: 'u' },
      }),
    ],
    read: async (text) => {
      const client = createFake({ raw: () => asJson(text) });
      await mayI(client, [{ verb: 'get', group: '', resource: 'pods/log' }]);
      await readHealth(client);
    },
  },
  {
    name: 'api-watch',
    from: 'an API server: the lines of a watch',
    form: 'Text',
    whole: [`${json({ type: 'ADDED', object: owned[1] })}\n${json({ type: 'BOOKMARK', object: owned[0] })}\n`],
    read: async (text) => {
      for await (const _ of readLines(Readable.from([Buffer.from(text)]), systemClock));
    },
  },
  {
    name: 'certificates',
    from: 'Secrets, ConfigMaps and proxies: certificates as PEM',
    form: 'Text',
    whole: [pem, pem + pem],
    read: async (text) => {
      const { certificates = [] } = parseCertificates(text) ?? {};
      const [first] = certificates;
      if (first === undefined) return;
      await isSignedBy(globalThis.crypto, first, first);
      await findChain(globalThis.crypto, first, { between: certificates, roots: certificates });
    },
  },
  {
    name: 'changes',
    from: 'a file of changes for whatif',
    form: 'Text',
    whole: [traffic.map((one) => json(one)).join('\n---\n')],
    read: (text) => parseChanges(objectsOf('changes.yaml', text), ['west']),
  },
  {
    name: 'envoy-clusters',
    from: "a proxy's admin port: clusters and their hosts",
    form: 'Json',
    whole: [json(envoyClusters)],
    read: (text) => parseEnvoyClusters(asJson(text)),
  },
  {
    name: 'envoy-counters',
    from: "a proxy's admin port: counters",
    form: 'Json',
    whole: [json({ stats: [{ name: 'a', value: 1 }, { histograms: {} }] })],
    read: (text) => parseEnvoyStats(asJson(text)),
  },
  {
    name: 'envoy-secrets',
    from: "a proxy's admin port: the certificates that it uses",
    form: 'Json',
    whole: [json(dump)],
    read: parseSecrets,
  },
  {
    name: 'forwarded-certificate',
    from: 'a sidecar: the header with the certificate of the caller',
    form: 'Text',
    whole: ['By=spiffe://a/ns/b/sa/c;Hash=0a;Subject="CN=\\"x\\",O=y";URI=spiffe://a/ns/b/sa/d,By=b;URI=c'],
    read: identitiesOf,
  },
  {
    name: 'home-documents',
    from: 'the home cluster: the documents of the mesh',
    form: 'Json',
    whole: [json(documents)],
    read: (text) => checkDocuments(objectsIn(text) as readonly JsonObject[]),
  },
  {
    name: 'inventory',
    from: 'a ConfigMap: what was applied',
    form: 'Json',
    whole: [json(inventoryObject('shop', [{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'b' }]))],
    read: (text) => parseInventory(asKubeObject(asJson(text))),
  },
  {
    name: 'istiod-clusters',
    from: "istiod's debug port: the clusters that it reads",
    form: 'Json',
    whole: [json(clusterz)],
    read: (text) => parseClusterz(asJson(text)),
  },
  {
    name: 'istiod-endpoints',
    from: "istiod's debug port: endpoints",
    form: 'Json',
    whole: [json(edsz)],
    read: (text) => parseEdsz(asJson(text)),
  },
  {
    name: 'istiod-proxies',
    from: "istiod's debug port: connected proxies",
    form: 'Json',
    whole: [json([{ cluster_id: 'west', proxy: 'a.b', istio_version: '1.31.0' }])],
    read: parseSyncz,
  },
  {
    name: 'kubeconfig',
    from: 'a kubeconfig',
    form: 'Text',
    whole: [kubeconfig],
    read: (text) => accessOfContext(parseKubeconfig(text, origin), 'west', 'east'),
  },
  {
    name: 'lease',
    from: 'the Lease of the lock',
    form: 'Json',
    whole: [json(lease), json({ ...lease, spec: { ...lease.spec, leaseDurationSeconds: 1e300 } })],
    read: async (text) => {
      const value = asJson(text);
      const found = isTooDeep(value) ? undefined : asKubeObject(value);
      const metadata = { ...found?.metadata, name: 'lock', namespace: 'isthmus-system' };
      const client = createFake({ objects: found === undefined ? [] : [{ ...found, ...kindOfLease, metadata }] });
      const isMade = await client.get({ apiVersion: 'v1', kind: 'Namespace', name: 'isthmus-system' });
      if (isMade === undefined) return;
      const options = { namespace: 'isthmus-system', name: 'lock', holder: 'ann', clock: systemClock };
      try {
        await using _ = await acquireLease(client, options);
      } catch (error) {
        // Someone else holds it: that is understood.
        if (asIsthmusError(error).code !== 'lock-held') throw error;
      }
    },
  },
  {
    name: 'managed-fields',
    from: 'metadata of an object: which manager holds which field',
    form: 'Json',
    whole: [json(managed)],
    read: (text) => {
      const held = asJson(text);
      const spec = { ports: [{ port: 80, protocol: 'TCP' }, { port: 81 }], list: [1, 2], more: { a: [{ name: 'x' }] } };
      fieldsNotHeld({ metadata: { labels: { app: 'a' } }, spec }, held);
      const wanted = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec };
      const entry = { manager: 'isthmus', operation: 'Apply', ...(isJsonObject(held) ? { fieldsV1: held } : {}) };
      const live = { ...wanted, metadata: { name: 'a', managedFields: [entry] } };
      return replacedItems(wanted, { ...live, spec: { ...spec, ports: [{ port: 82, protocol: 'TCP' }] } });
    },
  },
  { name: 'mesh-file', from: 'a mesh file', form: 'Text', whole: [meshFile], read: (text) => readText(text, 'm') },
  {
    name: 'model',
    from: 'objects of tenants: what predictions are made from',
    form: 'Json',
    whole: [json([...worldObjects, ...traffic])],
    read: predicted,
  },
  {
    name: 'ownership',
    from: 'metadata of objects: what an uninstall takes',
    form: 'Json',
    whole: [json(owned)],
    read: (text) => {
      const objects = objectsIn(text);
      following(objects, objects.slice(0, 1));
      classify(
        { kinds: [], objects, silent: [], unreadable: [] },
        { mesh: 'shop', reach: 'Mesh', definitions: 'Keep', inventory: [] },
      );
    },
  },
  {
    name: 'pattern',
    from: 'objects of tenants: regular expressions',
    form: 'Text',
    whole: ['^(a|b+)*[^x-z[:alpha:]]\\pL{2,5}(?i:q)\\.$', '([a-z.:0-9]+)+!', '(?:(?:a{30}){30}){9}'],
    read: (text) => parsePattern(text)?.matches('a'.repeat(60)),
  },
  {
    name: 'plan-file',
    from: 'a plan file',
    form: 'Json',
    whole: [
      json({
        kind: 'isthmus-plan',
        version: 1,
        madeAt: '2026-11-21T08:00:00Z',
        mesh: 'shop',
        source: { file: 'mesh.yaml' },
        documents,
        declared: digest(canonicalJson(documents)),
        clusters: [{ cluster: 'west', identity: 'u', inputs: 'i', changes: [] }],
      }),
    ],
    read: (text) => parsePlanFile(text, 'a.plan', digest),
  },
  {
    name: 'plug-in',
    from: 'a credential plug-in: its answer and its complaint',
    form: 'Text',
    whole: [
      json({
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: { token: canary, expirationTimestamp: '2030-01-01T00:00:00Z' },
      }),
    ],
    read: askedPlugin,
  },
  {
    name: 'probe-log',
    from: 'the log of a probe',
    form: 'Text',
    whole: [probeLines.join('\n')],
    read: (text) => [parseReachLines(text), parseClientLines(text)],
  },
  {
    name: 'remote-secret',
    from: 'a remote secret',
    form: 'Text',
    whole: [kubeconfig],
    read: (text) =>
      parseRemoteSecret(named('Secret', 'a', { data: { east: encodeBase64Text(text) } }) as unknown as KubeObject),
  },
  {
    name: 'renderer',
    from: 'the output of istioctl or helm',
    form: 'Text',
    whole: [[...owned, ...traffic].map(json).join('\n---\n')],
    read: (text) => parseManifests(text, 'istioctl'),
  },
  {
    name: 'report',
    from: 'any text on its way to the terminal',
    form: 'Text',
    whole: ['mesh shop: \u001b[2J\u009b31m\u202e\u2028\r\n healthy'],
    read: (text) => {
      const shown = withoutSteering(`${Object.values(visibleIn({ text })).join('')}\n`, { color: false });
      if (shown.split('\n').length !== 2 || /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(shown))
        throw new Error('a text steers the terminal');
      if (/[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(jsonText({ text })))
        throw new Error('JSON steers the terminal');
    },
  },
  {
    name: 'snapshot-objects',
    from: 'the folder of a snapshot',
    form: 'Text',
    whole: [traffic.map(json).join('\n---\n'), json({ apiVersion: 'v1', kind: 'List', items: owned })],
    read: (text) => objectsOf('objects.yaml', text).map(redactObject),
  },
  ...podTargets,
  ...snapshotTargets,
];

/** Errors are shown: an answer about Secrets may not be repeated by them. */
function saidToUser(error: Error): void {
  if (error.message.includes(canary.slice(0, 12))) throw new Error('an error repeats a secret');
}
