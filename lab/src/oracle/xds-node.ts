import type { JsonObject } from '../../../src/base/json.ts';
import type { ProxyNode } from '../../../src/discovery/values/model.ts';

/** The XDS node of a proxy, as the client program takes it. */
export interface XdsNode {
  readonly id: string;
  readonly metadata: JsonObject;
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
}

/**
 * How a proxy introduces itself: pilot-agent's bootstrap (pkg/bootstrap in Istio), with what discovery looks at. `version`
 * is the one that it says it has; istiod treats older ones differently.
 */
export function xdsNode(proxy: ProxyNode, domain: string, version: string): XdsNode {
  const { namespace, name, ips } = proxy;
  const [region = '', zone = '', subZone = ''] = proxy.locality.split('/');
  return {
    // istiod wants an address in the id even where the metadata has none.
    id: `${proxy.type}~${ips[0] ?? '0.0.0.0'}~${name}.${namespace}~${namespace}.svc.${domain}`,
    metadata: {
      CLUSTER_ID: proxy.cluster,
      NAMESPACE: namespace,
      NAME: name,
      LABELS: proxy.labels,
      ISTIO_VERSION: version,
      ...(ips.length === 0 ? {} : { INSTANCE_IPS: ips.join(',') }),
      ...(proxy.network === '' ? {} : { NETWORK: proxy.network }),
      ...(proxy.node === '' ? {} : { NODE_NAME: proxy.node }),
      ...(proxy.view.length === 0 ? {} : { REQUESTED_NETWORK_VIEW: proxy.view.join(',') }),
    },
    region,
    zone,
    subZone,
  };
}
