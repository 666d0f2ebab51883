import type { ClusterName } from '../api/name.ts';
import type { Clock } from '../base/clock.ts';
import { asIsthmusError, endedBy, IsthmusError } from '../base/error.ts';
import { eastWestGateway, istioNamespace } from '../istio/names.ts';
import { readerCredential, readerTokenSecret } from '../istio/reader.ts';
import { remoteSecret } from '../istio/remote-secret.ts';
import type { Stage } from '../istio/stages.ts';
import type { KubeClient } from '../kube/client.ts';
import { type KubeObject, type ObjectRef, refOf } from '../objects/object.ts';
import { istiodName, ownedObject, type StagedObject } from '../plan/desired.ts';
import type { ClusterTopology } from '../topology/topology.ts';
import { awaitAddress, awaitInjection, awaitObject, awaitRollout, awaitSynced, type Wait } from './await-ready.ts';
import type { OnApplyEvent } from './events.ts';
import type { Fact, PeerFact, PeerFacts } from './facts.ts';
import { inventoryObject, inventoryRef, parseInventory, unionOf } from './inventory.ts';
import type { WriteCounts, Writer } from './writer.ts';

/** All that one cluster's part of an apply works with. */
export interface ClusterRun {
  readonly topology: ClusterTopology;
  readonly mesh: string;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** On the monotonic clock. */
  readonly deadline: number;
  readonly objects: readonly StagedObject[];
  readonly writer: Writer;
  /** The inventory as it was stored. */
  readonly inventory: KubeObject | undefined;
  /** The facts of every cluster of the mesh; this cluster provides its own. */
  readonly facts: PeerFacts;
  /** No certificate of an issuer is written anywhere before the issuer is stored; the home cluster provides it. */
  readonly issuerStored: Fact<void> & { readonly isOurs: boolean };
  readonly onEvent: OnApplyEvent;
}

/** A peer that this cluster could not be connected to, and why. */
export interface Unconnected {
  readonly peer: ClusterName;
  readonly error: IsthmusError;
}

export const istiodDeployment: ObjectRef = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: istioNamespace,
  name: istiodName,
};
export const gatewayDeployment: ObjectRef = { ...istiodDeployment, name: eastWestGateway };
export const gatewayService: ObjectRef = {
  apiVersion: 'v1',
  kind: 'Service',
  namespace: istioNamespace,
  name: eastWestGateway,
};
export const readerToken: ObjectRef = {
  apiVersion: 'v1',
  kind: 'Secret',
  namespace: istioNamespace,
  name: readerTokenSecret,
};

/**
 * Brings one cluster to what the mesh wants, stage by stage (src/istio/stages.ts has the reasons for the order).
 * Other clusters' facts are awaited only before the remote secrets. Resolves with the peers that could not be
 * connected because they failed themselves; rejects where this cluster fails, having failed its own fact.
 */
export async function applyCluster(run: ClusterRun): Promise<readonly Unconnected[]> {
  const own = run.facts.get(run.topology.name);
  try {
    await bringUp(run, own);
    const unconnected = await connectPeers(run);
    await applyStage(run, 'Injection');
    const connected = run.topology.peers.filter((peer) => !unconnected.some((missing) => missing.peer === peer));
    if (connected.length > 0) await awaitSynced(waitOf(run), connected);
    return unconnected;
  } catch (error) {
    const failure = asIsthmusError(error);
    own?.fail(failure);
    if (run.issuerStored.isOurs) run.issuerStored.fail(failure);
    throw failure;
  }
}

async function bringUp(run: ClusterRun, own: Fact<PeerFact> | undefined): Promise<void> {
  const gatewayWanted = run.topology.gateway === 'EastWest';
  const wait = waitOf(run);
  await applyStage(run, 'Namespace');
  // Before the first object of ours: nothing is ever made that the inventory does not name.
  await writeInventory(run);
  await all([
    applyTrust(run),
    ...(['Definitions', 'Access', 'Configuration', 'Address'] as const).map((stage) => applyStage(run, stage)),
  ]);
  const address = gatewayWanted ? awaitAddress(wait, gatewayService) : Promise.resolve('');
  // It is awaited below; a failure until then must not end the process.
  address.catch(() => undefined);
  await applyStage(run, 'ControlPlane');
  await awaitRollout(wait, istiodDeployment);
  await applyStage(run, 'Webhooks');
  if (gatewayWanted) {
    if (wantsChange(run, 'Gateway')) await awaitInjection(wait);
    await all([applyStage(run, 'Gateway'), applyStage(run, 'Exposure')]);
    await Promise.all([awaitRollout(wait, gatewayDeployment), address]);
  }
  own?.provide({ server: peerServer(run), credential: await awaitCredential(wait) });
}

/** Waits for all of them, then rejects with the first failure: no write is under way when the run says what it did. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function applyTrust(run: ClusterRun): Promise<void> {
  const { issuerStored } = run;
  if (!issuerStored.isOurs) await issuerStored.value;
  await applyStage(run, 'Trust');
  if (issuerStored.isOurs) issuerStored.provide();
}

/** The fact about a cluster that is not applied in this run, from what is there. */
export async function readPeerFact(run: Pick<ClusterRun, 'topology' | 'client' | 'signal'>): Promise<PeerFact> {
  const secret = await run.client.get(readerToken, { signal: run.signal });
  const credential = secret === undefined ? undefined : readerCredential(secret);
  if (credential === undefined) {
    throw new IsthmusError('not-found', 'it was never applied: it has no reader account yet', {
      cluster: run.topology.name,
      hint: 'run apply without --clusters, or name this cluster too',
    });
  }
  return { server: peerServer(run), credential };
}

function peerServer({ topology, client }: Pick<ClusterRun, 'topology' | 'client'>): string {
  return topology.cluster.spec.peerServer ?? client.server;
}

async function awaitCredential(wait: Wait): Promise<PeerFact['credential']> {
  const secret = await awaitObject(wait, readerToken, {
    what: `Secret ${readerTokenSecret} has a token`,
    until: (object) => object !== undefined && readerCredential(object) !== undefined,
    describe: () => 'the token controller has not filled it in yet',
  });
  const credential = secret === undefined ? undefined : readerCredential(secret);
  if (credential === undefined) throw new IsthmusError('internal', 'the awaited token is not there');
  return credential;
}

/** Writes the remote secret of each peer as soon as that peer can be sent traffic. */
async function connectPeers(run: ClusterRun): Promise<readonly Unconnected[]> {
  const { writer, mesh, facts, topology } = run;
  const results = await Promise.all(
    topology.peers.map(async (peer): Promise<Unconnected | undefined> => {
      const known = facts.get(peer);
      if (known === undefined) return undefined;
      let value: PeerFact;
      try {
        if (!known.isKnown())
          run.onEvent({ type: 'Waiting', cluster: topology.name, what: `${peer} is ready for traffic` });
        value = await known.value;
      } catch (error) {
        return { peer, error: asIsthmusError(error) };
      }
      report(run, 'Discovery', await writer.ensure([peerSecret(mesh, peer, value)]));
      return undefined;
    }),
  );
  return results.filter((result) => result !== undefined);
}

/** The remote secret of a peer. Without a fact it holds nothing: for what depends on its name alone. */
export function peerSecret(mesh: string, peer: ClusterName, known?: PeerFact): StagedObject {
  const { server, credential } = known ?? { server: '', credential: { certificateAuthority: '', token: '' } };
  return ownedObject(remoteSecret({ cluster: peer, server, ...credential }), mesh);
}

function wantsChange({ objects, writer }: ClusterRun, stage: Stage): boolean {
  return objects.some((wanted) => wanted.stage === stage && writer.plan(wanted).action !== 'Unchanged');
}

async function applyStage(run: ClusterRun, stage: Stage): Promise<void> {
  const { signal, topology } = run;
  if (signal.aborted) throw endedBy(signal, `stage ${stage} was not begun`, { cluster: topology.name });
  report(run, stage, await run.writer.ensure(run.objects.filter((wanted) => wanted.stage === stage)));
}

function report({ topology, onEvent }: ClusterRun, stage: Stage, { created, configured }: WriteCounts): void {
  if (created + configured > 0) onEvent({ type: 'Applied', cluster: topology.name, stage, created, configured });
}

async function writeInventory({ objects, topology, mesh, inventory, writer }: ClusterRun): Promise<void> {
  const secrets = topology.peers.map((peer) => refOf(peerSecret(mesh, peer).object));
  const wanted = [...objects.map((object) => refOf(object.object)), ...secrets, inventoryRef];
  const all = unionOf(parseInventory(inventory), wanted);
  await writer.ensure([ownedObject(inventoryObject(mesh, all), mesh)]);
}

function waitOf({ client, clock, signal, deadline, topology, onEvent }: ClusterRun): Wait {
  const cluster = topology.name;
  return {
    client,
    clock,
    signal,
    deadline,
    onWait: (what) => onEvent({ type: 'Waiting', cluster, what }),
    onReached: (what, afterMs) => onEvent({ type: 'Reached', cluster, what, afterMs }),
  };
}
