import type { ClusterName } from '../../api/name.ts';
import { asIsthmusError, IsthmusError } from '../../base/error.ts';
import { remedy, repeatWithout } from '../../base/remedy.ts';
import type { IstiodAddress } from '../../istio/istiod-address.ts';
import { eastWestGateway, hostedNamespace, istiodName, istioNamespace } from '../../istio/names.ts';
import { peerAccess } from '../../istio/peer-access.ts';
import { istiodTokenSecret, type ReaderCredential, readerCredential, readerTokenSecret } from '../../istio/reader.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { ObjectRef } from '../../objects/object.ts';
import { istiodAddress, readOutside } from '../../observe/outside.ts';
import { gatewayAddresses } from '../../topology/gateway-addresses.ts';
import type { ClusterTopology } from '../../topology/topology.ts';
import { type Fact, factsOf, type MeshFacts, type PeerFact, servedBy } from './facts.ts';

export interface FactSource {
  readonly topology: ClusterTopology;
  readonly client: KubeClient;
  /** The UID of its namespace kube-system; undefined where we may not read it. */
  readonly identity: string | undefined;
  readonly signal: AbortSignal;
}

const secret = { apiVersion: 'v1', kind: 'Secret', namespace: istioNamespace } as const;
const service = { apiVersion: 'v1', kind: 'Service' } as const;

export const readerToken: ObjectRef = { ...secret, name: readerTokenSecret };
export const istiodToken: ObjectRef = { ...secret, name: istiodTokenSecret };
export const gatewayService: ObjectRef = { ...service, namespace: istioNamespace, name: eastWestGateway };

/** The Service through which another cluster reaches an istiod in this one. */
export function istiodEntrance({ hosted }: ClusterTopology, served: string): ObjectRef {
  const isHosted = hosted.some((name) => name === served);
  return isHosted ? { ...service, namespace: hostedNamespace(served), name: istiodName } : gatewayService;
}

/** The addresses that the mesh file gives for that way, where it does. */
export function addressOverride(
  { hosted, cluster, network, servedNetworks }: ClusterTopology,
  served: ClusterName,
): readonly string[] | undefined {
  if (hosted.includes(served)) return undefined;
  return gatewayAddresses(cluster.spec.gateway, servedNetworks.get(served) ?? network);
}

/** What the peers of a cluster learn, from the credential that it gave the account. */
export function peerFact(
  { topology, client, identity }: Pick<FactSource, 'topology' | 'client' | 'identity'>,
  { token, certificateAuthority: own }: ReaderCredential,
): PeerFact {
  const { server, certificateAuthority } = peerAccess(topology.cluster.spec, client, own);
  return { server, credential: { token, certificateAuthority }, identity };
}

/** Provides, from what is there, the facts of a cluster that is not applied in this run; those that are not there fail. */
export async function stateFacts(source: FactSource, facts: MeshFacts): Promise<void> {
  const { topology } = source;
  const own = factsOf(facts, topology.name);
  own.ready.provide();
  await Promise.all([
    settle(own.credential, () => readPeerFact(source, readerToken)),
    ...(topology.controlPlane.kind === 'ExternalOf'
      ? [settle(own.istiodCredential, () => readPeerFact(source, istiodToken))]
      : []),
    ...servedBy(topology).map((served) => settle(factsOf(facts, served).istiod, () => readAddress(source, served))),
  ]);
}

async function settle<T>(known: Fact<T>, read: () => Promise<T>): Promise<void> {
  try {
    known.provide(await read());
  } catch (error) {
    known.fail(asIsthmusError(error));
  }
}

async function readPeerFact(source: FactSource, ref: ObjectRef): Promise<PeerFact> {
  const found = await source.client.get(ref, { signal: source.signal });
  const credential = found === undefined ? undefined : readerCredential(found);
  if (credential === undefined) throw notApplied(source, `it has no Secret ${ref.namespace}/${ref.name} yet`);
  return peerFact(source, credential);
}

async function readAddress(source: FactSource, served: ClusterName): Promise<IstiodAddress> {
  const { topology, client, signal } = source;
  const entrance = istiodEntrance(topology, served);
  const address = istiodAddress(await readOutside(client, entrance, signal), addressOverride(topology, served));
  if (address.hosts.length > 0) return address;
  throw notApplied(source, `its Service ${entrance.namespace}/${entrance.name} has no address yet`);
}

function notApplied({ topology }: FactSource, why: string): IsthmusError {
  return new IsthmusError('not-found', `${topology.name} was never applied: ${why}`, {
    cluster: topology.name,
    remedy: remedy`${repeatWithout('clusters')}, or choose this cluster too`,
  });
}
