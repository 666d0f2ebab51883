import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Json } from '../../src/base/json.ts';
import type { KubeObject } from '../../src/objects/object.ts';
import { readSnapshotFolder, type StoredSnapshot } from '../../src/snapshot/folder.ts';
import { type MeshSize, makeMesh } from '../discovery/mesh.ts';

/** What a lab recorded of two clusters that work: the pattern of each cluster's own objects. */
const recorded = resolve(import.meta.dirname, '../../test/fixtures/doctor/two-networks');
const pattern = { cluster: 'west', peer: 'east', network: 'us', peerNetwork: 'eu' } as const;
const system = 'istio-system';

/** A snapshot as `isthmus snapshot` writes it, with the documents of its mesh. */
export interface LargeMesh {
  readonly stored: StoredSnapshot;
  readonly documents: readonly unknown[];
}

/** A mesh that works, of this size: each cluster has istiod, gateway, trust and remote secrets as the recorded one has them. */
export async function largeMesh(size: MeshSize): Promise<LargeMesh> {
  const { snapshot, takenAt, gaps, state } = await readSnapshotFolder(recorded);
  const { istiods, clusters } = makeMesh(size);
  const names = clusters.map(({ cluster }) => cluster);
  const networks = names.map((_, index) => `n${index % size.networks}`);
  const placeOf = (index: number): Place => ({ index, cluster: names[index] ?? '', network: networks[index] ?? '' });
  const own = snapshot.clusters.find(({ cluster }) => cluster === pattern.cluster)?.objects.filter(isOfMesh) ?? [];
  const settings = snapshot.istiods.find(({ cluster }) => cluster === pattern.cluster);
  const pod = own.find(({ kind, metadata }) => kind === 'Pod' && metadata.labels?.app === 'istiod')?.metadata.name;
  if (settings === undefined || pod === undefined || state === undefined) throw new Error(`${recorded} has no istiod`);
  const peersOf = (cluster: string): readonly string[] => names.filter((name) => name !== cluster);
  const objectsOf = (index: number): readonly KubeObject[] => {
    const place = placeOf(index);
    const users = clusters[index]?.objects.filter(({ metadata }) => metadata.namespace?.startsWith('ns-')) ?? [];
    const namespaces = [...new Set(users.flatMap(({ metadata }) => metadata.namespace ?? []))].map(namespaceOf);
    return [...own.flatMap((object) => moved(object, place, peersOf(place.cluster))), ...namespaces, ...users];
  };
  const all = names.map((cluster, index) => ({ cluster, objects: objectsOf(index) }));
  const at = { namespace: system, pod };
  return {
    stored: {
      takenAt,
      gaps,
      snapshot: {
        clusters: all,
        istiods: istiods.map(({ cluster, serves, remotes }) => ({
          ...settings,
          flags: { ...settings.flags, CLUSTER_ID: cluster },
          ...{ cluster, runsIn: cluster, serves, remotes },
        })),
      },
      state: {
        servers: Object.fromEntries(
          names.map((name, index) => [name, { server: `https://198.19.${index}.1:6443`, kubernetes: 'v1.36.3' }]),
        ),
        pages: all.flatMap(({ cluster, objects }) => [
          { ...at, cluster, path: '/debug/clusterz', body: [synced(cluster), ...peersOf(cluster).map(synced)] },
          { ...at, cluster, path: '/debug/syncz', body: objects.flatMap((object) => proxy(cluster, object)) },
        ]),
        answers: names.map((cluster) => ({
          ...at,
          cluster,
          peers: peersOf(cluster).map((peer) => ({ peer, answers: 'Yes' as const, detail: undefined })),
        })),
      },
    },
    documents: await documentsOf(names, networks),
  };
}

interface Place {
  readonly index: number;
  readonly cluster: string;
  readonly network: string;
}

function isOfMesh({ kind, metadata }: KubeObject): boolean {
  return metadata.namespace === system || kind === 'Node' || (kind === 'Namespace' && metadata.name === system);
}

/** The pattern's object in another cluster; a remote secret once for each peer. */
function moved(object: KubeObject, place: Place, peers: readonly string[]): readonly KubeObject[] {
  const isRemoteSecret = object.metadata.labels?.['istio/multiCluster'] === 'true';
  const to = (peer: string): KubeObject => replaced(object as unknown as Json, place, peer) as unknown as KubeObject;
  return isRemoteSecret ? peers.map(to) : [to('')];
}

function replaced(value: Json, place: Place, peer: string): Json {
  if (typeof value === 'string') return replacedText(value, place, peer);
  if (Array.isArray(value)) return value.map((one) => replaced(one, place, peer));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one = null]) => [replacedText(key, place, peer), replaced(one, place, peer)]),
  );
}

/** Names and addresses as a whole: a certificate keeps what it says. */
function replacedText(text: string, { index, cluster, network }: Place, peer: string): string {
  if (text === pattern.network) return network;
  if (text === pattern.cluster || text === `${pattern.cluster}-node`) return text.replace(pattern.cluster, cluster);
  if (text === pattern.peer || text === `istio-remote-secret-${pattern.peer}`) return text.replace(pattern.peer, peer);
  return text.replace(/^198\.18\.1\./, `10.${index}.254.`).replace(/^198\.19\.0\./, `198.19.${index}.`);
}

function namespaceOf(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'istio-injection': 'enabled' } } };
}

function synced(id: string): Record<string, Json> {
  return { id, secretName: `${system}/istio-remote-secret-${id}`, syncStatus: 'synced' };
}

function proxy(cluster: string, { kind, metadata }: KubeObject): readonly Record<string, Json>[] {
  if (kind !== 'Pod' || metadata.labels?.app === 'istiod') return [];
  return [{ cluster_id: cluster, proxy: `${metadata.name}.${metadata.namespace}`, istio_version: '1.31.0' }];
}

async function documentsOf(names: readonly string[], networks: readonly string[]): Promise<readonly unknown[]> {
  const text = await readFile(join(recorded, 'mesh.yaml'), 'utf8');
  const [mesh, member] = parseAllDocuments(text).map((one) => one.toJS());
  return [
    mesh,
    ...names.map((name, index) => ({
      ...member,
      metadata: { name },
      spec: { ...member.spec, network: networks[index], injectNamespaces: [] },
    })),
  ];
}
