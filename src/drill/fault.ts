import { IsthmusError } from '../base/error.ts';

/** What a drill breaks: the east-west gateway or the istiods of a cluster, or the endpoints that the drill's own service has there. */
export interface Fault {
  readonly kind: (typeof faultKinds)[number];
  readonly cluster: string;
}

const faultKinds = ['endpoints', 'gateway', 'istiod'] as const;

const forms = 'write endpoints:CLUSTER, gateway:CLUSTER or istiod:CLUSTER';

/** Reads `gateway:east` and the like. Throws `usage` for other forms and for clusters that the mesh does not have. */
export function parseFault(text: string, clusters: readonly string[]): Fault {
  const [, word = '', cluster = ''] = /^([a-z]+):(.+)$/.exec(text) ?? [];
  const kind = faultKinds.find((one) => one === word);
  if (kind === undefined) {
    throw new IsthmusError('usage', `"${text}" is nothing that a drill breaks`, { remedy: forms });
  }
  if (clusters.includes(cluster)) return { kind, cluster };
  throw new IsthmusError('usage', `${text}: there is no cluster "${cluster}"`, {
    remedy: `name one of the clusters ${clusters.join(', ')}`,
  });
}

/** As it is written on the command line. */
export function faultText({ kind, cluster }: Fault): string {
  return `${kind}:${cluster}`;
}
