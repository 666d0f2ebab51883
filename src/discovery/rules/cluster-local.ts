import { oncePer } from '../../base/memo.ts';
import { fieldsOf, objectsOf, textOf, textsOf } from '../values/fields.ts';
import { type HostTable, isWildcard, mostSpecific } from '../values/host-name.ts';
import type { IstiodView } from '../values/model.ts';

/** True where only endpoints of the client's own cluster may serve the host (pilot/pkg/model/cluster_local.go). */
export function isClusterLocal(view: IstiodView, host: string): boolean {
  return mostSpecific(host, clusterLocalHosts(view)) ?? false;
}

const clusterLocalHosts = oncePer((view: IstiodView): HostTable<boolean> => {
  const exact = new Map<string, boolean>();
  const wildcard = new Map<string, boolean>();
  const put = (host: string, local: boolean): void => {
    (isWildcard(host) ? wildcard : exact).set(host, local);
  };
  let defaults = defaultHosts(view);
  for (const entry of objectsOf(view.istiod.meshConfig.serviceSettings)) {
    const local = fieldsOf(entry.settings).clusterLocal === true;
    for (const host of textsOf(entry.hosts)) {
      if (!local) defaults = defaults.filter((byDefault) => !overrides(host, byDefault));
      put(host, local);
    }
  }
  for (const host of defaults) put(host, true);
  return { exact, wildcard };
});

const defaultDiscoveryAddress = 'istiod.istio-system.svc:15012';

/** The hosts that are cluster-local unless the mesh says otherwise (trap T10). */
function defaultHosts(view: IstiodView): string[] {
  const { domain, meshConfig } = view.istiod;
  const address = textOf(fieldsOf(meshConfig.defaultConfig).discoveryAddress) || defaultDiscoveryAddress;
  const host = address.slice(0, address.lastIndexOf(':'));
  return [
    `*.kube-system.svc.${domain}`,
    `kubernetes.default.svc.${domain}`,
    host.endsWith(domain) ? host : `${host}.${domain}`,
  ];
}

/** True where a setting of `host` to false takes the default away: the same host, or one that the default covers. */
function overrides(host: string, byDefault: string): boolean {
  return host === byDefault || (isWildcard(byDefault) && host.endsWith(byDefault.slice(1)));
}
