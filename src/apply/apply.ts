import { createHash } from 'node:crypto';
import type { ClusterName } from '../api/name.ts';
import type { Clock } from '../base/clock.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import type { Renderer } from '../istio/render/renderer.ts';
import { requireVersion } from '../istio/version.ts';
import type { KubeClient } from '../kube/client.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { refKey, refOf } from '../objects/object.ts';
import { type Observed, observe } from '../observe/observe.ts';
import type { WebCrypto } from '../pki/environment.ts';
import { rootToFiles } from '../pki/stored.ts';
import { type Change, planObject } from '../plan/change.ts';
import { desiredObjects, operatorOf, type StagedObject, withRoot } from '../plan/desired.ts';
import { type ClusterTopology, resolveTopology, type Topology } from '../topology/topology.ts';
import { applyCluster, peerSecret, readPeerFact, type Unconnected } from './apply-cluster.ts';
import type { OnApplyEvent } from './events.ts';
import { type Fact, fact, type PeerFact } from './facts.ts';
import { inventoryRef } from './inventory.ts';
import { type Lock, lockRef, openLock } from './lock.ts';
import type { RootStore } from './root-store.ts';
import { caCertsRef, issuerRef, type MeshTrust, resolveTrust } from './trust.ts';
import { createWriter, refusal, type WriteCounts } from './writer.ts';

export interface ApplyMeshOptions {
  readonly declared: DeclaredMesh;
  /** The clusters that answered; the home cluster must be among them. */
  readonly clients: ReadonlyMap<ClusterName, KubeClient>;
  /** Those that did not, and why: their part is left out. */
  readonly unreachable: ReadonlyMap<ClusterName, IsthmusError>;
  /** Only these are changed; left out: every cluster of the mesh. */
  readonly only?: ReadonlySet<ClusterName>;
  readonly renderer: Renderer;
  readonly roots: RootStore;
  readonly crypto: WebCrypto;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long the whole may take; then each wait ends with what it waited for. Milliseconds. */
  readonly timeoutMs: number;
  /** Who writes, for the lock: shown to whoever finds it held. */
  readonly holder: string;
  /** `DryRun` says what would be done and writes nothing. */
  readonly mode: 'Apply' | 'DryRun';
  readonly onEvent: OnApplyEvent;
}

export type ClusterOutcome =
  | {
      readonly cluster: ClusterName;
      readonly outcome: 'Applied';
      readonly counts: WriteCounts;
      readonly unconnected: readonly Unconnected[];
    }
  | {
      readonly cluster: ClusterName;
      readonly outcome: 'Failed';
      readonly counts: WriteCounts;
      readonly error: IsthmusError;
    }
  | { readonly cluster: ClusterName; readonly outcome: 'Planned'; readonly changes: readonly Change[] }
  | { readonly cluster: ClusterName; readonly outcome: 'Left' };

export interface ApplyReport {
  readonly mesh: string;
  readonly mode: 'Apply' | 'DryRun';
  readonly clusters: readonly ClusterOutcome[];
  /** Where a root was made in this run: the folder with its key, which its owner should take offline. */
  readonly newRootFolder: string | undefined;
  readonly requests: number;
  readonly writes: number;
  readonly seconds: number;
}

/** One cluster of the run, after everything about it was read and before anything is written. */
interface Prepared {
  readonly topology: ClusterTopology;
  readonly client: KubeClient;
  readonly observed: Observed;
  readonly objects: readonly StagedObject[];
}

/**
 * Makes the clusters one mesh. Everything that can be refused is refused before the first write; from then on each
 * cluster goes its own way, a failure costs its own part, and running the same again resumes.
 * An apply that has nothing to do writes nothing.
 */
export async function applyMesh(options: ApplyMeshOptions): Promise<ApplyReport> {
  const { clock, declared, clients } = options;
  const started = clock.monotonic();
  await using lock = lockOf(options);
  const work: Work = { options, lock, deadline: started + options.timeoutMs };
  let made = await attempt(work);
  // Another run was at work while the clusters were read. It has ended, and the lock is ours: what it left is read.
  if (made === 'Outdated') made = await attempt(work);
  if (made === 'Outdated') throw new IsthmusError('internal', 'what was read under the lock is outdated');
  const { topology, outcomes, newRootFolder } = made;
  const count = (what: 'requests' | 'writes'): number =>
    [...clients.values()].reduce((sum, client) => sum + client.counts()[what], 0);
  return {
    mesh: declared.mesh.metadata.name,
    mode: options.mode,
    clusters: topology.clusters.map(
      ({ name }) => outcomes.find(({ cluster }) => cluster === name) ?? missing(name, options),
    ),
    newRootFolder,
    requests: count('requests'),
    writes: count('writes'),
    seconds: (clock.monotonic() - started) / 1000,
  };
}

/** What every part of a run has. */
interface Work {
  readonly options: ApplyMeshOptions;
  readonly lock: Lock;
  /** On the monotonic clock. */
  readonly deadline: number;
}

interface Attempt {
  readonly topology: Topology;
  readonly outcomes: readonly ClusterOutcome[];
  readonly newRootFolder: string | undefined;
}

/** Reads, resolves and applies. `Outdated`: nothing was written, because another run wrote after the reading. */
async function attempt(work: Work): Promise<Attempt | 'Outdated'> {
  const { options, lock } = work;
  const { declared, clock, roots } = options;
  const topology = resolveTopology(declared);
  const prepared = await prepareAll(topology, options);
  const observed = new Map(prepared.map(({ topology: { name }, observed: held }) => [name, held]));
  const environment = { crypto: options.crypto, now: clock.now() };
  const trust = await resolveTrust({ declared, observed, roots, environment });
  for (const { cluster, message } of trust.notices) options.onEvent({ type: 'Notice', cluster, message });
  const withTrust = prepared.map((part) => ({ ...part, objects: trusted(part, trust, declared) }));
  refuseForeign(withTrust, options);
  refuseHomelessIssuer(trust, options);
  if (options.mode === 'DryRun') {
    return { topology, outcomes: await dryRun(withTrust, options), newRootFolder: undefined };
  }
  const mesh = declared.mesh.metadata.name;
  const seen = observed.get(declared.home.metadata.name)?.whole.get(refKey(lockRef(mesh)));
  const beforeWrite = (): Promise<void> => lock.hold(seen);
  try {
    if (trust.newRoot !== undefined) {
      await beforeWrite();
      await roots.write(mesh, rootToFiles(trust.newRoot));
    }
    const outcomes = await run(withTrust, beforeWrite, work);
    const newRootFolder = trust.newRoot === undefined ? undefined : roots.folder(mesh);
    return lock.foundOutdated() ? 'Outdated' : { topology, outcomes, newRootFolder };
  } catch (error) {
    if (lock.foundOutdated()) return 'Outdated';
    throw error;
  }
}

function lockOf({ declared, clients, holder, clock, signal, onEvent }: ApplyMeshOptions): Lock {
  const cluster = declared.home.metadata.name;
  const client = clients.get(cluster);
  if (client === undefined) throw new IsthmusError('internal', 'the home cluster was not connected to');
  const mesh = declared.mesh.metadata.name;
  const onHeld = (message: string): void => onEvent({ type: 'Notice', cluster, message });
  return openLock({ client, mesh, holder, clock, signal, onHeld });
}

async function prepareAll(topology: Topology, options: ApplyMeshOptions): Promise<readonly Prepared[]> {
  const { declared, renderer, signal } = options;
  const mesh = declared.mesh.metadata.name;
  const home = declared.home.metadata.name;
  requireVersion(await renderer.version({ signal }), declared.mesh.spec.istio.version);
  const parts = topology.clusters.flatMap((cluster) => {
    const client = options.clients.get(cluster.name);
    return client === undefined ? [] : [{ topology: cluster, client }];
  });
  return await Promise.all(
    parts.map(async ({ topology: cluster, client }) => {
      const rendered = await renderer.render(operatorOf(declared, cluster), { signal });
      const objects = desiredObjects(declared, cluster, rendered);
      const observed = await observe(client, {
        listed: [...objects.map(({ object }) => refOf(object)), caCertsRef, issuerRef, inventoryRef],
        whole: [caCertsRef, issuerRef, inventoryRef, ...(cluster.name === home ? [lockRef(mesh)] : [])],
        signal,
      });
      return { topology: cluster, client, observed, objects };
    }),
  );
}

/** What follows from the mesh file, with the mesh's trust in it. */
function trusted(
  { topology: { name }, objects }: Prepared,
  trust: MeshTrust,
  declared: DeclaredMesh,
): readonly StagedObject[] {
  const caCerts = trust.caCerts.get(name);
  return [
    ...withRoot(objects, trust.rootFingerprint),
    ...(caCerts === undefined ? [] : [caCerts]),
    ...(name === declared.home.metadata.name ? [trust.issuer] : []),
  ];
}

function refuseForeign(prepared: readonly Prepared[], options: ApplyMeshOptions): void {
  for (const part of prepared.filter(({ topology }) => isChosen(topology.name, options))) {
    const secrets = part.topology.peers.map((peer) => peerSecret(options.declared.mesh.metadata.name, peer));
    for (const change of changesOf({ ...part, objects: [...part.objects, ...secrets] }, options)) {
      if (change.action === 'Refuse') throw refusal(change.ref, change.reason, part.topology.name);
    }
  }
}

/** A new issuer is stored in the home cluster before anything that it signed is used. */
function refuseHomelessIssuer({ isNewIssuer }: MeshTrust, options: ApplyMeshOptions): void {
  const home = options.declared.home.metadata.name;
  if (!isNewIssuer || isChosen(home, options)) return;
  throw new IsthmusError('usage', `the mesh has no issuer yet, and its home cluster ${home} is not among --clusters`, {
    hint: `run apply without --clusters first, or add ${home}`,
  });
}

function changesOf({ objects, observed }: Prepared, { declared }: ApplyMeshOptions): readonly Change[] {
  const mesh = declared.mesh.metadata.name;
  return objects.map((wanted) => planObject(wanted, observed.live.get(refKey(refOf(wanted.object))), { mesh, digest }));
}

function isChosen(cluster: ClusterName, { only }: ApplyMeshOptions): boolean {
  return only === undefined || only.has(cluster);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function dryRun(prepared: readonly Prepared[], options: ApplyMeshOptions): Promise<readonly ClusterOutcome[]> {
  const mesh = options.declared.mesh.metadata.name;
  const secrets = new Map(
    await Promise.all(
      prepared.map(async (part) => [part.topology.name, await secretFor(mesh, part, options)] as const),
    ),
  );
  return prepared
    .filter(({ topology }) => isChosen(topology.name, options))
    .map((part) => {
      // An unreachable peer has none here: its secret stays as it is.
      const ofPeers = part.topology.peers.flatMap((peer) => secrets.get(peer) ?? []);
      const changes = changesOf({ ...part, objects: [...part.objects, ...ofPeers] }, options);
      return {
        cluster: part.topology.name,
        outcome: 'Planned',
        changes: changes.filter((change) => change.action !== 'Unchanged'),
      };
    });
}

/** The remote secret that a cluster's peers are to have of it; without its content where the cluster has no reader yet. */
async function secretFor(
  mesh: string,
  { topology, client }: Prepared,
  { signal }: ApplyMeshOptions,
): Promise<StagedObject> {
  try {
    return peerSecret(mesh, topology.name, await readPeerFact({ topology, client, signal }));
  } catch (error) {
    if (asIsthmusError(error).code === 'not-found') return peerSecret(mesh, topology.name);
    throw error;
  }
}

function missing(cluster: ClusterName, options: ApplyMeshOptions): ClusterOutcome {
  const error = options.unreachable.get(cluster);
  if (error === undefined || !isChosen(cluster, options)) return { cluster, outcome: 'Left' };
  return { cluster, outcome: 'Failed', error, counts: { created: 0, configured: 0, unchanged: 0 } };
}

/** Applies every chosen cluster at once; the others only state their facts. */
async function run(
  prepared: readonly Prepared[],
  beforeWrite: () => Promise<void>,
  { options, lock, deadline }: Work,
): Promise<readonly ClusterOutcome[]> {
  const { declared, unreachable } = options;
  const facts = new Map(declared.clusters.map(({ metadata: { name } }) => [name, fact<PeerFact>()]));
  for (const [name, error] of unreachable) facts.get(name)?.fail(error);
  const issuerStored = fact<void>();
  const shared: Shared = {
    facts,
    issuerStored,
    beforeWrite,
    signal: lock.signal,
    deadline,
  };
  await stateFacts(
    prepared.filter(({ topology }) => !isChosen(topology.name, options)),
    shared,
  );
  if (!isChosen(declared.home.metadata.name, options)) issuerStored.provide();
  const chosen = prepared.filter(({ topology }) => isChosen(topology.name, options));
  return await Promise.all(chosen.map((part) => runCluster(part, shared, options)));
}

/** What the clusters of one run have in common. */
interface Shared {
  readonly facts: ReadonlyMap<ClusterName, Fact<PeerFact>>;
  readonly issuerStored: Fact<void>;
  readonly beforeWrite: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly deadline: number;
}

async function stateFacts(others: readonly Prepared[], { facts, signal }: Shared): Promise<void> {
  await Promise.all(
    others.map(async ({ topology, client }) => {
      const known = facts.get(topology.name);
      try {
        known?.provide(await readPeerFact({ topology, client, signal }));
      } catch (error) {
        known?.fail(asIsthmusError(error));
      }
    }),
  );
}

async function runCluster(part: Prepared, shared: Shared, options: ApplyMeshOptions): Promise<ClusterOutcome> {
  const { topology, client, observed, objects } = part;
  const { declared, clock, onEvent } = options;
  const { signal, beforeWrite, deadline, facts } = shared;
  const cluster = topology.name;
  const mesh = declared.mesh.metadata.name;
  const writer = createWriter({ cluster, client, mesh, digest, live: observed.live, signal, beforeWrite });
  const isHome = cluster === declared.home.metadata.name;
  const issuerStored = { ...shared.issuerStored, isOurs: isHome };
  const inventory = observed.whole.get(refKey(inventoryRef));
  try {
    const unconnected = await applyCluster({
      topology,
      mesh,
      client,
      clock,
      signal,
      deadline,
      objects,
      writer,
      inventory,
      facts,
      issuerStored,
      onEvent,
    });
    return { cluster, outcome: 'Applied', counts: writer.counts(), unconnected };
  } catch (thrown) {
    return { cluster, outcome: 'Failed', counts: writer.counts(), error: asIsthmusError(thrown) };
  }
}
