import type { ClusterName } from '../../api/name.ts';
import { type IstiodAddress, istiodService } from '../../istio/istiod-address.ts';
import { hostedNamespace } from '../../istio/names.ts';
import { istiodKubeconfig, istiodKubeconfigRef, remoteSecret, remoteSecretRef } from '../../istio/remote-secret.ts';
import { standsIn } from '../../istio/renewed-token.ts';
import type { Stage } from '../../istio/stages.ts';
import { type KubeObject, type ObjectRef, refOf } from '../../objects/object.ts';
import { ownedObject, type StagedObject, withPodAnnotation } from '../../plan/desired.ts';
import { type ClusterTopology, istiodHost } from '../../topology/topology.ts';
import { digest } from './digest.ts';
import { factsOf, type MeshFacts, type PeerFact } from './facts.ts';
import type { HeldTokens } from './held-tokens.ts';

/** What a cluster holds that follows from a fact of another one, or about itself from another one. */
export interface Link {
  /** The cluster at the other end. */
  readonly to: ClusterName;
  readonly stage: Stage;
  /** What is waited for, for messages. */
  readonly awaits: string;
  readonly isKnown: () => boolean;
  /** Waits for the fact; rejects where that failed. */
  readonly objects: () => Promise<readonly StagedObject[]>;
  /** The same objects without what only the fact says. */
  readonly blank: () => readonly StagedObject[];
}

export interface LinksOptions {
  readonly topology: ClusterTopology;
  readonly mesh: string;
  readonly facts: MeshFacts;
  /** The objects that follow from the mesh file. */
  readonly objects: readonly StagedObject[];
  /** The tokens in its remote secrets that an operator renews; left out, none. */
  readonly tokens?: HeldTokens | undefined;
}

/** Every link of a cluster. */
export function linksOf(options: LinksOptions): readonly Link[] {
  const { topology } = options;
  const served = topology.controlPlane.kind === 'Own' ? [] : [servingLink(options)];
  return [
    ...served,
    ...topology.hosted.map((name) => hostedLink(name, options)),
    ...topology.peers.map((name) => peerLink(name, options)),
  ];
}

/** What one link brings, by reference. */
export interface LinkRefs {
  /** The cluster at the other end. */
  readonly to: ClusterName;
  readonly refs: readonly ObjectRef[];
}

/** The references of every object that a cluster's links bring: they follow from the mesh file alone. */
export function linkRefs(topology: ClusterTopology, objects: readonly StagedObject[]): readonly LinkRefs[] {
  const { controlPlane, revision, hosted, peers } = topology;
  const served = istiodService(unknownAddress, revision).map(refOf);
  return [
    ...(controlPlane.kind === 'Own' ? [] : [{ to: istiodHost(topology), refs: served }]),
    ...hosted.map((to) => ({ to, refs: [istiodKubeconfigRef(to), ...refsOf(hostedIstiod(to, objects))] })),
    ...peers.map((to) => ({ to, refs: [remoteSecretRef(to)] })),
  ];
}

function refsOf(objects: readonly StagedObject[]): readonly ObjectRef[] {
  return objects.map(({ object }) => refOf(object));
}

const unknownPeer: PeerFact = { server: '', credential: { certificateAuthority: '', token: '' }, identity: undefined };

/**
 * The remote secret of a peer. A remote of this cluster's own istiod is read before it is ready for traffic, because
 * nothing in it gets a certificate or a sidecar until then.
 */
function peerLink(peer: ClusterName, { topology, mesh, facts, tokens }: LinksOptions): Link {
  const secret = ({ server, identity, credential: known }: PeerFact): readonly StagedObject[] => {
    const held = tokens?.get(peer);
    const renewed = held !== undefined && standsIn(held, known.token) ? held : undefined;
    const token = renewed?.token ?? known.token;
    return [ownedObject(remoteSecret({ cluster: peer, server, identity, ...known, token, renewed }), mesh)];
  };
  const { credential, ready } = factsOf(facts, peer);
  const isOwnRemote = topology.remotes.includes(peer);
  return {
    to: peer,
    stage: 'Discovery',
    awaits: isOwnRemote ? `${peer} has a reader account` : `${peer} is ready for traffic`,
    isKnown: () => credential.isKnown() && (isOwnRemote || ready.isKnown()),
    objects: async () => {
      if (!isOwnRemote) await ready.value;
      return secret(await credential.value);
    },
    blank: () => secret(unknownPeer),
  };
}

const unknownAddress: IstiodAddress = { hosts: ['0.0.0.0'], discovery: 0, webhook: 0 };

/** The way to the istiod that serves this cluster. */
function servingLink({ topology, mesh, facts }: LinksOptions): Link {
  const host = istiodHost(topology);
  const staged = (object: KubeObject): StagedObject => ({ ...ownedObject(object, mesh), stage: 'ControlPlane' });
  const { istiod } = factsOf(facts, topology.name);
  const blank = istiodService(unknownAddress, topology.revision).map(staged);
  return {
    to: host,
    stage: 'ControlPlane',
    awaits: `its istiod in ${host} can be reached`,
    isKnown: istiod.isKnown,
    objects: async () => istiodService(await istiod.value, topology.revision).map(staged),
    blank: () => blank,
  };
}

/** What of the mesh file's objects runs the istiod of another cluster. */
function hostedIstiod(cluster: ClusterName, objects: readonly StagedObject[]): readonly StagedObject[] {
  return objects.filter(
    ({ stage, object }) => stage === 'Hosted' && object.metadata.namespace === hostedNamespace(cluster),
  );
}

/** An annotation of a hosted istiod's pods: it reads its kubeconfig at its start only. */
const kubeconfigAnnotation = 'isthmus.dev/kubeconfig';

/** The istiod of another cluster, which runs in this one. */
function hostedLink(cluster: ClusterName, { mesh, facts, objects }: LinksOptions): Link {
  const running = hostedIstiod(cluster, objects);
  const whole = (known: PeerFact): readonly StagedObject[] => {
    const access = { cluster, server: known.server, ...known.credential };
    const secret: StagedObject = { ...ownedObject(istiodKubeconfig(access), mesh), stage: 'Hosted' };
    const seen = digest(JSON.stringify(access));
    return [secret, ...running.map((wanted) => withPodAnnotation(wanted, { [kubeconfigAnnotation]: seen }))];
  };
  const { istiodCredential } = factsOf(facts, cluster);
  const blank = whole(unknownPeer);
  return {
    to: cluster,
    stage: 'Hosted',
    awaits: `${cluster} has an account for its istiod`,
    isKnown: istiodCredential.isKnown,
    objects: async () => whole(await istiodCredential.value),
    blank: () => blank,
  };
}
