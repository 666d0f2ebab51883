/** What a fault is about. */
export const groups = [
  'remote secret and token',
  'gateway and address',
  'network names',
  'trust',
  'istiod',
  'policy',
  'services',
] as const;

export type Group = (typeof groups)[number];

export type Name = 'west' | 'east';

/** One thing that a user does. */
export type Step =
  | { readonly at: Name; readonly kubectl: readonly string[] }
  | { readonly at: Name; readonly object: object }
  | { readonly link: 'cut' | 'healed' };

/** A pair of clusters, `west east`: requests from the first to the service that only the second one serves. */
export type Pair = `${Name} ${Name}`;

export const pairs: readonly Pair[] = ['west west', 'west east', 'east west', 'east east'];

/** Where a fault lies, which decides whose subject it is. */
export type Place = 'declared' | 'elsewhere in the mesh' | "a user's namespace";

export interface Fault {
  readonly name: string;
  readonly group: Group;
  readonly place: Place;
  readonly inject: readonly Step[];
  /** What an apply of the mesh file does not bring back. */
  readonly heal: readonly Step[];
  /** The pairs of which requests must fail. */
  readonly red: readonly Pair[];
}

/** A fault in one cluster or in the other. */
export type FaultKind = (at: Name, peer: Name) => Fault;

export const system: readonly string[] = ['-n', 'istio-system'];

export function kubectl(at: Name, ...words: readonly string[]): Step {
  return { at, kubectl: words };
}

export function inSystem(at: Name, ...words: readonly string[]): Step {
  return { at, kubectl: [...system, ...words] };
}

export function restarted(at: Name, namespace: string, deployment: string): readonly Step[] {
  const name = `deployment/${deployment}`;
  return [
    kubectl(at, '-n', namespace, 'rollout', 'restart', name),
    kubectl(at, '-n', namespace, 'rollout', 'status', name, '--timeout=240s'),
  ];
}

/** The version of helloworld that only this cluster serves. */
export function versionIn(cluster: Name): string {
  return cluster === 'west' ? 'v1' : 'v2';
}

/** The Service that only the pods of one cluster serve; it is in both. */
export function onlyIn(cluster: Name): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `only-${cluster}`, namespace: 'sample' },
    spec: { selector: { app: 'helloworld', version: versionIn(cluster) }, ports: [{ name: 'http', port: 5000 }] },
  };
}
