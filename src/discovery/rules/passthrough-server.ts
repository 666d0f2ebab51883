import type { KubeObject } from '../../objects/object.ts';
import { namespaceOf } from '../values/config-object.ts';
import { fieldsOf, numberOf, objectsOf, selects, stringsOf, textsOf } from '../values/fields.ts';
import { parseGoBool, setting } from '../values/mesh-config.ts';
import type { IstiodView } from '../values/model.ts';
import type { ProxyClient } from '../values/proxy-client.ts';

/** A server in mode AUTO_PASSTHROUGH: connections go on by their server name, TLS and all. */
export interface PassthroughServer {
  readonly gateway: KubeObject;
  readonly port: number | undefined;
  /** Without the namespace before a host, which istiod does not enforce. */
  readonly hosts: readonly string[];
}

/** The servers that the Gateways of istiod's configuration give a router (push_context.go, mergeGateways). */
export function passthroughServers(view: IstiodView, client: ProxyClient): readonly PassthroughServer[] {
  if (client.type !== 'router') return [];
  const isScoped = parseGoBool(setting(view.istiod, 'PILOT_SCOPE_GATEWAY_TO_NAMESPACE', '')) ?? false;
  return view.config.gateways.flatMap((gateway) => {
    const spec = fieldsOf(gateway.spec);
    if (isScoped && namespaceOf(gateway) !== client.namespace) return [];
    if (!selects(stringsOf(spec.selector), client.labels)) return [];
    const servers = objectsOf(spec.servers).filter((server) => fieldsOf(server.tls).mode === 'AUTO_PASSTHROUGH');
    return servers.map((server) => ({
      gateway,
      port: numberOf(fieldsOf(server.port).number),
      hosts: textsOf(server.hosts).map((host) => host.slice(host.indexOf('/') + 1)),
    }));
  });
}

/** The label of pods that istiod runs for a Gateway of the Gateway API, whose listeners it turns into servers itself. */
export const managedGatewayLabel = 'gateway.networking.k8s.io/gateway-name';
