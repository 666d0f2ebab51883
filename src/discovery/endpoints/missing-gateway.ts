import { oncePer, remember } from '../../base/memo.ts';
import type { KubeObject } from '../../objects/object.ts';
import { serviceHost } from '../registry/services.ts';
import { indexCluster } from '../values/cluster-index.ts';
import { describeConfig, namespaceOf } from '../values/config-object.ts';
import { fieldsOf, numberOf, objectsOf, stringsOf, textOf, textsOf } from '../values/fields.ts';
import { networkLabel } from '../values/locality.ts';
import type { IstiodView, NetworkGateway } from '../values/model.ts';
import { proxyTypeOf } from '../values/proxy.ts';
import type { Snapshot } from '../values/snapshot.ts';
import { isGatewayService } from './gateway-service.ts';

/** Whether `ip:port` is a way into a network that istiod knows. */
export function isNetworkGateway(view: IstiodView, address: string): boolean {
  return gatewayAddresses(view).has(address);
}

const gatewayAddresses = oncePer((view: IstiodView): ReadonlySet<string> => {
  const all = [...view.gateways.byNetwork.values()].flat().filter(({ port }) => port !== 0);
  return new Set(
    all.map(({ address, port }) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`)),
  );
});

interface Place {
  readonly cluster: string;
  readonly network: string;
}

const known = oncePer((_view: IstiodView) => new Map<string, string>());

/** Why istiod has no gateway for the endpoints of a cluster in a network, as the end of a sentence. */
export function whyNoGateway(view: IstiodView, snapshot: Snapshot, place: Place): string {
  return remember(known(view), `${place.cluster}\n${place.network}`, () => find(view, snapshot, place));
}

function find(view: IstiodView, snapshot: Snapshot, { cluster, network }: Place): string {
  const objects = snapshot.clusters.find((one) => one.cluster === cluster);
  const index = objects === undefined ? undefined : indexCluster(objects);
  const services = [...(index?.services.values() ?? [])].flatMap((named) => [...named.values()]);
  const reasons = services
    .filter(
      (service) => labelledFor(service) !== undefined || (index !== undefined && isGatewayService(index, service)),
    )
    .flatMap((service) => {
      const why = whyNot(view, service, { cluster, network });
      return why === undefined ? [] : [`${describeConfig(service)} of ${cluster} ${why}`];
    });
  if (reasons.length > 0) return reasons.join('; ');
  const pods = [...(index?.pods.values() ?? [])].flatMap((named) => [...named.values()]);
  const gateway = pods.find((pod) => proxyTypeOf(pod) === 'router');
  if (gateway === undefined) return `${cluster} has no gateway`;
  return `no Service of ${cluster} selects the pods of its gateway, such as ${namespaceOf(gateway)}/${gateway.metadata.name}`;
}

function labelledFor({ metadata }: KubeObject): string | undefined {
  return stringsOf(metadata.labels)[networkLabel];
}

/** Why a Service is none of istiod's gateways of the network, or undefined where that is not to be seen. */
function whyNot(view: IstiodView, service: KubeObject, { cluster, network }: Place): string | undefined {
  const namespace = namespaceOf(service);
  if (!view.listed.has(serviceHost(service.metadata.name, namespace, view.istiod.domain))) {
    return `is in namespace ${namespace}, which discoverySelectors leave out`;
  }
  const label = labelledFor(service);
  if (label === undefined) return `lacks the label ${networkLabel}`;
  if (label !== network) return `has the label ${networkLabel}=${label}`;
  return (
    whyNoAddress(
      service,
      view.gateways.unresolved.filter((one) => one.cluster === cluster),
    ) ?? whyNoPort(service)
  );
}

function whyNoAddress(service: KubeObject, unresolved: readonly NetworkGateway[]): string | undefined {
  const spec = fieldsOf(service.spec);
  const ingress = objectsOf(fieldsOf(fieldsOf(service.status).loadBalancer).ingress);
  const name = ingress
    .map(({ hostname }) => textOf(hostname))
    .find((one) => unresolved.some(({ address }) => address === one));
  if (name !== undefined) return `has the host name ${name}, which resolves to no address`;
  if (textsOf(spec.externalIPs).length > 0) return undefined;
  if (spec.type === 'NodePort') {
    const annotated = stringsOf(service.metadata.annotations)['traffic.istio.io/nodeSelector'];
    if (annotated === undefined) return 'is of type NodePort without the annotation traffic.istio.io/nodeSelector';
    return `selects nodes by ${annotated}, and none of those has an external address`;
  }
  if (spec.type !== 'LoadBalancer')
    return `is of type ${textOf(spec.type) || 'ClusterIP'}, which has no address from outside`;
  return ingress.length === 0 ? 'has no address yet' : undefined;
}

function whyNoPort(service: KubeObject): string | undefined {
  const wanted = stringsOf(service.metadata.labels)['networking.istio.io/gatewayPort'] ?? '15443';
  const ports = objectsOf(fieldsOf(service.spec).ports).map(({ port }) => `${numberOf(port) ?? ''}`);
  return ports.includes(wanted) ? undefined : `has no port ${wanted}, only ${ports.join(', ') || 'none'}`;
}
