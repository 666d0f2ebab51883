import type { Json, JsonObject } from '../src/base/json.ts';
import { fieldManager, managedByLabel, managedByValue, meshLabel } from '../src/objects/ownership.ts';
import { expiresAnnotation, purposeLabel, purposeValue } from '../src/verify/manifests.ts';

/** One write that a tenant tries with its own rights. */
export interface TenantWrite {
  readonly path: string;
  readonly body: Json;
  readonly method?: 'POST' | 'PATCH';
  readonly manager?: string;
}

/**
 * What the administrator of the namespace `tenant` tries. `Stored`: the API server takes it, and it is for the commands to
 * stand it. `Forbidden`: RBAC refuses it. `Invalid`: the API server refuses its form.
 */
export interface TenantAttack {
  readonly kind: string;
  readonly name: string;
  readonly outcome: 'Stored' | 'Forbidden' | 'Invalid';
  readonly writes: readonly TenantWrite[];
}

export const tenant = 'tenant';
const labels = { [managedByLabel]: managedByValue, [meshLabel]: 'shop' };
const steering = '\u001b]52;c;eA==\u0007\u001b[2J\u009b31m\u202e\r\nmesh shop: healthy';

const core = ['/api/v1', 'v1'] as const;
const group = (name: string, version = 'v1') => [`/apis/${name}/${version}`, `${name}/${version}`] as const;
const istio = group('networking.istio.io');
const filters = group('networking.istio.io', 'v1alpha3');
const isthmus = group('isthmus.dev', 'v1alpha1');

type Place = readonly [path: string, apiVersion: string];

const plurals: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  Deployment: 'deployments',
  EnvoyFilter: 'envoyfilters',
  Lease: 'leases',
  Mesh: 'meshes',
  MeshCluster: 'meshclusters',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  Pod: 'pods',
  PodDisruptionBudget: 'poddisruptionbudgets',
  Secret: 'secrets',
  Service: 'services',
  ServiceEntry: 'serviceentries',
  VirtualService: 'virtualservices',
  WasmPlugin: 'wasmplugins',
};

interface Written extends Omit<Partial<TenantWrite>, 'body'> {
  readonly metadata?: JsonObject;
  readonly namespace?: string;
}

/** The creation of an object in the tenant's namespace, unless another is given. */
function made(
  [base, apiVersion]: Place,
  called: string,
  content: JsonObject = {},
  { metadata = {}, namespace = tenant, ...write }: Written = {},
): TenantWrite {
  const [kind = '', name = ''] = called.split(' ');
  const path = `${base}/namespaces/${namespace}/${plurals[kind]}`;
  return { path, body: { apiVersion, kind, metadata: { name, ...metadata }, ...content }, ...write };
}

const stored = (kind: string, name: string, ...writes: readonly TenantWrite[]): TenantAttack => ({
  ...{ kind, name, writes },
  outcome: 'Stored',
});
const forbidden = (kind: string, name: string, ...writes: readonly TenantWrite[]): TenantAttack => ({
  ...{ kind, name, writes },
  outcome: 'Forbidden',
});
const invalid = (kind: string, name: string, ...writes: readonly TenantWrite[]): TenantAttack => ({
  ...{ kind, name, writes },
  outcome: 'Invalid',
});

const nested = (levels: number): Json => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);

const filter = (name: string, value: Json, write: Written = {}): TenantWrite =>
  made(
    filters,
    `EnvoyFilter ${name}`,
    {
      spec: { configPatches: [{ applyTo: 'CLUSTER', patch: { operation: 'MERGE', value } }] },
    },
    write,
  );

const own = `x.${tenant}.svc.cluster.local`;
const routed = (name: string, http: readonly JsonObject[]): TenantWrite =>
  made(istio, `VirtualService ${name}`, { spec: { hosts: [own], http } });
const matched = (name: string, match: JsonObject): TenantWrite =>
  routed(name, [{ match: [match], route: [{ destination: { host: own } }] }]);

const podSpec = (more: JsonObject = {}): JsonObject => ({ containers: [{ name: 'a', image: 'a', ...more }] });
const deployment = (name: string, { own: ownLabels, env = [] }: { own: JsonObject; env?: Json }): TenantWrite =>
  made(
    group('apps'),
    `Deployment ${name}`,
    {
      spec: {
        replicas: 0,
        selector: { matchLabels: { a: name } },
        template: { metadata: { labels: { a: name } }, spec: podSpec({ env }) },
      },
    },
    { metadata: { labels: ownLabels } },
  );

const deep = 'deep objects';
const long = 'long objects';
const labelled = 'objects labelled as ours';
const names = 'names that look like ours';
const owners = 'owners';
const runs = 'namespaces labelled as those of a run';
const patterns = 'regular expressions';
const certificates = 'certificates';
const controls = 'names and texts with control characters';
const annotated = 'annotations';
const envoy = 'EnvoyFilters';
const leases = 'forged Leases';
const inventories = 'forged inventories';
const documents = 'forged documents';
const istiods = 'objects that pass for those of Istio';
const proxies = 'pods that pass for proxies';

const pem = `-----BEGIN CERTIFICATE-----\n${'MIIB'.repeat(150)}\n-----END CERTIFICATE-----\n`;
const line = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'kube-system',
  name: 'extension-apiserver-authentication',
};
const inventory = { data: { objects: `${JSON.stringify(line)}\n` } };
const lease = {
  spec: { holderIdentity: steering, leaseDurationSeconds: 2_000_000_000, renewTime: '2099-01-01T00:00:00.000000Z' },
};
const runMarks = {
  labels: { ...labels, [purposeLabel]: purposeValue },
  annotations: { [expiresAnnotation]: '2001-01-01T00:00:00Z' },
};
const patchOf = (path: string, body: Json): TenantWrite => ({ path, body, method: 'PATCH' });

/** Stands for the uid of the Deployment of istiod, which the tenant may have seen somewhere. */
export const istiodUid = '00000000-0000-4000-8000-000000000000';

const owner = (kind: string, name: string, uid: string): JsonObject => ({
  ownerReferences: [{ apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1', kind, name, uid }],
});

export const tenantAttacks: readonly TenantAttack[] = [
  stored(deep, 'a value of 2,000 levels in an EnvoyFilter', filter('deep', nested(2_000) as JsonObject)),
  stored(
    deep,
    'a configuration of 2,000 levels in a WasmPlugin',
    made(group('extensions.istio.io', 'v1alpha1'), 'WasmPlugin deep', {
      spec: { url: 'file:///a', pluginConfig: nested(2_000) },
    }),
  ),
  stored(
    deep,
    'a mesh configuration of 5,000 levels',
    made(core, 'ConfigMap istio', { data: { mesh: `${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}` } }),
  ),
  stored(long, 'a ConfigMap of 1,000,000 bytes', made(core, 'ConfigMap long', { data: { a: 'x'.repeat(1_000_000) } })),
  stored(
    long,
    'a VirtualService of 2,000 routes',
    routed(
      'long',
      Array.from({ length: 2_000 }, (_, at) => ({
        match: [{ uri: { prefix: `/a${at}` } }],
        route: [{ destination: { host: own } }],
      })),
    ),
  ),
  stored(
    long,
    '600 objects, more than a page',
    ...Array.from({ length: 600 }, (_, at) => made(core, `ConfigMap many-${at}`, {}, { metadata: { labels } })),
  ),
  invalid(
    long,
    'a ServiceEntry of 5,000 hosts',
    made(istio, 'ServiceEntry hosts', {
      spec: { hosts: Array.from({ length: 5_000 }, (_, at) => `h${at}.example`), resolution: 'DNS' },
    }),
  ),

  stored(labelled, 'both labels on a Deployment', deployment('labelled', { own: labels })),
  stored(labelled, 'both labels on a Secret', made(core, 'Secret labelled', {}, { metadata: { labels } })),
  stored(
    labelled,
    'both labels and our field manager',
    made(core, 'ConfigMap forged', { data: { a: 'b' } }, { metadata: { labels }, manager: fieldManager }),
  ),
  stored(
    labelled,
    'our field manager alone',
    made(core, 'ConfigMap managed', { data: { a: 'b' } }, { manager: fieldManager }),
  ),
  stored(
    labelled,
    'everything forged on a PersistentVolumeClaim',
    made(
      core,
      'PersistentVolumeClaim forged',
      { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
      { metadata: { labels }, manager: fieldManager },
    ),
  ),
  forbidden(
    labelled,
    'both labels on an object of kube-system',
    patchOf('/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt', { metadata: { labels } }),
  ),
  forbidden(
    labelled,
    'both labels on its own namespace',
    patchOf(`/api/v1/namespaces/${tenant}`, { metadata: { labels } }),
  ),

  stored(
    names,
    'a Secret istio-ca-secret',
    made(core, 'Secret istio-ca-secret', { stringData: { 'ca-key.pem': 'x' } }),
  ),
  stored(names, 'a ConfigMap of an election of istiod', made(core, 'ConfigMap istio-namespace-controller-election')),
  stored(
    names,
    'a PodDisruptionBudget istiod',
    made(group('policy'), 'PodDisruptionBudget istiod', { spec: { selector: { matchLabels: { app: 'istiod' } } } }),
  ),

  stored(
    owners,
    'an owner in another namespace',
    made(core, 'ConfigMap owned', {}, { metadata: owner('Deployment', 'istiod', istiodUid) }),
  ),
  stored(
    owners,
    'owners in a circle',
    made(core, 'ConfigMap one', {}, { metadata: owner('ConfigMap', 'two', 'two') }),
    made(core, 'ConfigMap two', {}, { metadata: owner('ConfigMap', 'one', 'one') }),
  ),

  forbidden(runs, 'the marks on its own namespace', patchOf(`/api/v1/namespaces/${tenant}`, { metadata: runMarks })),
  forbidden(runs, 'a namespace with the name of a run', {
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'isthmus-verify-0a1b2c3d', ...runMarks } },
  }),

  stored(patterns, '`(a+)+b` for a path', matched('backtracking', { uri: { regex: '(a+)+b' } })),
  stored(
    patterns,
    '`((a{100}){100}){100}` for a header',
    matched('large', { headers: { a: { regex: '((a{100}){100}){100}' } } }),
  ),
  stored(
    patterns,
    '`([a-z.:0-9]+)+!` for an authority',
    matched('authority', { authority: { regex: '([a-z.:0-9]+)+!' } }),
  ),

  stored(
    certificates,
    '1,000 in a Secret cacerts',
    made(core, 'Secret cacerts', { stringData: { 'ca-cert.pem': pem.repeat(1_000) } }),
  ),
  stored(
    certificates,
    '1,000 roots in istio-ca-root-cert',
    made(core, 'ConfigMap istio-ca-root-cert', { data: { 'root-cert.pem': pem.repeat(1_000) } }),
  ),

  stored(
    controls,
    'an annotation',
    made(core, 'ConfigMap steering', {}, { metadata: { annotations: { 'example.com/a': steering } } }),
  ),
  stored(
    controls,
    'the name of a route',
    routed('steering', [{ name: steering, route: [{ destination: { host: own } }] }]),
  ),
  invalid(controls, 'a label', made(core, 'ConfigMap label', {}, { metadata: { labels: { a: steering } } })),
  invalid(controls, 'the name of an object', made(core, 'ConfigMap a', {}, { metadata: { name: steering } })),
  invalid(controls, 'the name of a field manager', made(core, 'ConfigMap manager', {}, { manager: steering })),

  stored(
    annotated,
    '250 KB of them',
    made(
      core,
      'Service long',
      { spec: { ports: [{ port: 80 }] } },
      {
        metadata: { annotations: { 'example.com/a': 'x'.repeat(250_000) } },
      },
    ),
  ),
  stored(
    annotated,
    'those that Istio reads, damaged',
    made(
      core,
      'Service x',
      { spec: { ports: [{ port: 80, name: 'http' }], selector: { app: 'x' } } },
      {
        metadata: {
          annotations: {
            'networking.istio.io/exportTo': '\u0000,,*,*',
            'networking.istio.io/traffic-distribution': '[[[',
            'networking.istio.io/serviceScope': '{',
          },
        },
      },
    ),
  ),
  stored(
    annotated,
    'the digest of what was applied',
    made(core, 'ConfigMap applied', {}, { metadata: { labels, annotations: { 'isthmus.dev/applied': 'x' } } }),
  ),

  stored(envoy, 'one for all of its namespace', filter('all', { connect_timeout: '0s' })),
  stored(envoy, 'one with control characters', filter('steering', { [steering]: steering })),
  forbidden(envoy, 'one in istio-system', filter('root', { connect_timeout: '0s' }, { namespace: 'istio-system' })),

  forbidden(
    leases,
    'the lock of the mesh',
    made(group('coordination.k8s.io'), 'Lease isthmus-shop', lease, { namespace: 'isthmus-system' }),
  ),
  forbidden(
    leases,
    'the lock of the mesh, patched',
    patchOf('/apis/coordination.k8s.io/v1/namespaces/isthmus-system/leases/isthmus-shop', lease),
  ),

  stored(
    inventories,
    'one in its own namespace',
    made(core, 'ConfigMap isthmus-inventory', inventory, { metadata: { labels } }),
  ),
  forbidden(
    inventories,
    'that of the cluster',
    patchOf('/api/v1/namespaces/isthmus-system/configmaps/isthmus-inventory', inventory),
  ),

  forbidden(
    documents,
    'a MeshCluster in its own namespace',
    made(isthmus, 'MeshCluster bank', { spec: { network: 'us', access: { context: 'prod-bank-admin' } } }),
  ),
  forbidden(
    documents,
    'a MeshCluster of the home cluster',
    made(isthmus, 'MeshCluster bank', { spec: { network: 'us' } }, { namespace: 'isthmus-system' }),
  ),

  stored(
    istiods,
    'an istiod for this cluster, with a mesh configuration of its own',
    deployment('a-istiod', {
      own: { app: 'istiod' },
      env: [
        { name: 'CLUSTER_ID', value: 'west' },
        { name: 'PILOT_SKIP_VALIDATE_TRUST_DOMAIN', value: 'true' },
      ],
    }),
    made(core, 'ConfigMap istio-tenant', { data: { mesh: 'trustDomain: evil.example\n' } }),
  ),
  stored(
    istiods,
    'a remote secret for a cluster of its own',
    made(
      core,
      'Secret istio-remote-secret-evil',
      { stringData: { evil: 'apiVersion: v1\nkind: Config\n' } },
      {
        metadata: {
          labels: { ...labels, 'istio/multiCluster': 'true' },
          annotations: { 'networking.istio.io/cluster': 'evil' },
        },
      },
    ),
  ),
  stored(
    istiods,
    'an east-west gateway',
    made(
      core,
      'Service gateway',
      { spec: { ports: [{ port: 15_443, name: 'tls' }], externalIPs: ['203.0.113.9'] } },
      { metadata: { labels: { 'topology.istio.io/network': 'us' } } },
    ),
  ),

  stored(
    proxies,
    'a pod with the marks of a gateway',
    made(
      core,
      'Pod proxy',
      {
        spec: {
          automountServiceAccountToken: false,
          containers: [{ name: 'istio-proxy', image: 'a', args: ['proxy', 'router'] }],
        },
      },
      {
        metadata: {
          labels: { 'service.istio.io/canonical-name': 'x', app: 'istiod' },
          annotations: { 'sidecar.istio.io/status': '{"containers":[[[' },
        },
      },
    ),
  ),
  forbidden(
    proxies,
    'its readiness',
    patchOf(`/api/v1/namespaces/${tenant}/pods/proxy/status`, {
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    }),
  ),
];

/**
 * Times, counts of everything, and what one run has for itself. Weights too: a Service with the label of a network is one
 * more gateway for Istio, which scales them all alike.
 */
const volatile = [
  'weight',
  'unreachableBefore',
  'at',
  'readAt',
  'takenAt',
  'folder',
  'seconds',
  'requests',
  'namespaces',
  'counts',
  'services',
  'assumptions',
];

/** Without times, places and what is of the tenant's own: a finding may name its objects, as long as nothing else changes. */
export function ofOthers(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(ofOthers).filter((item) => JSON.stringify(item)?.includes(tenant) !== true);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !volatile.includes(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, ofOthers(inner)]));
}
