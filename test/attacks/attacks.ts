import { meshName } from '../../src/api/name.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { parsePattern } from '../../src/discovery/re2/pattern.ts';
import { createFake } from '../../src/kube/testing/fake.ts';
import { handClock } from '../../src/kube/testing/hand-clock.ts';
import { checkDocuments } from '../../src/mesh/check/check-documents.ts';
import { withGiven } from '../../src/mesh/given.ts';
import { clusterOf, meshOf } from '../../src/mesh/testing/mesh-documents.ts';
import { readText } from '../../src/mesh/text/read-text.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { appliedAnnotation, fieldManager, meshLabel } from '../../src/objects/ownership.ts';
import { parseSecrets } from '../../src/observe/proxy-certificate.ts';
import { createRoot } from '../../src/pki/authority.ts';
import { inventoryObject, parseInventory } from '../../src/plan/inventory.ts';
import { newClusterRun } from '../../src/verify/cluster-run.ts';
import { expiresAnnotation, type ProbeSpec, purposeLabel, purposeValue } from '../../src/verify/manifests.ts';
import { sweep } from '../../src/verify/sweep.ts';
import { type Attack, forged, isTaken, labels, one, steers, taken } from './attack.ts';
import { attacksOnReaders } from './readers.ts';

/** The matcher must come to an end at all, and say no: a backtracking one would take years for these. */
function ambiguous(pattern: string, text: string): Attack {
  const matches = (): readonly string[] => (parsePattern(pattern)?.matches(text) === true ? ['it matches'] : []);
  return {
    kind: 'regular expressions',
    name: `\`${pattern}\` against a text of ${text.length} letters`,
    gain: matches,
  };
}

/** What a sweep of an administrator's verify deletes where a tenant with that field manager labelled a namespace. */
async function swept(name: string, manager = 'tenant'): Promise<readonly string[]> {
  const clock = handClock();
  const annotations = { [expiresAnnotation]: '2001-01-01T00:00:00Z' };
  const marks = { labels: { ...labels, [purposeLabel]: purposeValue }, annotations };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...marks } };
  const client = createFake({ clock, raw: () => ({ groups: [], resources: [] }) });
  await client.apply(namespace, { fieldManager: manager });
  const spec: ProbeSpec = {
    ...{ mesh: 'shop', namespace: 'n', cluster: 'west', clusters: ['west'], image: 'probe', args: [] },
    ...{ injectionLabels: {}, expires: '', clientSeconds: 60, lifetimeSeconds: 60 },
  };
  const run = newClusterRun({ name: 'west', network: 'us' }, client, spec, '');
  await sweep(run, client, { clock, signal: new AbortController().signal });
  return client.objects().some((found) => found.kind === 'Namespace' && found.metadata.name === name)
    ? []
    : [`the namespace ${name} is deleted`];
}

const labelled = 'objects labelled as ours';
const looksLike = 'names that look like ours';
const owners = 'owners';
const terminal = 'names and texts with control characters';
const sweeping = 'namespaces labelled as those of a run';
const documents = 'forged documents';

const inventory = (data: object): KubeObject =>
  ({ ...one('v1/ConfigMap isthmus-system/isthmus-inventory', { labels }), data }) as unknown as KubeObject;
const someInventory = inventoryObject('shop', [
  { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: 'a' },
]);
const namespace = one('v1/Namespace istio-system', { labels, managedFields: forged });
const going = one('v1/ConfigMap istio-system/ours', { labels, managedFields: forged });

const text = (name: string, written: string): Attack => ({ kind: terminal, name, gain: () => steers(written) });

const written = (name: string, yaml: string): Attack => ({
  kind: documents,
  name,
  gain: () => (readText(yaml, 'mesh.yaml').declared === undefined ? [] : ['the document is obeyed']),
});

const certificates = (name: string, count: number, where: 'default' | 'ROOTCA'): Attack => ({
  kind: 'certificates',
  name,
  gain: async () => ((await shownBy(count, where)) > 0 ? ['they are searched'] : []),
});

/** How many certificates are read of a proxy that shows so many. */
export async function shownBy(count: number, where: 'default' | 'ROOTCA'): Promise<number> {
  const environment = { crypto: globalThis.crypto, now: Date.UTC(2026, 0, 1) };
  const { certificate } = await createRoot({ mesh: meshName.parse('shop') }, environment);
  const inline = { inline_bytes: btoa(`${certificate}\n`.repeat(count)) };
  const secret = { tls_certificate: { certificate_chain: inline }, validation_context: { trusted_ca: inline } };
  const found = parseSecrets(JSON.stringify({ configs: [{ name: where, secret }] }));
  return (found?.presents.length ?? 0) + (found?.trusts.length ?? 0);
}

export const attacks: readonly Attack[] = [
  isTaken(labelled, 'both labels on a Deployment', [one('apps/v1/Deployment prod/web', { labels })]),
  isTaken(labelled, 'both labels on a Secret', [one('v1/Secret prod/key', { labels })]),
  isTaken(labelled, 'the label of the mesh alone, and a forged field manager', [
    one('v1/ConfigMap prod/a', { labels: { [meshLabel]: 'shop' }, managedFields: forged }),
  ]),
  isTaken(labelled, 'a forged field manager alone', [one('v1/ConfigMap prod/a', { managedFields: forged })]),
  isTaken(labelled, 'everything forged on a Node', [one('v1/Node worker', { labels, managedFields: forged })]),
  isTaken(labelled, 'everything forged on a PersistentVolume', [
    one('v1/PersistentVolume db', { labels, managedFields: forged }),
  ]),
  isTaken(labelled, 'everything forged on a PersistentVolumeClaim', [
    one('v1/PersistentVolumeClaim prod/db', { labels, managedFields: forged }),
  ]),
  isTaken(labelled, 'everything forged on an APIService', [
    one('apiregistration.k8s.io/v1/APIService v1.metrics', { labels, managedFields: forged }),
  ]),
  isTaken(labelled, 'everything forged in kube-system', [
    one('apps/v1/Deployment kube-system/coredns', { labels, managedFields: forged }),
  ]),
  {
    kind: labelled,
    name: 'everything forged on objects of one namespace',
    gain: () =>
      taken(
        ['v1/ConfigMap prod/a', 'v1/Secret prod/b', 'apps/v1/Deployment prod/istiod'].map((text) =>
          one(text, { labels, managedFields: forged }),
        ),
        someInventory,
      ),
  },
  isTaken(labelled, 'a labelled namespace', [one('v1/Namespace prod', { labels })]),

  isTaken(looksLike, 'a Secret istio-ca-secret', [one('v1/Secret cert-manager/istio-ca-secret')]),
  isTaken(looksLike, 'a Lease of an election of istiod', [one('coordination.k8s.io/v1/Lease prod/istio-my-leader')]),
  isTaken(looksLike, 'a ConfigMap of an election of istiod', [
    one('v1/ConfigMap news/istio-presidential-election-results'),
  ]),
  isTaken(looksLike, 'a ClusterRole istiod-auditors', [
    one('rbac.authorization.k8s.io/v1/ClusterRole istiod-auditors'),
  ]),
  isTaken(looksLike, 'a PodDisruptionBudget istiod', [one('policy/v1/PodDisruptionBudget tools/istiod')]),

  {
    kind: owners,
    name: 'a foreign object with two owners, one of them ours',
    gain: () => {
      const ownerReferences = [going, one('apps/v1/Deployment istio-system/living')].map(ownerOf);
      const kept = one('v1/ConfigMap istio-system/kept', { ownerReferences });
      return taken([namespace, going, kept]).filter((line) => line.includes('kept') || line.startsWith('Namespace'));
    },
  },
  {
    kind: owners,
    name: 'an owner in another namespace',
    gain: () => {
      const kept = one('v1/Secret prod/kept', { ownerReferences: [ownerOf(going)] });
      return taken([going, kept]).filter((line) => line.includes('kept'));
    },
  },
  {
    kind: owners,
    name: 'a chain of 20,000 owners in the worst order',
    gain: () => {
      const name = (index: number): string => `v1/ConfigMap prod/c${index}`;
      const chain = Array.from({ length: 20_000 }, (_, index) =>
        one(name(index), { ownerReferences: [ownerOf(one(name(index + 1)))] }),
      );
      const last = one(name(20_000), { labels, managedFields: forged });
      return taken([...chain, last]).filter((line) => line !== 'ConfigMap c20000 is deleted');
    },
  },
  {
    kind: owners,
    name: 'owners in a circle',
    gain: () =>
      taken([
        one('v1/ConfigMap prod/a', { ownerReferences: [ownerOf(one('v1/ConfigMap prod/b'))] }),
        one('v1/ConfigMap prod/b', { ownerReferences: [ownerOf(one('v1/ConfigMap prod/a'))] }),
      ]),
  },

  ...['production', 'isthmus-verify-0a1b2c3d', 'isthmus-verify-', 'isthmus-join-zzzzzzzz'].map(
    (name): Attack => ({ kind: sweeping, name: `the marks on \`${name}\``, gain: () => swept(name) }),
  ),
  {
    kind: sweeping,
    name: 'a forged field manager besides, on `production`',
    gain: () => swept('production', fieldManager),
  },

  {
    kind: 'forged inventories',
    name: 'a line for an object of somebody',
    gain: () =>
      taken(
        [one('v1/ConfigMap prod/a')],
        inventory({
          'isthmus.dev': JSON.stringify([{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'prod', name: 'a' }]),
        }),
      ),
  },
  {
    kind: 'forged inventories',
    name: 'values that are no texts',
    gain: () => parseInventory(inventory({ a: { b: 1 }, c: null, d: [[]] })).map(({ name }) => `${name} is ours`),
  },
  ...['v1/ConfigMap kube-system/coredns', 'v1/Secret prod/key', 'v1/Node worker'].map(
    (written): Attack => ({
      kind: 'forged inventories',
      name: `a line for \`${written}\`, with the digest of what was applied`,
      gain: () => {
        const object = one(written, { annotations: { [appliedAnnotation]: 'x' } });
        const { apiVersion, kind, metadata } = object;
        const { name, namespace } = metadata;
        return taken(
          [object],
          inventoryObject('shop', [{ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) }]),
        );
      },
    }),
  ),

  ambiguous('([a-z.:0-9]+)+!', 'a'.repeat(5_000)),
  ambiguous('(a+)+b', 'a'.repeat(5_000)),
  ambiguous('(a|aa)+$b', 'a'.repeat(5_000)),
  ambiguous('(.*a){12}b', 'a'.repeat(2_000)),
  {
    kind: 'regular expressions',
    name: '`((a{100}){100}){100}`, which would be a million states',
    gain: () => (parsePattern('((a{100}){100}){100}') === undefined ? [] : ['it is written out']),
  },

  text('the clipboard (OSC 52)', 'a\u001b]52;c;eA==\u0007'),
  text('the title (OSC 0)', '\u001b]0;healthy\u0007'),
  text('the screen (CSI 2 J)', '\u001b[2J'),
  text('an 8-bit sequence', '\u009b31m'),
  text('a carriage return and a line of ours', 'x\r\nmesh shop: healthy'),
  text('a turned direction', 'a\u202egnp.exe'),
  text('a line separator', 'a\u2028mesh shop: healthy'),
  text('what is not seen', 'is\u200btio'),

  certificates('1,000 in the chain of a proxy', 1_000, 'default'),
  certificates('1,000 roots of a proxy', 1_000, 'ROOTCA'),

  written('charts that are a flag of helm', meshWith('charts: "--post-renderer=./evil"')),
  written('a document of 5,000 levels', `spec: ${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}`),
  {
    kind: documents,
    name: 'an alias bomb',
    gain: () => {
      const lines = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`);
      return readText(['a0: &a0 [x]', ...lines].join('\n'), 'mesh.yaml').declared === undefined ? [] : ['it is read'];
    },
  },
  {
    kind: documents,
    name: 'a prototype in a document of the home cluster',
    gain: () => {
      checkDocuments([JSON.parse('{"apiVersion":"isthmus.dev/v1alpha1","kind":"Mesh","__proto__":{"polluted":1}}')]);
      return Reflect.get({}, 'polluted') === undefined ? [] : ['all objects inherit it'];
    },
  },
  chosen('a context of the user, in a document of the home cluster', {}, { context: 'prod-bank-admin' }),
  chosen('a context of the user that is named like a cluster', {}, {}),
  chosen('a kubeconfig beside the working directory', {}, { kubeconfig: './kubeconfig' }),
  chosen('a Secret of the home cluster with a kubeconfig', {}, { secret: 'evil' }),
  chosen('the cluster that Isthmus runs in', {}, { inCluster: {} }),
  chosen('charts of the attacker', {
    istio: { version: '1.31', renderer: 'Helm', charts: 'https://attacker.example' },
  }),
  chosen('files of the user as the issuer', {
    trust: { issuer: { files: { certificate: '/c', privateKey: '/home/me/.ssh/id_ed25519', root: '/r' } } },
  }),

  ...attacksOnReaders,
];

/**
 * Those that failed already at commit 54c15df, which the review of the first release read; all others succeeded there
 * when its functions were given the same input.
 */
export const heldAtFirst: ReadonlySet<string> = new Set([
  'a forged field manager alone',
  'a ClusterRole istiod-auditors',
  'a PodDisruptionBudget istiod',
  'owners in a circle',
  'a line for an object of somebody',
  'values that are no texts',
  '`((a{100}){100}){100}`, which would be a million states',
  'a document of 5,000 levels',
  'an alias bomb',
  'a prototype in a document of the home cluster',
  'a Secret of the home cluster with a kubeconfig',
  'the cluster that Isthmus runs in',
]);

/** What documents of the home cluster choose for a user who has given nothing but the context of that cluster. */
function chosen(name: string, ofMesh: JsonObject, access?: JsonObject): Attack {
  return {
    kind: documents,
    name,
    gain: () => {
      const bank = access === undefined ? [] : [clusterOf('bank', { access })];
      const { declared } = checkDocuments([meshOf({ home: 'west', ...ofMesh }), clusterOf('west'), ...bank]);
      if (declared === undefined) return ['the documents are not read at all'];
      return withGiven(declared, { home: 'west' }).declared === undefined ? [] : ['it is obeyed'];
    },
  };
}

/** A mesh that is obeyed but for that. */
export function meshWith(istio: string): string {
  return `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec: {istio: {version: "1.31", renderer: Helm, ${istio}}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: west}
spec: {network: us}
`;
}

function ownerOf({ apiVersion, kind, metadata: { name, uid } }: KubeObject): object {
  return { apiVersion, kind, name, uid };
}
