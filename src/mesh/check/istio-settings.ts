import type { FindingCode } from '../../base/finding.ts';
import { isJsonObject, type Json, valueAt } from '../../base/json.ts';
import { parseLabelSelector } from '../../objects/label-selector.ts';
import { type MeshDocument, type Mistake, type ValuePath, valueAtPath, valueSpot } from './form.ts';
import { pathText, quote, quoteKey } from './wording.ts';

/** What the documents say of one cluster, as far as Istio's settings could say otherwise. */
interface Declared {
  readonly cluster: MeshDocument;
  readonly name: string;
  readonly network: string | undefined;
  readonly mesh: string | undefined;
  readonly revision: string;
  readonly trustDomain: string;
}

export type StatedFact = 'clusterName' | 'meshId' | 'namespace' | 'network' | 'revision' | 'trustDomain';

/** Something that the mesh file says in a field of its own. */
interface Fact {
  readonly key: StatedFact;
  /** `the network`, as messages name it. */
  readonly what: string;
  /** The field that it follows from. */
  readonly field: string;
  readonly of: (declared: Declared) => string | undefined;
}

const [istioNamespace, defaultRevision, defaultTrustDomain] = ['istio-system', 'default', 'cluster.local'];

const clusterName: Fact = {
  key: 'clusterName',
  what: 'the cluster name',
  field: 'metadata.name of each MeshCluster',
  of: ({ name }) => name,
};
const network: Fact = {
  key: 'network',
  what: 'the network',
  field: 'spec.network of each MeshCluster',
  of: (declared) => declared.network,
};
const meshId: Fact = {
  key: 'meshId',
  what: 'the mesh id',
  field: 'metadata.name of the Mesh',
  of: ({ mesh }) => mesh,
};
const revision: Fact = {
  key: 'revision',
  what: 'the revision',
  field: 'spec.istio.revision',
  of: (declared) => declared.revision,
};
const namespace: Fact = {
  key: 'namespace',
  what: "Istio's namespace",
  field: 'nothing: it is the same in every mesh',
  of: () => istioNamespace,
};
const trustDomain: Fact = {
  key: 'trustDomain',
  what: 'the trust domain',
  field: 'spec.trust.domain of the Mesh',
  of: (declared) => declared.trustDomain,
};

/** Where Istio's values state a fact (manifests/charts/istio-control/istio-discovery/values.yaml). */
export const inValues: readonly (readonly [readonly string[], Fact])[] = [
  [['global', 'multiCluster', 'clusterName'], clusterName],
  [['env', 'CLUSTER_ID'], clusterName],
  [['global', 'network'], network],
  [['global', 'meshID'], meshId],
  [['global', 'istioNamespace'], namespace],
  [['global', 'trustDomain'], trustDomain],
  [['env', 'TRUST_DOMAIN'], trustDomain],
  [['revision'], revision],
  [['env', 'REVISION'], revision],
];

/** Where a MeshConfig states one (istio.io/api mesh/v1alpha1). */
export const inMeshConfig: readonly (readonly [readonly string[], Fact])[] = [
  [['trustDomain'], trustDomain],
  [['defaultConfig', 'meshId'], meshId],
  [['defaultConfig', 'proxyMetadata', 'ISTIO_META_CLUSTER_ID'], clusterName],
  [['defaultConfig', 'proxyMetadata', 'ISTIO_META_NETWORK'], network],
  [['defaultConfig', 'proxyMetadata', 'ISTIO_META_MESH_ID'], meshId],
  [['defaultConfig', 'proxyMetadata', 'TRUST_DOMAIN'], trustDomain],
];

/** Helm hands the values below `pilot` to the chart as its own (src/istio/render/helm.ts). */
const valueRoots: readonly (readonly string[])[] = [['values'], ['values', 'pilot']];
/** A chart has the mesh configuration among its values. */
const meshConfigRoots: readonly (readonly string[])[] = [['meshConfig'], ...valueRoots.map(below('meshConfig'))];

function below(key: string): (path: readonly string[]) => readonly string[] {
  return (path) => [...path, key];
}

const places = [
  ...valueRoots.flatMap((root) => inValues.map(([path, fact]) => ({ path: [...root, ...path], fact }))),
  ...meshConfigRoots.flatMap((root) => inMeshConfig.map(([path, fact]) => ({ path: [...root, ...path], fact }))),
];

const caAddresses = [
  ...valueRoots.map((root) => [...root, 'global', 'caAddress']),
  ...meshConfigRoots.flatMap((root) => [
    [...root, 'ca', 'address'],
    [...root, 'defaultConfig', 'proxyMetadata', 'CA_ADDR'],
  ]),
];
const caServers = valueRoots.map((root) => [...root, 'env', 'ENABLE_CA_SERVER']);
const externalCas = valueRoots.map((root) => [...root, 'env', 'EXTERNAL_CA']);

/**
 * What is a mesh all the same: it can be read, looked at and removed, and only nothing is made of it. Settings that an earlier
 * version took may be in a running mesh.
 */
export const settingCodes: readonly FindingCode[] = ['istio-contradiction', 'ca-outside'];

/** The documents whose Istio settings are compared with what they say elsewhere. */
interface SettledDocuments {
  readonly meshes: readonly MeshDocument[];
  readonly clusters: readonly MeshDocument[];
}

/** What Istio's settings say otherwise than the fields of the same mesh file; both are compared as written. */
export function settingMistakes({ meshes, clusters }: SettledDocuments): Mistake[] {
  const [mesh] = meshes;
  const declared = clusters.flatMap((cluster) => declaredIn(cluster, mesh));
  const ofMesh = meshes.map((document) => ({ document, title: titleOf('Mesh', document), declared }));
  const ofClusters = clusters.map((document) => ({
    document,
    title: titleOf('MeshCluster', document),
    declared: declared.filter(({ cluster }) => cluster === document),
  }));
  return [...ofMesh, ...ofClusters].flatMap((subject) => [
    ...places.flatMap(({ path, fact }) => contradiction(subject, path, fact)),
    ...meshConfigRoots.flatMap((root) => hidden(subject, [...root, 'discoverySelectors'])),
    ...meshConfigRoots.flatMap((root) => twoPreferences(subject, root)),
    ...outsideCas(subject),
  ]);
}

/** A document with settings, and the clusters for which they hold. */
interface Subject {
  readonly document: MeshDocument;
  readonly title: string;
  readonly declared: readonly Declared[];
}

function declaredIn(cluster: MeshDocument, mesh: MeshDocument | undefined): readonly Declared[] {
  const text = (document: MeshDocument | undefined, ...path: readonly string[]): string | undefined => {
    const found = valueAt(document?.value, path);
    return typeof found === 'string' ? found : undefined;
  };
  const name = text(cluster, 'metadata', 'name');
  if (name === undefined) return [];
  const own = text(cluster, 'spec', 'istio', 'revision') ?? text(mesh, 'spec', 'istio', 'revision');
  return [
    {
      cluster,
      name,
      network: text(cluster, 'spec', 'network'),
      mesh: text(mesh, 'metadata', 'name'),
      revision: own ?? defaultRevision,
      trustDomain: text(mesh, 'spec', 'trust', 'domain') ?? defaultTrustDomain,
    },
  ];
}

function titleOf(kind: string, { value }: MeshDocument): string {
  const name = valueAt(value, ['metadata', 'name']);
  return typeof name === 'string' ? `${kind} ${quoteKey(name)}` : kind;
}

/** A setting of this document as it was written; undefined where it is not set. */
function settingOf({ document }: Subject, path: readonly string[]): Json | undefined {
  return valueAtPath(document.value, fullPath(path));
}

function fullPath(path: readonly string[]): ValuePath {
  return ['spec', 'istio', ...path];
}

/** The clusters for which this document's setting holds: a MeshCluster's own comes after the Mesh's. */
function governed({ document, declared }: Subject, path: readonly string[]): readonly Declared[] {
  return declared.filter(
    ({ cluster }) => cluster === document || valueAtPath(cluster.value, fullPath(path)) === undefined,
  );
}

function contradiction(subject: Subject, path: readonly string[], fact: Fact): Mistake[] {
  const setting = settingOf(subject, path);
  if (setting === undefined || isJsonObject(setting) || Array.isArray(setting)) return [];
  const said = setting === null ? '' : String(setting);
  const others = governed(subject, path).flatMap((declared) => {
    const wanted = fact.of(declared);
    const isSame =
      wanted === undefined || said === wanted || (fact === revision && said === '' && wanted === 'default');
    return isSame ? [] : [{ name: declared.name, wanted }];
  });
  if (others.length === 0) return [];
  const [first, ...rest] = [...new Set(others.map(({ wanted }) => wanted))];
  const wanted =
    rest.length === 0
      ? quoteKey(first ?? '')
      : others.map((other) => `${quoteKey(other.wanted)} in ${quoteKey(other.name)}`).join(', ');
  return [
    {
      code: 'istio-contradiction',
      message: `${subject.title}: ${pathText(fullPath(path))} is ${quote(said)}, but ${fact.what} is ${wanted}`,
      remedy: `remove it: Isthmus sets it from ${fact.field}`,
      spot: valueSpot(subject.document, fullPath(path)),
    },
  ];
}

/** istiod looks for gateways, remote secrets and its own settings in istio-system, and only where it discovers it. */
function hidden(subject: Subject, path: readonly string[]): Mistake[] {
  const selectors = settingOf(subject, path);
  if (!Array.isArray(selectors) || selectors.length === 0) return [];
  const isHidden = governed(subject, path).some(({ network: label }) => {
    // The labels that it always has; others are not ours, and may come and go.
    const labels = {
      'kubernetes.io/metadata.name': 'istio-system',
      ...(label === undefined ? {} : { 'topology.istio.io/network': label }),
    };
    return !selectors.some((selector: Json) => parseLabelSelector(selector)?.(labels) === true);
  });
  if (!isHidden) return [];
  return [
    {
      code: 'istio-contradiction',
      message: `${subject.title}: ${pathText(fullPath(path))} does not select istio-system, where the gateways and remote secrets of the mesh are`,
      remedy: 'add {matchLabels: {kubernetes.io/metadata.name: istio-system}} to the list',
      spot: valueSpot(subject.document, fullPath(path)),
    },
  ];
}

/** Two ways to prefer what is near, of which istiod takes the second alone: failover by locality then does not happen. */
function twoPreferences(subject: Subject, root: readonly string[]): Mistake[] {
  const [locality, zones] = ['localityLbSetting', 'zoneAwareLbSetting'].map((key) =>
    settingOf(subject, [...root, key]),
  );
  if (!isJsonObject(locality) || !isJsonObject(zones)) return [];
  if (locality.enabled === false || zones.enabled === false) return [];
  const path = fullPath([...root, 'zoneAwareLbSetting']);
  return [
    {
      code: 'istio-contradiction',
      message: `${subject.title}: ${pathText(path)} and localityLbSetting beside it exclude each other`,
      remedy: 'remove one of the two; a MeshService with prefer or failover replaces either for its service',
      spot: valueSpot(subject.document, path),
    },
  ];
}

/** An istiod under its own name. */
const istiodAddress = /^(?:https:\/\/)?istiod(?:-[a-z0-9-]+)?\.istio-system\.svc(?:\.[a-z0-9.-]+)?(?::[0-9]+)?$/;

function outsideCas(subject: Subject): Mistake[] {
  const found = (path: readonly string[], does: string): Mistake => ({
    code: 'ca-outside',
    message: `${subject.title}: ${pathText(fullPath(path))} ${does}, and the mesh makes its own CAs`,
    remedy: 'remove it, and give the mesh your issuer in spec.trust.issuer where a company root is to be trusted',
    spot: valueSpot(subject.document, fullPath(path)),
  });
  const texts = (paths: readonly (readonly string[])[]): readonly (readonly [readonly string[], string])[] =>
    paths.flatMap((path) => {
      const setting = settingOf(subject, path);
      return typeof setting === 'string' || typeof setting === 'boolean' ? [[path, String(setting)] as const] : [];
    });
  return [
    ...texts(caAddresses)
      .filter(([, address]) => address !== '' && !istiodAddress.test(address))
      .map(([path, address]) => found(path, `lets ${quote(address)} sign the workloads`)),
    ...texts(externalCas)
      .filter(([, ca]) => ca !== '')
      .map(([path, ca]) => found(path, `lets ${quote(ca)} sign the workloads`)),
    // As Go reads a truth value (strconv.ParseBool).
    ...texts(caServers)
      .filter(([, text]) => /^(?:0|f|false)$/i.test(text))
      .map(([path]) => found(path, 'keeps istiod from signing')),
  ];
}
