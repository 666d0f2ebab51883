import type { JsonObject } from '../../base/json.ts';
import type { RemoteCluster } from '../../istio/remote-secret.ts';
import type { KubeObject } from '../../objects/object.ts';

/** What one cluster of a mesh holds of the kinds that decide about requests. */
export interface MemberObjects {
  readonly cluster: string;
  /** The kubeconfig context that leads to it, where it has another name. */
  readonly context?: string;
  readonly network: string;
  readonly objects: readonly KubeObject[];
}

/** An istiod as far as it is set. */
export interface IstiodFacts {
  /** The cluster whose configuration it reads. */
  readonly cluster: string;
  readonly meshConfig: JsonObject;
  /** Its settings name gateways of networks themselves. */
  readonly hasMeshNetworks?: boolean;
  /** Its environment, as far as the values are kept. */
  readonly flags?: Readonly<Record<string, string>>;
}

/** A remote secret of a cluster. */
export interface RemoteSecretFacts {
  /** Where it is. */
  readonly cluster: string;
  /** `istio-system/istio-remote-secret-east` */
  readonly name: string;
  readonly remotes: readonly RemoteCluster[];
}

/** How much one istiod holds of a cluster that it reads. */
export interface HeldFacts {
  /** The cluster whose istiod it is. */
  readonly cluster: string;
  readonly pod: string;
  /** Left out where it could not be read. */
  readonly version?: string;
  readonly peer: string;
  readonly isSynced: boolean;
  readonly endpoints: number;
  /** Ready addresses of the peer's Services. */
  readonly served: number;
  /** Those of them that it does not hold. */
  readonly missing: number;
  /** Those that it does not hold though their pods have been ready for more than a minute. */
  readonly overdue: number;
  readonly gateways: number;
  /** The peer's gateway has an address. */
  readonly hasAddress: boolean;
}

/** What the clusters of a mesh hold, side by side. */
export interface MeshObjects {
  /** RFC 3339. */
  readonly readAt: string;
  /** The names of all clusters of the mesh, read or not. */
  readonly names: readonly string[];
  readonly members: readonly MemberObjects[];
  readonly istiods: readonly IstiodFacts[];
  /** Empty where the credentials were not read, as in a snapshot. */
  readonly remoteSecrets: readonly RemoteSecretFacts[];
  /** Empty where no istiod was asked, as in a snapshot. */
  readonly held: readonly HeldFacts[];
  /** The addresses of host names of gateways; one that is missing has none. Left out: nobody looked. */
  readonly resolutions?: Readonly<Record<string, readonly string[]>>;
}

/** The objects of a kind, by the API group: `objectsOfKind(member, 'networking.istio.io', 'DestinationRule')`. */
export function objectsOfKind(
  { objects }: Pick<MemberObjects, 'objects'>,
  group: string,
  kind: string,
): readonly KubeObject[] {
  return objects.filter((one) => {
    const slash = one.apiVersion.indexOf('/');
    return one.kind === kind && (slash < 0 ? '' : one.apiVersion.slice(0, slash)) === group;
  });
}

/** `DestinationRule shop/reviews` */
export function nameOfObject({ kind, metadata: { namespace, name } }: KubeObject): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** True where the mesh has clusters that reach each other through gateways alone. */
export function spansNetworks({ members }: Pick<MeshObjects, 'members'>): boolean {
  return new Set(members.map(({ network }) => network)).size > 1;
}
