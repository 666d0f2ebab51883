import { IsthmusError } from '../base/error.ts';

export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** What a drill breaks: the east-west gateway or the istiods of a cluster, or the endpoints that a service has there. */
export interface Fault {
  readonly kind: (typeof faultKinds)[number];
  readonly cluster: string;
  /** The service of the mesh that loses its endpoints; left out, the drill's own one does. */
  readonly service?: ServiceName | undefined;
}

const faultKinds = ['endpoints', 'gateway', 'istiod'] as const;

const forms = 'write endpoints:CLUSTER, endpoints:NAMESPACE/SERVICE@CLUSTER, gateway:CLUSTER or istiod:CLUSTER';

/** Reads `gateway:east` and the like. Throws `usage` for other forms and for clusters that the mesh does not have. */
export function parseFault(text: string, clusters: readonly string[]): Fault {
  const [, word = '', rest = ''] = /^([a-z]+):(.+)$/.exec(text) ?? [];
  const kind = faultKinds.find((one) => one === word);
  const named = /^([a-z0-9-]+)\/([a-z0-9-]+)@(.+)$/.exec(rest);
  if (kind === undefined || (named !== null && kind !== 'endpoints')) {
    throw new IsthmusError('usage', `"${text}" is nothing that a drill breaks`, { remedy: forms });
  }
  const [, namespace = '', name = '', cluster = rest] = named ?? [];
  if (!clusters.includes(cluster)) {
    throw new IsthmusError('usage', `${text}: there is no cluster "${cluster}"`, {
      remedy: `name one of the clusters ${clusters.join(', ')}`,
    });
  }
  return named === null ? { kind, cluster } : { kind, cluster, service: { namespace, name } };
}

/** As it is written on the command line. */
export function faultText({ kind, cluster, service }: Fault): string {
  return service === undefined ? `${kind}:${cluster}` : `${kind}:${service.namespace}/${service.name}@${cluster}`;
}
