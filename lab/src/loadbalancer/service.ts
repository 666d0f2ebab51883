import { isJsonObject, type Json, valueAt } from '../../../src/base/json.ts';
import type { KubeObject } from '../../../src/objects/object.ts';

/** With this annotation a Service is given a host name instead of an address, as some clouds do. */
export const hostnameAnnotation = 'isthmus.dev/lab-hostname';

/** The zone of those host names; every cluster's DNS reads the lab's hosts file for it. */
export const hostnameZone = 'lb.lab.test';

/** One entry of `status.loadBalancer.ingress`. */
export type Ingress = { readonly ip: string } | { readonly hostname: string };

/** What the load balancer reads of a Service. */
export interface BalancedService {
  readonly namespace: string;
  readonly name: string;
  /** False for every other type, for another load balancer's class, and while it is being deleted. */
  readonly wanted: boolean;
  readonly form: 'Address' | 'HostName';
  readonly clusterIp: string | undefined;
  /** The address that `spec.loadBalancerIP` asks for. */
  readonly requested: string | undefined;
  /** The addresses and host names that the status has now. */
  readonly ingress: readonly Ingress[];
}

/** A Service in the load balancer's terms. */
export function readService(object: KubeObject): BalancedService {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const { clusterIP, loadBalancerIP } = spec;
  return {
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    wanted:
      spec.type === 'LoadBalancer' &&
      spec.loadBalancerClass === undefined &&
      object.metadata.deletionTimestamp === undefined,
    form: object.metadata.annotations?.[hostnameAnnotation] === 'true' ? 'HostName' : 'Address',
    clusterIp: typeof clusterIP === 'string' && clusterIP !== 'None' ? clusterIP : undefined,
    requested: typeof loadBalancerIP === 'string' && loadBalancerIP !== '' ? loadBalancerIP : undefined,
    ingress: readIngress(valueAt(object.status, ['loadBalancer', 'ingress'])),
  };
}

function readIngress(value: Json | undefined): readonly Ingress[] {
  const entries = Array.isArray(value) ? (value as readonly Json[]) : [];
  return entries.flatMap((entry): readonly Ingress[] => {
    if (!isJsonObject(entry)) return [];
    if (typeof entry.ip === 'string') return [{ ip: entry.ip }];
    return typeof entry.hostname === 'string' ? [{ hostname: entry.hostname }] : [];
  });
}

/** The key under which a Service holds its address. */
export function serviceKey(service: { readonly namespace: string; readonly name: string }): string {
  return `${service.namespace}/${service.name}`;
}

/** `<service>-<namespace>.<cluster>.lb.lab.test` */
export function hostNameOf(service: BalancedService, cluster: string): string {
  return `${service.name}-${service.namespace}.${cluster}.${hostnameZone}`;
}
