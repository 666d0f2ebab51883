import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import { buildIstiodView } from '../registry/view.ts';
import type { Endpoint, IstiodView, Service } from '../values/model.ts';
import type { ClusterObjects, IstiodSettings, Snapshot } from '../values/snapshot.ts';

/** Objects for tests, as a cluster holds them. `labels` and `annotations` go into the metadata, all else beside it. */

interface Extra {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
}

export function object(kind: string, path: string, rest: JsonObject & Extra = {}): KubeObject {
  const { labels, annotations, creationTimestamp, ...fields } = rest;
  const [namespace, name] = path.includes('/') ? path.split('/') : [undefined, path];
  const separator = kind.lastIndexOf('/');
  const metadata = {
    name: name ?? '',
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
  };
  return { apiVersion: kind.slice(0, separator), kind: kind.slice(separator + 1), metadata, ...fields };
}

export function service(path: string, rest: JsonObject & Extra = {}): KubeObject {
  const spec = { clusterIP: '10.0.0.1', selector: { app: path.split('/')[1] ?? '' }, ports: [httpPort] };
  return object('v1/Service', path, { ...rest, spec: { ...spec, ...(rest.spec as JsonObject | undefined) } });
}

const httpPort = { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' };

export function pod(path: string, ip: string, rest: JsonObject & Extra = {}): KubeObject {
  const spec = { serviceAccountName: 'default', ...(rest.spec as JsonObject | undefined) };
  const status = { phase: 'Running', podIP: ip, conditions: [{ type: 'Ready', status: 'True' }] };
  return object('v1/Pod', path, { ...rest, spec, status: { ...status, ...(rest.status as JsonObject | undefined) } });
}

/** A slice named after its service, whose members are pods of the same namespace, by name and address. */
export function slice(path: string, members: Readonly<Record<string, string>>, rest: JsonObject = {}): KubeObject {
  const [namespace = '', name = ''] = path.split('/');
  const endpoints = Object.entries(members).map(([podName, ip]) => ({
    addresses: [ip],
    conditions: { ready: true },
    targetRef: { kind: 'Pod', namespace, name: podName },
  }));
  return object('discovery.k8s.io/v1/EndpointSlice', `${namespace}/${name}-1`, {
    labels: { 'kubernetes.io/service-name': name },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    endpoints,
    ...rest,
  });
}

/** A labelled LoadBalancer Service: the way into a network. */
export function eastWest(network: string, ip: string, rest: JsonObject & Extra = {}): KubeObject {
  return service('istio-system/eastwest', {
    labels: { 'topology.istio.io/network': network },
    spec: { type: 'LoadBalancer', ports: [{ name: 'tls', port: 15_443 }] },
    status: { loadBalancer: { ingress: [{ ip }] } },
    ...rest,
  });
}

export function istiodOf(rest: Partial<IstiodSettings> = {}): IstiodSettings {
  return {
    cluster: 'c1',
    runsIn: 'c1',
    serves: ['c1'],
    remotes: ['c2'],
    flags: {},
    meshConfig: {},
    meshNetworks: {},
    domain: 'cluster.local',
    namespace: 'istio-system',
    ...rest,
  };
}

/** The view of one istiod on clusters by name. */
export function viewOf(
  clusters: Readonly<Record<string, readonly KubeObject[]>>,
  istiod: Partial<IstiodSettings> = {},
  resolutions: Snapshot['resolutions'] = {},
): IstiodView {
  const objects: ClusterObjects[] = Object.entries(clusters).map(([cluster, list]) => ({ cluster, objects: list }));
  const settings = istiodOf(istiod);
  return buildIstiodView({ clusters: objects, istiods: [settings], resolutions }, settings);
}

export function serviceIn(view: IstiodView, host: string, namespace: string): Service {
  const found = view.services.get(host)?.get(namespace);
  if (found === undefined) throw new Error(`no service ${host} in namespace ${namespace}`);
  return found;
}

/** All endpoints of a service in the order of its shards. */
export function endpointsIn(view: IstiodView, host: string, namespace: string): readonly Endpoint[] {
  return view.shards(serviceIn(view, host, namespace)).flatMap((shard) => shard.endpoints);
}
