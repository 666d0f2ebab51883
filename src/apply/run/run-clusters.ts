import type { ClusterName } from '../../api/name.ts';
import { asIsthmusError } from '../../base/error.ts';
import { partition } from '../../base/partition.ts';
import { refKey } from '../../objects/object.ts';
import { istiodPlace } from '../../observe/istiod.ts';
import { identityOf } from '../../observe/observe.ts';
import { inventoryRef } from '../../plan/inventory.ts';
import { resolveTopology } from '../../topology/topology.ts';
import { type ApplyMeshOptions, isChosen } from '../options.ts';
import { digest } from '../read/digest.ts';
import { type Fact, fact, failFacts, type MeshFacts, meshFacts } from '../read/facts.ts';
import type { Preparation, Prepared } from '../read/prepare.ts';
import { watchPresence, wentAway } from '../read/presence.ts';
import { stateFacts } from '../read/read-facts.ts';
import { applyCluster } from './apply-cluster.ts';
import type { ClusterOutcome } from './report.ts';
import { type Line, lineUp } from './turns.ts';
import { createWriter } from './writer.ts';

/** A run that may begin. */
export interface ClustersRun extends Preparation {
  readonly beforeWrite: () => Promise<void>;
  readonly signal: AbortSignal;
  /** On the monotonic clock. */
  readonly deadline: number;
  /** The clusters whose serving istiods change, in the order in which they do. */
  readonly changing: readonly ClusterName[];
}

/** Applies every chosen cluster at once; the others only state their facts. One outcome for each chosen cluster. */
export async function runClusters(run: ClustersRun, options: ApplyMeshOptions): Promise<readonly ClusterOutcome[]> {
  const { declared } = options;
  const { prepared, missing, beforeWrite, signal, deadline, changing } = run;
  const { clusters } = resolveTopology(declared);
  const facts = meshFacts(clusters.map(({ name }) => name));
  for (const topology of clusters) {
    const error = missing.get(topology.name);
    if (error !== undefined) failFacts(facts, topology, error);
  }
  const [chosen, others] = partition(prepared, ({ topology }) => isChosen(topology.name, options));
  const line = lineUp(
    chosen.map(({ topology }) => topology.name),
    changing,
  );
  const shared: Shared = { facts, line, issuerStored: fact<void>(), beforeWrite, signal, deadline };
  await Promise.all(
    others.map(({ topology, client, observed }) =>
      stateFacts({ topology, client, identity: identityOf(observed), signal }, facts),
    ),
  );
  if (!isChosen(declared.home.metadata.name, options)) shared.issuerStored.provide();
  return await Promise.all(chosen.map((part) => runCluster(part, shared, options)));
}

/** What the clusters of one run have in common. */
interface Shared {
  readonly facts: MeshFacts;
  readonly line: Line;
  readonly issuerStored: Fact<void>;
  readonly beforeWrite: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly deadline: number;
}

async function runCluster(part: Prepared, shared: Shared, options: ApplyMeshOptions): Promise<ClusterOutcome> {
  const { topology, client, observed, objects } = part;
  const { declared, clock, onEvent } = options;
  const { beforeWrite, deadline, facts, line } = shared;
  using presence = watchPresence({ client, clock, signal: shared.signal });
  const { signal } = presence;
  const cluster = topology.name;
  const mesh = declared.mesh.metadata.name;
  const { drift } = declared.mesh.spec;
  const writer = createWriter({ cluster, client, mesh, digest, drift, live: observed.live, signal, beforeWrite });
  const issuerStored = { ...shared.issuerStored, isOurs: cluster === declared.home.metadata.name };
  const inventory = observed.whole.get(refKey(inventoryRef));
  try {
    const unconnected = await applyCluster({
      topology,
      mesh,
      client,
      identity: identityOf(observed),
      crypto: options.crypto,
      clock,
      signal,
      deadline,
      objects,
      writer,
      digest,
      inventory,
      istiod: istiodPlace(topology, (name) => options.clients.get(name)),
      facts,
      issuerStored,
      rights: line.rightsOf(cluster),
      turn: line.turnOf(cluster),
      onEvent,
    });
    return { cluster, outcome: 'Applied', counts: writer.counts(), unconnected };
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    const isAway = error.code === 'cluster-unreachable' && error.cluster === cluster;
    return { cluster, outcome: 'Failed', counts: writer.counts(), error: isAway ? wentAway(error) : error };
  }
}
