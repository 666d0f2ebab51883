import type { ClusterName } from '../../api/name.ts';
import type { Clock } from '../../base/clock.ts';
import { asIsthmusError, endedBy, IsthmusError } from '../../base/error.ts';
import { valueAt } from '../../base/json.ts';
import { partition } from '../../base/partition.ts';
import { routeSettleMs } from '../../istio/mesh-service.ts';
import { eastWestGateway, hostedNamespace, ingressGateway, istiodName, istioNamespace } from '../../istio/names.ts';
import { readerCredential } from '../../istio/reader.ts';
import { istiodDeployment } from '../../istio/revision.ts';
import type { Stage } from '../../istio/stages.ts';
import type { KubeClient } from '../../kube/client.ts';
import { describeRef, type KubeObject, type ObjectRef, refKey, refOf } from '../../objects/object.ts';
import type { IstiodPlace } from '../../observe/istiod.ts';
import { istiodAddress } from '../../observe/outside.ts';
import type { WebCrypto } from '../../pki/environment.ts';
import { ownedObject, type StagedObject } from '../../plan/desired.ts';
import { inventoryObject, inventoryRef, parseInventory, unionOf } from '../../plan/inventory.ts';
import type { ClusterTopology } from '../../topology/topology.ts';
import { caCertsName } from '../../trust/trust-secrets.ts';
import { type ClusterFacts, type Fact, factsOf, failFacts, type MeshFacts, type PeerFact } from '../read/facts.ts';
import type { HeldTokens } from '../read/held-tokens.ts';
import { type Link, linkRefs, linksOf } from '../read/links.ts';
import {
  addressOverride,
  gatewayService,
  istiodEntrance,
  istiodToken,
  peerFact,
  readerToken,
} from '../read/read-facts.ts';
import { awaitInjection } from './await-injection.ts';
import { awaitIntermediate } from './await-intermediate.ts';
import { awaitObject, awaitOutside, awaitRollout, awaitSynced, type Wait } from './await-ready.ts';
import { awaitProxies, awaitServing, istiodReader, servedProxies } from './await-serving.ts';
import type { ApplyReporter } from './events.ts';
import { introduceSubsets } from './introduce-subsets.ts';
import { restartOrphans } from './restart.ts';
import { syncedPeers, type Turn } from './turns.ts';
import type { Writer } from './writer.ts';

/** All that one cluster's part of an apply works with. */
export interface ClusterRun {
  readonly topology: ClusterTopology;
  readonly mesh: string;
  readonly client: KubeClient;
  /** The UID of its namespace kube-system; undefined where we may not read it. */
  readonly identity: string | undefined;
  readonly crypto: WebCrypto;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long each wait may take, in milliseconds. */
  readonly limitMs: number;
  readonly objects: readonly StagedObject[];
  readonly tokens?: HeldTokens | undefined;
  readonly writer: Writer;
  /** The inventory as it was stored. */
  readonly inventory: KubeObject | undefined;
  /** Where the istiod runs that this cluster configures; undefined where that cluster does not answer. */
  readonly istiod: IstiodPlace | undefined;
  /** The facts of every cluster of the mesh; this cluster provides its own. */
  readonly facts: MeshFacts;
  /** No certificate of an issuer is written anywhere before the issuer is stored; the home cluster provides it. */
  readonly issuerStored: Fact<void> & { readonly isOurs: boolean };
  /** That the readers of this cluster have their rights; this cluster provides it. */
  readonly rights: Fact<void>;
  /** Its turn to change the istiod that serves it; undefined where that does not change. */
  readonly turn: Turn | undefined;
  /** The rules, by refKey, that lose subsets which routes may name until they are written themselves. */
  readonly shrinking?: ReadonlySet<string> | undefined;
  readonly report: ApplyReporter;
  /** Called when new pods of this cluster get a sidecar. */
  readonly onInjecting: () => void;
}

/** A cluster that this one could not be connected to, and why. */
export interface Unconnected {
  readonly peer: ClusterName;
  readonly error: IsthmusError;
  /** What connects the two stands from an earlier apply, and was left as it is. */
  readonly stands: boolean;
}

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: istioNamespace } as const;
const gatewayDeployment: ObjectRef = { ...deployment, name: eastWestGateway };
const ingressDeployment: ObjectRef = { ...deployment, name: ingressGateway };
const ingressService: ObjectRef = { ...gatewayService, name: ingressGateway };

/**
 * Brings one cluster to what the mesh wants, stage by stage (src/istio/stages.ts has the reasons for the order).
 * Other clusters' facts are awaited only where a link needs one (links.ts). Resolves with the clusters that could not
 * be connected because they failed themselves; rejects where this cluster fails, having failed its own facts.
 */
export async function applyCluster(run: ClusterRun): Promise<readonly Unconnected[]> {
  const { topology } = run;
  try {
    const links = linksOf(run);
    const early = await bringUp(run, links);
    await applyWhenServed(run, 'Documents');
    const unconnected = [...early, ...(await connect(run, links.filter(isLatePeer(topology))))];
    await applyStage(run, 'Injection');
    await all([awaitPeers(run, unconnected), awaitSigning(run)]);
    failForRefusals(run);
    await awaitIngress(run);
    return unconnected;
  } catch (error) {
    const failure = asIsthmusError(error);
    failFacts(run.facts, topology, failure);
    if (run.issuerStored.isOurs) run.issuerStored.fail(failure);
    run.rights.fail(failure);
    run.turn?.end.fail(failure);
    throw failure;
  }
}

/** Resolves once this cluster is ready for traffic, with the clusters served from here that failed. */
async function bringUp(run: ClusterRun, links: readonly Link[]): Promise<readonly Unconnected[]> {
  const { topology } = run;
  const own = factsOf(run.facts, topology.name);
  const wait = waitOf(run);
  await applyStage(run, 'Namespace');
  // Before the first object of ours: nothing is ever made that the inventory does not name.
  await writeInventory(run);
  // No proxy of a mesh that is not there yet has a route.
  const shrinking = run.inventory === undefined ? undefined : await introduceSubsets(run);
  const definitions = applyStage(run, 'Definitions');
  await all([
    definitions,
    applyTrust(run, definitions),
    ...(['Access', 'Address'] as const).map((stage) => applyStage(run, stage)),
    // What an istiod that serves reads changes with it, in its turn.
    ...(run.turn === undefined ? [applyStage(run, 'Configuration')] : []),
  ]);
  run.rights.provide();
  await inTurn(run, wait, async () => {
    await applyStage(run, 'ControlPlane');
    // Where both end early, the first one is reported: the wait that a person sees.
    await all([awaitIstiod(run, wait, links), provideCredentials(run, own)]);
  });
  await applyStage(run, 'Webhooks');
  const [, remotes, hosted] = await all([
    openGateway({ ...run, shrinking }, wait, own),
    connect(run, links.filter(isOwnRemote(topology))),
    host(run, wait, links),
  ]);
  return [...remotes, ...hosted];
}

/** Does the work when it is this cluster's turn to change an istiod that serves, and ends the turn when proxies are served again. */
async function inTurn(run: ClusterRun, wait: Wait, work: () => Promise<void>): Promise<void> {
  const { turn, topology, istiod, signal, report } = run;
  if (turn === undefined) return await work();
  if (!turn.isKnown()) report({ type: 'Waiting', cluster: topology.name, details: { what: turn.awaits } });
  await turn.begin();
  const synced = await syncedPeers(topology, istiod, signal);
  const reader = istiod === undefined ? undefined : istiodReader(istiod, topology, signal);
  const had = reader === undefined ? [] : await servedProxies(reader, signal);
  await applyStage(run, 'Configuration');
  await work();
  if (istiod !== undefined && synced.length > 0) await awaitSynced(wait, istiod, synced);
  const hadProxies = had.some(({ cluster }) => cluster === topology.name);
  if (reader !== undefined) await awaitServing(wait, reader, { cluster: topology.name, hadProxies });
  turn.end.provide();
  if (reader === undefined) return;
  const message = await awaitProxies(wait, reader, { cluster: topology.name, had });
  if (message !== '') report({ type: 'Notice', cluster: topology.name, details: { message } });
}

/** Waits until the istiod that serves this cluster can be called under its name here. */
async function awaitIstiod(run: ClusterRun, wait: Wait, links: readonly Link[]): Promise<void> {
  const { name, controlPlane } = run.topology;
  if (controlPlane.kind === 'Own') return await awaitRollout(wait, istiodDeployment(run.topology));
  for (const link of links.filter(({ stage }) => stage === 'ControlPlane')) {
    const [failed] = await connect(run, [link]);
    if (failed === undefined) continue;
    const { code, message, remedy } = failed.error;
    throw new IsthmusError(code, `${name} has no istiod of its own, and its istiod's cluster failed: ${message}`, {
      cause: failed.error,
      cluster: name,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
}

/** The way in for other networks and for the clusters that this cluster's istiod serves. */
async function openGateway(run: ClusterRun, wait: Wait, own: ClusterFacts): Promise<void> {
  const { topology, facts } = run;
  const isServed = topology.controlPlane.kind !== 'Own';
  const isWanted = topology.gateway === 'EastWest';
  const hasGateway = isWanted || topology.cluster.spec.ingress !== undefined;
  // A pod that is made before its webhook works has no sidecar, and a gateway's pod would keep an image that is none.
  const probed = [...(hasGateway ? (['Gateway'] as const) : []), ...(isServed ? (['Injection'] as const) : [])];
  if (probed.some((stage) => wantsChange(run, stage))) await awaitInjection(wait, topology.revision);
  run.onInjecting();
  if (!isWanted) {
    // The rules of services, and the exposure at a gateway of another owner.
    await all([applyStage(run, 'Gateway'), applyWhenServed(run, 'Exposure')]);
  } else {
    const { addresses, type } = topology.cluster.spec.gateway;
    // Another network takes the addresses of the mesh file, where it has them, and not the Service's.
    const outside = addresses === undefined ? awaitOutside(wait, gatewayService, type) : Promise.resolve(undefined);
    // It is awaited below; a failure until then must not end the process.
    outside.catch(() => undefined);
    await all([applyStage(run, 'Gateway'), applyWhenServed(run, 'Exposure')]);
    const [found] = await Promise.all([outside, awaitRollout(wait, gatewayDeployment)]);
    for (const remote of topology.remotes) {
      const known = found ?? { hosts: [], portFor: (port: number) => port };
      factsOf(facts, remote).istiod.provide(istiodAddress(known, addressOverride(topology, remote)));
    }
  }
  own.ready.provide();
}

/** Last of all, because nothing in the mesh needs it; its load balancer has had all that time. */
async function awaitIngress(run: ClusterRun): Promise<void> {
  if (run.topology.cluster.spec.ingress === undefined) return;
  const wait = waitOf(run);
  const service = run.objects.find(({ object }) => refKey(refOf(object)) === refKey(ingressService));
  await all([
    awaitRollout(wait, ingressDeployment),
    // Settings can make it one that gets no address.
    ...(service !== undefined && valueAt(service.object, ['spec', 'type']) === 'LoadBalancer'
      ? [awaitOutside(wait, ingressService, 'LoadBalancer')]
      : []),
  ]);
}

/** Runs the istiods of other clusters. One that fails costs that cluster, not this one. */
async function host(run: ClusterRun, wait: Wait, links: readonly Link[]): Promise<readonly Unconnected[]> {
  const results = await Promise.all(
    links.filter(({ stage }) => stage === 'Hosted').map((link) => hostOne(run, wait, link)),
  );
  return results.flat();
}

async function hostOne(run: ClusterRun, wait: Wait, link: Link): Promise<readonly Unconnected[]> {
  const { topology, facts } = run;
  const { istiod } = factsOf(facts, link.to);
  try {
    const failed = await connect(run, [link]);
    for (const { error } of failed) istiod.fail(error);
    if (failed.length > 0) return failed;
    await awaitRollout(wait, { ...deployment, namespace: hostedNamespace(link.to), name: istiodName });
    const { type } = topology.cluster.spec.gateway;
    const outside = await awaitOutside(wait, istiodEntrance(topology, link.to), type);
    istiod.provide(istiodAddress(outside, addressOverride(topology, link.to)));
    return [];
  } catch (error) {
    if (run.signal.aborted) throw error;
    const failure = asIsthmusError(error);
    istiod.fail(failure);
    return [{ peer: link.to, error: failure, stands: false }];
  }
}

function isOwnRemote({ remotes }: ClusterTopology): (link: Link) => boolean {
  return ({ stage, to }) => stage === 'Discovery' && remotes.includes(to);
}

function isLatePeer({ remotes }: ClusterTopology): (link: Link) => boolean {
  return ({ stage, to }) => stage === 'Discovery' && !remotes.includes(to);
}

/** Waits for all of them, then rejects with the first failure: no write is under way when the run says what it did. */
async function all<const T extends readonly Promise<unknown>[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

async function applyTrust(run: ClusterRun, definitions: Promise<void>): Promise<void> {
  const { issuerStored } = run;
  if (!issuerStored.isOurs) await issuerStored.value;
  // No private key is stored that cannot be read again, so what it is encrypted with comes first, and its kind before that.
  if (wantsChange(run, 'Wrapping')) await definitions;
  await applyWhenServed(run, 'Wrapping');
  await applyStage(run, 'Trust');
  if (issuerStored.isOurs) issuerStored.provide();
}

/** Whatever was interrupted before: in the end every istiod that runs here signs with the intermediate it was given. */
async function awaitSigning(run: ClusterRun): Promise<void> {
  const caCerts = run.objects.filter(({ object }) => object.kind === 'Secret' && object.metadata.name === caCertsName);
  await all(caCerts.map(({ object }) => awaitIntermediate(waitOf(run), object, run.crypto)));
}

export async function provideCredentials(run: ClusterRun, own: ClusterFacts): Promise<void> {
  own.credential.provide(await awaitCredential(run, readerToken));
  if (run.topology.controlPlane.kind !== 'ExternalOf') return;
  own.istiodCredential.provide(await awaitCredential(run, istiodToken));
}

async function awaitCredential(run: ClusterRun, ref: ObjectRef): Promise<PeerFact> {
  const secret = await awaitObject(waitOf(run), ref, {
    what: `${describeRef(ref)} has a token`,
    until: (object) => object !== undefined && readerCredential(object) !== undefined,
    describe: () => 'the token controller has not filled it in yet',
  });
  const credential = secret === undefined ? undefined : readerCredential(secret);
  if (credential === undefined) throw new IsthmusError('internal', 'the awaited token is not there');
  return peerFact(run, credential);
}

/** Writes what each link brings as soon as its fact is known. */
export async function connect(run: ClusterRun, links: readonly Link[]): Promise<readonly Unconnected[]> {
  const { topology } = run;
  const results = await all(
    links.map(async (link): Promise<readonly Unconnected[]> => {
      let objects: readonly StagedObject[];
      try {
        if (!link.isKnown()) run.report({ type: 'Waiting', cluster: topology.name, details: { what: link.awaits } });
        objects = await link.objects();
      } catch (error) {
        return [{ peer: link.to, error: asIsthmusError(error), stands: isThere(link, run) }];
      }
      await writeAll(run, link.stage, objects);
      return [];
    }),
  );
  return results.flat();
}

/** Whether an earlier apply wrote everything that a link brings. */
function isThere(link: Link, { writer }: ClusterRun): boolean {
  const objects = link.blank();
  return objects.length > 0 && objects.every(({ object }) => writer.before(refOf(object)) !== undefined);
}

/** Waits until the istiod that this cluster configures reports every connected peer as read. */
async function awaitPeers(run: ClusterRun, unconnected: readonly Unconnected[]): Promise<void> {
  const connected = run.topology.peers.filter((peer) => !unconnected.some((missing) => missing.peer === peer));
  if (connected.length > 0 && run.istiod !== undefined) await awaitSynced(waitOf(run), run.istiod, connected);
}

function wantsChange({ objects, writer }: ClusterRun, stage: Stage): boolean {
  return objects.some((wanted) => wanted.stage === stage && writer.plan(wanted).action !== 'Unchanged');
}

/** An API server serves a kind up to a few seconds after its definition is stored; until then there is no such path. */
async function applyWhenServed(run: ClusterRun, stage: Stage): Promise<void> {
  const until = run.clock.monotonic() + servedWithinMs;
  for (;;) {
    try {
      await applyStage(run, stage);
      return;
    } catch (error) {
      const isServed = !(error instanceof IsthmusError) || error.code !== 'not-found';
      if (isServed || run.clock.monotonic() > until) throw error;
      await run.clock.sleep(servedRetryMs, run.signal);
    }
  }
}

const servedWithinMs = 15_000;
const servedRetryMs = 250;

export async function applyStage(run: ClusterRun, stage: Stage): Promise<void> {
  const { signal, topology } = run;
  if (signal.aborted) throw endedBy(signal, `stage ${stage} was not begun`, { cluster: topology.name });
  const wanted = run.objects.filter((one) => one.stage === stage);
  const [last, first] = partition(wanted, ({ object }) => run.shrinking?.has(refKey(refOf(object))) === true);
  await writeAll(run, stage, first);
  if (last.length === 0) return;
  await run.clock.sleep(routeSettleMs, signal);
  await writeAll(run, stage, last);
}

/**
 * The stages with objects on which no other cluster's part builds: one that the API server refuses is left as it is, and the
 * cluster's part goes on with the others. It fails in the end.
 */
const passedOver: ReadonlySet<Stage> = new Set(['Address', 'Gateway', 'Exposure', 'Documents', 'Injection']);

function failForRefusals({ writer, topology }: ClusterRun): void {
  const [first, ...others] = writer.refusals();
  if (first === undefined) return;
  if (others.length === 0) throw first;
  const { code, message, remedy } = first;
  throw new IsthmusError(code, `${message}; ${others.map((other) => other.message).join('; ')}`, {
    cause: first,
    cluster: topology.name,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

async function writeAll(run: ClusterRun, stage: Stage, wanted: readonly StagedObject[]): Promise<void> {
  const { topology, writer, report } = run;
  const { created, configured } = await writer.ensure(wanted, passedOver.has(stage) ? 'PassOver' : 'Stop');
  if (created + configured > 0) {
    report({ type: 'Applied', cluster: topology.name, details: { stage, created, configured } });
  }
  const deployments = wanted.map(({ object }) => object).filter(({ kind }) => kind === 'Deployment');
  await all(deployments.map((object) => restartOrphans(run, object, (ref) => writer.before(ref))));
}

export async function writeInventory(run: ClusterRun): Promise<void> {
  const { topology, objects, mesh, inventory, writer } = run;
  const linked = linkRefs(topology, objects).flatMap(({ refs }) => refs);
  const wanted = [...objects.map((object) => refOf(object.object)), ...linked, inventoryRef];
  await writer.ensure([ownedObject(inventoryObject(mesh, unionOf(parseInventory(inventory), wanted)), mesh)]);
}

function waitOf({ client, clock, signal, limitMs, topology, report }: ClusterRun): Wait {
  const cluster = topology.name;
  return {
    client,
    clock,
    signal,
    limitMs,
    onWait: (what) => report({ type: 'Waiting', cluster, details: { what } }),
    onReached: (what, afterMs) => report({ type: 'Reached', cluster, details: { what, afterMs } }),
  };
}
