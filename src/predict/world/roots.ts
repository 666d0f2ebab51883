import { oncePer } from '../../base/memo.ts';
import { fieldsOf, textOf } from '../../discovery/values/fields.ts';
import type { Snapshot } from '../../discovery/values/snapshot.ts';

/** A short text that is equal for clusters with the same roots; '' where they are not known. */
export function rootsKey(snapshot: Snapshot, cluster: string): string {
  return rootsKeys(snapshot).get(cluster) ?? '';
}

const rootsKeys = oncePer((snapshot: Snapshot): ReadonlyMap<string, string> => {
  const texts = new Map([...rootsByCluster(snapshot)].map(([cluster, roots]) => [cluster, [...roots].sort().join()]));
  const kinds = [...new Set(texts.values())];
  return new Map([...texts].map(([cluster, text]) => [cluster, `${kinds.indexOf(text) + 1}`]));
});

const pemBlock = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g;

/** The root certificates that istiod hands out in each cluster (`istio-ca-root-cert`), by their base64 text. */
const rootsByCluster = oncePer((snapshot: Snapshot): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, ReadonlySet<string>>();
  for (const { cluster, objects } of snapshot.clusters) {
    const configMap = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'istio-ca-root-cert',
    );
    const text = textOf(fieldsOf(configMap?.data)['root-cert.pem']);
    const roots = [...text.matchAll(pemBlock)].map(([, body = '']) => body.replace(/\s/g, ''));
    if (roots.length > 0) found.set(cluster, new Set(roots));
  }
  return found;
});

/** True where both clusters' roots are known and none is common: no mutual TLS between them can be set up. */
export function haveNoCommonRoot(snapshot: Snapshot, one: string, other: string): boolean {
  const [own, theirs] = [rootsByCluster(snapshot).get(one), rootsByCluster(snapshot).get(other)];
  if (own === undefined || theirs === undefined || own === theirs) return false;
  return [...own].every((root) => !theirs.has(root));
}
