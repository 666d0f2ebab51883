import { isJsonObject, valueAt } from '../base/json.ts';
import type { KubeObject } from './object.ts';

/** The ConfigMap in which istiod gives out the roots that proxies trust. */
export const rootsConfigMap = 'istio-ca-root-cert';

/** What istiod calls itself where it writes (pkg/kube/kube.go, IstioUserAgent). */
export const istiodManager = 'pilot-discovery';

/** False where another manager holds data of the object; where no managers are stated, it may be istiod's. */
function isWrittenByIstiod({ metadata: { managedFields } }: KubeObject): boolean {
  if (!Array.isArray(managedFields)) return true;
  return managedFields.every((entry) => {
    if (!isJsonObject(entry)) return true;
    return entry.manager === istiodManager || valueAt(entry, ['fieldsV1', 'f:data']) === undefined;
  });
}

/** Of ConfigMaps with roots those that istiod wrote; all, where none is: an istiod may have been built under another name. */
export function mapsOfIstiod(maps: readonly KubeObject[]): readonly KubeObject[] {
  const known = maps.filter(isWrittenByIstiod);
  return known.length === 0 ? maps : known;
}
