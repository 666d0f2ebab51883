import { apiVersion } from '../../api/mesh.ts';
import { defaultRevision } from '../../api/name.ts';
import { canonicalJson, isJsonObject, type JsonObject, mergeJson, textAt, valueAt } from '../../base/json.ts';
import { mistakesIn } from '../check/check-documents.ts';
import { pathText } from '../check/wording.ts';
import { convertComponents, gatewayOf } from './components.ts';
import { type Draft, type LeftOut, type Note, testedIstio } from './draft.ts';
import { type SplitSettings, splitSettings, without } from './facts-in-settings.ts';
import type { DraftWishes } from './from-clusters.ts';
import { asClusterName, meshNameIn, minorOf, networkNameIn } from './names.ts';
import type { Settings } from './settings.ts';

/** What the user says of a cluster of the settings. */
export interface NamedContext {
  readonly cluster: string;
  readonly context?: string | undefined;
  readonly network?: string | undefined;
}

/** The settings of one cluster. */
interface SettledCluster {
  readonly name: string;
  readonly file: string;
  readonly network: string;
  readonly stated: SplitSettings['stated'];
  readonly values: JsonObject;
  readonly meshConfig: JsonObject;
  readonly gateway: JsonObject;
}

/** A mesh of the clusters that settings describe: one for each cluster name, or else for each file. */
export function draftFromSettings(
  found: readonly Settings[],
  wishes: DraftWishes & { readonly contexts?: readonly NamedContext[] | undefined },
): Draft {
  const leftOut: LeftOut[] = [];
  const notes: Note[] = [];
  const byName = Map.groupBy(found.map(splitSettings), (one) => nameOf(one, found));
  const clusters = [...byName].map(([name, all]) => settledCluster(name, all, { leftOut, wishes }));
  const common = commonOf(clusters);
  const facts = ['meshId', 'revision', 'trustDomain'] as const;
  const [meshId, revision, domain] = facts.map((key) => agreed(clusters, key, notes));
  const names = new Set(clusters.map(({ stated }) => stated.namespace).filter((one) => one !== undefined));
  for (const name of names)
    if (name !== 'istio-system')
      notes.push({ message: `istiod of the settings runs in ${name}; Isthmus runs it in istio-system` });
  const mesh = {
    apiVersion,
    kind: 'Mesh',
    metadata: { name: wishes.name ?? meshNameIn(meshId ?? '') ?? 'mesh' },
    spec: {
      istio: {
        version: wishes.istio ?? versionOf(clusters) ?? testedIstio,
        ...(revision === undefined || revision === defaultRevision ? {} : { revision }),
        ...filled({ values: common.values, meshConfig: common.meshConfig }),
      },
      ...(domain === undefined || domain === 'cluster.local' ? {} : { trust: { domain } }),
    },
  };
  const documents = [mesh, ...clusters.map((one) => clusterDocument(one, common, { revision, wishes }))];
  const accepted = acceptedParts(documents, clusters);
  return {
    documents: accepted.documents.map((value) => ({ value })),
    notes: [...notes, ...networkNotes(clusters)],
    leftOut: [...leftOut, ...accepted.leftOut],
  };
}

/** Settings without a cluster's name belong to the cluster of the same file, else to one that is named as the file. */
function nameOf({ file, stated }: SplitSettings, all: readonly Settings[]): string {
  const named = all.filter((one) => one.file === file).flatMap((one) => splitSettings(one).stated.clusterName ?? []);
  return asClusterName(stated.clusterName ?? named[0] ?? file.replace(/^.*\//, '').replace(/\.[^.]*$/, ''));
}

function settledCluster(
  name: string,
  all: readonly SplitSettings[],
  {
    leftOut,
    wishes,
  }: { readonly leftOut: LeftOut[]; readonly wishes: { readonly contexts?: readonly NamedContext[] | undefined } },
): SettledCluster {
  const merged = (pick: (one: SplitSettings) => JsonObject): JsonObject =>
    all.map(pick).reduce((under, over) => mergeJson(under, over), {});
  let [values, gateway] = [merged((one) => one.values), {} as JsonObject];
  for (const { file, components, gateway: chart } of all) {
    const converted = convertComponents(components);
    values = mergeJson(Object.keys(converted.pilot).length === 0 ? {} : { pilot: converted.pilot }, values);
    gateway = { ...gateway, ...converted.gateway, ...gatewayChart(chart) };
    leftOut.push(...converted.leftOut.map((one) => ({ file, ...one })), ...chartLeftOut(file, chart));
  }
  const { gateways, ...others } = values;
  const file = all[0]?.file ?? '';
  if (gateways !== undefined)
    leftOut.push({
      file,
      setting: 'values.gateways',
      reason: 'gateways besides the east-west gateway are installed beside the mesh',
    });
  const stated = Object.assign({}, ...all.toReversed().map((one) => one.stated)) as SplitSettings['stated'];
  const wished = wishes.contexts?.find(({ cluster }) => cluster === name)?.network;
  const network = wished ?? networkNameIn(stated.network ?? '') ?? name;
  return { name, file, network, stated, values: others, meshConfig: merged((one) => one.meshConfig), gateway };
}

function gatewayChart(chart: JsonObject | undefined): JsonObject {
  if (chart === undefined) return {};
  return gatewayOf({
    type: valueAt(chart, ['service', 'type']),
    annotations: valueAt(chart, ['service', 'annotations']),
    replicas: valueAt(chart, ['replicaCount']),
  });
}

function chartLeftOut(file: string, chart: JsonObject | undefined): readonly LeftOut[] {
  return Object.keys(chart ?? {})
    .filter((key) => !['networkGateway', 'replicaCount', 'service'].includes(key))
    .map((setting) => ({ file, setting, reason: 'Isthmus makes the east-west gateway itself' }));
}

interface Common {
  readonly values: JsonObject;
  readonly meshConfig: JsonObject;
}

/** What all clusters set alike, by its first keys: it belongs to the Mesh. */
function commonOf(clusters: readonly SettledCluster[]): Common {
  return {
    values: shared(clusters.map(({ values }) => withoutTag(values))),
    meshConfig: shared(clusters.map((one) => one.meshConfig)),
  };
}

function shared(all: readonly JsonObject[]): JsonObject {
  const [first = {}, ...others] = all;
  return Object.fromEntries(
    Object.entries(first).flatMap(([key, value]) => {
      if (others.every((other) => canonicalJson(other[key]) === canonicalJson(value))) return [[key, value]];
      if (!isJsonObject(value) || !others.every((other) => isJsonObject(other[key]))) return [];
      const inner = shared([value, ...others.map((other) => other[key] as JsonObject)]);
      return Object.keys(inner).length === 0 ? [] : [[key, inner]];
    }),
  );
}

/** What a cluster sets besides the common part. */
function rest(all: JsonObject, common: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => {
      const known = common[key];
      if (canonicalJson(known) === canonicalJson(value)) return [];
      if (!isJsonObject(value) || !isJsonObject(known)) return [[key, value]];
      const inner = rest(value, known);
      return Object.keys(inner).length === 0 ? [] : [[key, inner]];
    }),
  );
}

/** A tag that is a version says nothing besides `spec.istio.version`: the renderer has its own. */
function withoutTag(values: JsonObject): JsonObject {
  const tag = textAt(values, ['global', 'tag']);
  return tag !== undefined && /^1\.[0-9]+(\.[0-9]+)?$/.test(tag) ? without(values, ['global', 'tag']) : values;
}

function versionOf(clusters: readonly SettledCluster[]): string | undefined {
  return clusters.flatMap(({ values }) => minorOf(textAt(values, ['global', 'tag']) ?? '') ?? [])[0];
}

/** What all clusters state alike; where they do not, the first, with a note. */
function agreed(
  clusters: readonly SettledCluster[],
  key: 'meshId' | 'revision' | 'trustDomain',
  notes: Note[],
): string | undefined {
  const all = [...new Set(clusters.flatMap(({ stated }) => stated[key] ?? []))];
  const words = { meshId: 'mesh ids', revision: 'revisions', trustDomain: 'trust domains' } as const;
  if (all.length > 1)
    notes.push({ message: `the settings have several ${words[key]} (${all.join(', ')}); the mesh file has ${all[0]}` });
  return all[0];
}

function networkNotes(clusters: readonly SettledCluster[]): readonly Note[] {
  return clusters.flatMap(({ name, network, stated }) =>
    stated.network === network
      ? []
      : [{ cluster: name, message: `the settings name no network; the mesh file says ${network}` }],
  );
}

interface Whole {
  readonly revision: string | undefined;
  readonly wishes: { readonly contexts?: readonly NamedContext[] | undefined };
}

function clusterDocument(one: SettledCluster, common: Common, { wishes }: Whole): JsonObject {
  const { name, network, gateway, meshConfig } = one;
  const context = wishes.contexts?.find(({ cluster }) => cluster === name)?.context;
  const istio = filled({
    values: rest(withoutTag(one.values), common.values),
    meshConfig: rest(meshConfig, common.meshConfig),
  });
  return {
    apiVersion,
    kind: 'MeshCluster',
    metadata: { name },
    spec: {
      ...(context === undefined || context === name ? {} : { access: { context } }),
      network,
      ...filled({ gateway, istio }),
    },
  };
}

function filled(maps: Readonly<Record<string, JsonObject>>): JsonObject {
  return Object.fromEntries(Object.entries(maps).filter(([, map]) => Object.keys(map).length > 0));
}

interface Accepted {
  readonly documents: readonly JsonObject[];
  readonly leftOut: readonly LeftOut[];
}

/** Takes out, with the reader's own reason, what the reader of mesh files refuses: a CA outside the mesh, say. */
function acceptedParts(documents: readonly JsonObject[], clusters: readonly SettledCluster[]): Accepted {
  const leftOut: LeftOut[] = [];
  let current = documents;
  for (;;) {
    const mistake = mistakesIn(current).mistakes.find(({ spot }) => spot !== undefined && spot.path.length > 2);
    if (mistake?.spot === undefined) return { documents: current, leftOut };
    const { document, path } = mistake.spot;
    const keys = path.map(String);
    // Only settings are taken out: what else is wrong is a defect of the draft, and the reader names it.
    if (keys[0] !== 'spec' || !['istio', 'gateway'].includes(keys[1] ?? '')) return { documents: current, leftOut };
    const place = current[document];
    const file = clusters[document - 1]?.file ?? clusters[0]?.file ?? '';
    leftOut.push({ file, setting: pathText(path), reason: mistake.message });
    const next = place === undefined ? undefined : without(place, keys);
    if (next === undefined || canonicalJson(next) === canonicalJson(place)) return { documents: current, leftOut };
    current = current.with(document, next);
  }
}
