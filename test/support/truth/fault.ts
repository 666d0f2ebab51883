import type { FindingCode } from '../../../src/base/finding.ts';

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

/** What a load balancer gives out; `of` is that of another Service in istio-system of the other cluster. */
export type Ingress = { readonly ip: string } | { readonly hostname: string } | { readonly of: string };

/** One thing that a user does. */
export type Step =
  | { readonly at: Name; readonly kubectl: readonly string[] }
  | { readonly at: Name; readonly object: object }
  /** An edit of an object in istio-system, `secret/cacerts`: the values of `data` that it changes. */
  | { readonly at: Name; readonly edit: string; readonly data: (held: Data) => Edited | Promise<Edited> }
  /** Waits until the other cluster refuses the token in a remote secret, which it may keep in mind for some seconds. */
  | { readonly at: Name; readonly refused: string }
  /** Waits until namespace sample is given another root in one cluster than in the other, or the same. */
  | { readonly roots: 'differ' | 'agree' }
  | { readonly link: 'cut' | 'healed' }
  /** Another load balancer than the lab's serves the gateway of this cluster, and gives out this address. */
  | { readonly at: Name; readonly balanced: Ingress }
  /** Something outside of the clusters. */
  | { readonly outside: () => Promise<void> }
  /** An apply of the mesh file. */
  | { readonly apply: true }
  | { readonly at: Name; readonly api: 'stop' | 'start' };

/** As an object holds it; a Secret's values in base64. */
export type Data = Readonly<Record<string, string>>;

/** Values that are set, or taken out by `null`. */
export type Edited = Readonly<Record<string, string | null>>;

/** A pair of clusters, `west east`: requests from the first to the service that only the second one serves. */
export type Pair = `${Name} ${Name}`;

export const pairs: readonly Pair[] = ['west west', 'west east', 'east west', 'east east'];

/** Where a fault lies, which decides whose subject it is. */
export type Place =
  | 'declared'
  | "declared of a user's namespace"
  | 'elsewhere in the mesh'
  | "a user's namespace"
  | 'between the clusters';

/** What a fault is about and where it lies. */
export interface Subject {
  readonly group: Group;
  readonly place: Place;
}

/** What a doctor has to say of a fault. */
export interface ExpectedCause {
  readonly code: FindingCode;
  /** Left out where it is about several clusters. */
  readonly cluster?: Name;
  /** The object that it names, of which others of that code would be another cause. */
  readonly object?: string;
}

export interface Fault extends Subject {
  readonly name: string;
  readonly inject: readonly Step[];
  /** What an apply of the mesh file does not bring back. */
  readonly heal: readonly Step[];
  /** What must follow an apply: pods that hold something old. */
  readonly after: readonly Step[];
  /** The pairs of which requests must fail. */
  readonly red: readonly Pair[];
  /** What a doctor says first; of two faults, what it says of each. */
  readonly causes: readonly ExpectedCause[];
  /** Only requests show it. */
  readonly shownBy?: 'Requests';
  /** A second fault that is there at the same time. */
  readonly beside?: Subject;
}

/** A fault in one cluster or in the other. */
export type FaultKind = (at: Name, peer: Name) => Fault;

/** An object that is not as the mesh file declares it. */
export function drifted(cluster: Name, object: string): ExpectedCause {
  return { code: 'drift', cluster, object };
}

export function kubectl(at: Name, ...words: readonly string[]): Step {
  return { at, kubectl: words };
}

export function inSystem(at: Name, ...words: readonly string[]): Step {
  return { at, kubectl: ['-n', 'istio-system', ...words] };
}

export function inSample(at: Name, ...words: readonly string[]): Step {
  return { at, kubectl: ['-n', 'sample', ...words] };
}

/** Replaces a field of an object in istio-system; the path is one of JSON Patch. */
export function replaced(at: Name, object: string, path: string, value: unknown): Step {
  return inSystem(at, 'patch', object, '--type=json', '-p', JSON.stringify([{ op: 'replace', path, value }]));
}

export function restarted(at: Name, namespace: string, deployment: string): readonly Step[] {
  return [
    kubectl(at, '-n', namespace, 'rollout', 'restart', `deployment/${deployment}`),
    rolledOut(at, namespace, deployment),
  ];
}

export function rolledOut(at: Name, namespace: string, deployment: string): Step {
  return kubectl(at, '-n', namespace, 'rollout', 'status', `deployment/${deployment}`, '--timeout=240s');
}

/** istiod reads everything afresh. */
export const newIstiod = (at: Name): readonly Step[] => restarted(at, 'istio-system', 'istiod');

/** The version of helloworld that only this cluster serves. */
export function versionIn(cluster: Name): string {
  return cluster === 'west' ? 'v1' : 'v2';
}

export function serverOf(at: Name): string {
  return `helloworld-${versionIn(at)}`;
}

/** The server's pod is replaced by a new one, whether that can start or not. */
export function newServer(at: Name): Step {
  return inSample(at, 'delete', 'pod', '-l', `version=${versionIn(at)}`);
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
