import { oncePer } from '../../base/memo.ts';
import { fieldsOf, objectsOf, textOf } from '../../discovery/values/fields.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';
import type { KubeObject } from '../../objects/object.ts';
import { mapsOfIstiod, rootsConfigMap } from '../../objects/roots-map.ts';

/** What istiod gives out in a cluster as the roots that proxies trust (`istio-ca-root-cert`). */
export interface GivenRoots {
  /** Certificates by their base64 text. */
  readonly roots: ReadonlySet<string>;
  /** RFC 3339: when it first gave these out, by the API server's record of who wrote what. Undefined: nobody knows. */
  readonly since: string | undefined;
}

/** The roots of each cluster, where they are known. */
export const rootsByCluster = oncePer((snapshot: Snapshot): ReadonlyMap<string, GivenRoots> => {
  return new Map(
    snapshot.clusters.flatMap(({ cluster, objects }) => {
      const given = givenRoots(objects);
      return given === undefined ? [] : [[cluster, given] as const];
    }),
  );
});

/**
 * istiod writes one ConfigMap with the same roots into each namespace. That of its own counts; without it those that it
 * wrote, where they agree. The earliest write of the same roots counts.
 */
function givenRoots(objects: readonly KubeObject[]): GivenRoots | undefined {
  const maps = objects.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === rootsConfigMap);
  const written = mapsOfIstiod(maps);
  const own = written.filter(({ metadata }) => metadata.namespace === 'istio-system');
  const counting = own.length > 0 ? own : written;
  const [roots = [], ...others] = counting.map(rootsIn);
  if (roots.length === 0 || others.some((other) => other.join() !== roots.join())) return undefined;
  const [since] = written
    .filter((map) => rootsIn(map).join() === roots.join())
    .flatMap(writtenAt)
    .sort();
  return { roots: new Set(roots), since };
}

const pemBlock = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g;

function rootsIn({ data }: KubeObject): readonly string[] {
  const text = textOf(fieldsOf(data)['root-cert.pem']);
  return [...text.matchAll(pemBlock)].map(([, body = '']) => body.replace(/\s/g, ''));
}

/** When the roots were written last; nothing where other data, such as revoked certificates, may have been written since. */
function writtenAt({ metadata }: KubeObject): readonly string[] {
  const writes = objectsOf(metadata.managedFields).filter(({ fieldsV1 }) => fieldsOf(fieldsV1)['f:data'] !== undefined);
  const keys = writes.flatMap(({ fieldsV1 }) => Object.keys(fieldsOf(fieldsOf(fieldsV1)['f:data'])));
  // `.` stands for the map itself.
  if (keys.some((key) => key !== '.' && key !== 'f:root-cert.pem')) return [];
  const last =
    writes
      .map(({ time }) => textOf(time))
      .sort()
      .at(-1) ?? '';
  return last === '' ? [] : [last];
}

/** A short text that is equal for clusters with the same roots; '' where they are not known. */
export function rootsKey(snapshot: Snapshot, cluster: string): string {
  return rootsKeys(snapshot).get(cluster) ?? '';
}

const rootsKeys = oncePer((snapshot: Snapshot): ReadonlyMap<string, string> => {
  const texts = new Map(
    [...rootsByCluster(snapshot)].map(([cluster, { roots }]) => [cluster, [...roots].sort().join()]),
  );
  const kinds = [...new Set(texts.values())];
  return new Map([...texts].map(([cluster, text]) => [cluster, `${kinds.indexOf(text) + 1}`]));
});

/** True where both clusters' roots are known and none is common: no mutual TLS between them can be set up. */
export function haveNoCommonRoot(snapshot: Snapshot, one: string, other: string): boolean {
  const [own, theirs] = [one, other].map((cluster) => rootsByCluster(snapshot).get(cluster)?.roots);
  if (own === undefined || theirs === undefined || own === theirs) return false;
  return [...own].every((root) => !theirs.has(root));
}
